/* Recognises files of foreign kinds by their first bytes and says what to do about them.
 *
 * Promise: all readers refuse a file of another kind by pg_refuse_file, so that every tool gives
 * the same file the same name.
 */
#ifndef PG_BASE_FILETYPE_H
#define PG_BASE_FILETYPE_H

#include <stddef.h>
#include <stdint.h>

#include "pixelgan/status.h"

enum { PG_FILETYPE_BYTES = 4096 }; /* bytes at the start of a file that tell all kinds apart */

/* What the file was expected to be, which determines the remedy. */
typedef enum pg_file_use {
    PG_USE_IMAGES,  /* a data set */
    PG_USE_PICTURE, /* one of the files in a folder */
    PG_USE_LABELS,
    PG_USE_STREAM,
    PG_USE_MODEL
} pg_file_use;

/* "a JPEG picture"; NULL if the bytes are of no known kind or there are none. */
const char *pg_filetype_name(const uint8_t *bytes, size_t available);

/* A command that prints a picture of an unsupported kind as PNM or PNG; else NULL. */
const char *pg_filetype_converter(const uint8_t *bytes, size_t available);

/* The description of a model file in messages. */
extern const char *const pg_filetype_model;

/* Fails with "NAME: a JPEG picture, not WANTED; REMEDY". bytes are the first bytes of the file. If
 * wanted is NULL, use determines it. */
pg_status pg_refuse_file(const char *name, const char *wanted, pg_file_use use,
                         const uint8_t *bytes, size_t available, pg_error *err);

#endif
