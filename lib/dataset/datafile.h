/* Bytes in: files, pipes and standard input, gzip taken off on the way.
 *
 * Promise: what is not gzip comes through unchanged, what is comes through
 * whole or as an error; a file is read once, from its start, without seeking.
 */
#ifndef PG_DATASET_DATAFILE_H
#define PG_DATASET_DATAFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "dataset/remarks.h"
#include "pixelgan/status.h"
#include "stream/fdio.h"

typedef struct pg_datafile pg_datafile;

/* True for a regular file or a folder: opened again, it gives the same bytes. */
bool pg_path_can_reopen(const char *path);

/* What is behind a name, links followed; where they lead nowhere the error says so. */
pg_status pg_path_look(const char *path, struct stat *info, pg_error *err) PG_MUST_CHECK;

/* "a FIFO", "a device", ...: what it is if it is no regular file. */
const char *pg_file_kind(mode_t mode);

/* "-" is standard input. Folders and terminals are refused. */
pg_status pg_datafile_open(const char *path, pg_datafile **input, pg_error *err) PG_MUST_CHECK;

/* For a name that no user gave: one found in a folder, or made from another.
 * Only a regular file is opened, so nothing waits for the other end of a FIFO. */
pg_status pg_datafile_open_found(const char *path, pg_datafile **input,
                                 pg_error *err) PG_MUST_CHECK;
void pg_datafile_close(pg_datafile *input);

/* Name for messages. */
const char *pg_datafile_name(const pg_datafile *input);

/* True where the file is compressed. */
bool pg_datafile_is_gzip(const pg_datafile *input);

/* Bytes handed out so far, counted after decompression. */
uint64_t pg_datafile_offset(const pg_datafile *input);

/* Shows the next bytes without taking them: at least count (up to
 * PG_BUFFER_BYTES) unless the end comes first. */
pg_status pg_datafile_peek(pg_datafile *input, size_t count, const uint8_t **bytes,
                           size_t *available, pg_error *err) PG_MUST_CHECK;

/* Takes the first count of the bytes shown. */
void pg_datafile_take(pg_datafile *input, size_t count);

/* Takes count bytes; *got is less only at the end. */
pg_status pg_datafile_read(pg_datafile *input, void *bytes, size_t count, size_t *got,
                           pg_error *err) PG_MUST_CHECK;

/* Takes exactly count bytes; the end before that is a truncation in `what`. */
pg_status pg_datafile_read_exactly(pg_datafile *input, void *bytes, size_t count, const char *what,
                                   pg_error *err) PG_MUST_CHECK;

/* An error where bytes are left after `what`, unless they are zeros that pad the file:
 * those are a remark. */
pg_status pg_datafile_expect_end(pg_datafile *input, const char *what, pg_error *err) PG_MUST_CHECK;

/* A stdio stream over the rest of the input, which must outlive it; NULL where
 * memory is short. It takes no byte that was not asked for, so that the input can be
 * read in between. After a failed read pg_datafile_error has the reason. */
FILE *pg_datafile_stream(pg_datafile *input);

/* The error that ended reading, or NULL. */
const pg_error *pg_datafile_error(const pg_datafile *input);

/* Takes zeros up to the next byte that is none or the end; *count is how many. More than
 * a file is padded with are left where they are. */
pg_status pg_datafile_skip_zeros(pg_datafile *input, uint64_t *count, pg_error *err) PG_MUST_CHECK;

/* Keeps a remark on what was left out of the file, with its name in front; the first stays. */
void pg_datafile_note(pg_datafile *input, const char *fmt, ...) PG_PRINTF(2, 3);
void pg_datafile_note_padding(pg_datafile *input, uint64_t zeros, const char *what);

/* The remark, or NULL. It lives as long as the input. */
const pg_remark *pg_datafile_remark(const pg_datafile *input);

#endif
