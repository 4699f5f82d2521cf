/* Files of other kinds, told by their first bytes: what they are, and what to do about it.
 *
 * Promise: whoever reads a file and finds that it is not what he reads says so by
 * pg_refuse_file, so that the same file has the same name everywhere.
 */
#ifndef PG_BASE_FILETYPE_H
#define PG_BASE_FILETYPE_H

#include <stddef.h>
#include <stdint.h>

#include "pixelgan/status.h"

enum { PG_FILETYPE_BYTES = 4096 }; /* of the start of a file: that many tell all kinds */

/* What the file was to be; it decides on the remedy. */
typedef enum pg_file_use {
    PG_USE_IMAGES,  /* a data set */
    PG_USE_PICTURE, /* one of the files in a folder */
    PG_USE_LABELS,
    PG_USE_STREAM,
    PG_USE_MODEL
} pg_file_use;

/* "a JPEG picture"; NULL for bytes of no kind known, and for none. */
const char *pg_filetype_name(const uint8_t *bytes, size_t available);

/* For a picture of a kind that is not read, a command that prints it as PNM or PNG; else NULL. */
const char *pg_filetype_converter(const uint8_t *bytes, size_t available);

/* The name of a model file, as it is given out. */
extern const char *const pg_filetype_model;

/* "NAME: a JPEG picture, not WANTED; REMEDY". bytes are the first ones of the file;
 * where wanted is NULL, it is what the use says. */
pg_status pg_refuse_file(const char *name, const char *wanted, pg_file_use use,
                         const uint8_t *bytes, size_t available, pg_error *err);

#endif
