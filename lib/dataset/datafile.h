/* Input: files, pipes and standard input, with gzip decompressed on the way.
 *
 * Promise: data without gzip is unchanged; gzipped data is decompressed completely or gives an
 * error. A file is read once, from its start, without seeking.
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

/* True for a regular file or a folder, which gives the same bytes when it is opened again. */
bool pg_path_can_reopen(const char *path);

/* stat(2) that follows links. The error names a broken link as such. */
pg_status pg_path_look(const char *path, struct stat *info, pg_error *err) PG_MUST_CHECK;

/* "a FIFO", "a device", ...: the kind of a file that is not regular. */
const char *pg_file_kind(mode_t mode);

/* "-" is standard input. Folders and terminals are refused. */
pg_status pg_datafile_open(const char *path, pg_datafile **input, pg_error *err) PG_MUST_CHECK;

/* For a name that the user did not give: it was found in a folder or derived from another name.
 * Opens regular files only, so that nothing waits for the other end of a FIFO. */
pg_status pg_datafile_open_found(const char *path, pg_datafile **input,
                                 pg_error *err) PG_MUST_CHECK;
void pg_datafile_close(pg_datafile *input);

/* Name for messages. */
const char *pg_datafile_name(const pg_datafile *input);

/* True if the file is compressed. */
bool pg_datafile_is_gzip(const pg_datafile *input);

/* Number of bytes taken so far, after decompression. */
uint64_t pg_datafile_offset(const pg_datafile *input);

/* Shows the next bytes without taking them: at least count (up to PG_BUFFER_BYTES), or fewer at the
 * end. */
pg_status pg_datafile_peek(pg_datafile *input, size_t count, const uint8_t **bytes,
                           size_t *available, pg_error *err) PG_MUST_CHECK;

/* Takes the first count bytes shown. */
void pg_datafile_take(pg_datafile *input, size_t count);

/* Takes count bytes; *got is less only at the end. */
pg_status pg_datafile_read(pg_datafile *input, void *bytes, size_t count, size_t *got,
                           pg_error *err) PG_MUST_CHECK;

/* Takes exactly count bytes. If the file ends earlier, the error says that `what` is truncated. */
pg_status pg_datafile_read_exactly(pg_datafile *input, void *bytes, size_t count, const char *what,
                                   pg_error *err) PG_MUST_CHECK;

/* Fails if bytes are left after `what`. Zeros that pad the file only cause a remark. */
pg_status pg_datafile_expect_end(pg_datafile *input, const char *what, pg_error *err) PG_MUST_CHECK;

/* A stdio stream over the rest of the input, which must outlive it; NULL if there is not enough
 * memory. It does not read ahead, so that the input can also be read directly in between. After a
 * failed read, pg_datafile_error gives the reason. */
FILE *pg_datafile_stream(pg_datafile *input);

/* The error that ended reading, or NULL. */
const pg_error *pg_datafile_error(const pg_datafile *input);

/* Takes zeros up to the next other byte or the end; *count is their number. If there are more zeros
 * than usual padding, the rest is left. */
pg_status pg_datafile_skip_zeros(pg_datafile *input, uint64_t *count, pg_error *err) PG_MUST_CHECK;

/* Keeps a remark on skipped data, which begins with the name of the file. Only the first remark is
 * kept. */
void pg_datafile_note(pg_datafile *input, const char *fmt, ...) PG_PRINTF(2, 3);
void pg_datafile_note_padding(pg_datafile *input, uint64_t zeros, const char *what);

/* The remark, or NULL. It lives as long as the input. */
const pg_remark *pg_datafile_remark(const pg_datafile *input);

#endif
