/* Whether a MATLAB version 5 file is one that matio reads rightly. */
#ifndef PG_DATASET_MATLAB_CHECK_H
#define PG_DATASET_MATLAB_CHECK_H

#include <stdint.h>

#include "pixelgan/status.h"

/* Reads the file through, in constant memory. PG_OK promises that each of its variables is an
 * array of numbers or characters (or a sparse one) whose parts are what their tags say, in the
 * file's bytes, and that what is packed unpacks to the end and has the right checksum.
 * PG_ERR_FORMAT: broken or cut short; PG_ERR_UNSUPPORTED: another version, cell arrays,
 * structures, functions, an element of more than 2 GiB; PG_ERR_IO: cannot be read.
 * *padding: zeros after the last variable.
 *
 * matio 1.5.23 alone would take room for whatever a variable claims before it knows whether the
 * file has it, and would give other bytes for what is missing or does not unpack. */
pg_status pg_matlab_check(const char *path, uint64_t *padding, pg_error *err);

#endif
