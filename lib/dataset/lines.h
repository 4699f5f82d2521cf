/* Lines of the small text files that people write or edit: class names, labels by name, names of
 * categories.
 *
 * Promise: a line is returned whole and without its end, LF or CR LF, or the reader learns why it
 * cannot be text. */
#ifndef PG_DATASET_LINES_H
#define PG_DATASET_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "dataset/datafile.h"

/* Reads a line into text, which has room for size bytes. *found is false at the end of the input.
 * PG_ERR_FORMAT: *wrong says what is wrong with the line, for the caller's message ("is too
 * long"), and err is left alone; otherwise *wrong is NULL. Other errors are those of
 * pg_datafile_read. */
pg_status pg_line_read(pg_datafile *input, char *text, size_t size, bool *found, const char **wrong,
                       pg_error *err) PG_MUST_CHECK;

/* Replaces \\ \t \n \r by what they stand for, in place; false if a backslash is followed by
 * anything else. */
bool pg_line_unescape(char *text);

#endif
