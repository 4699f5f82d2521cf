/* Output that appears under its name only when it is complete. */
#ifndef PG_BASE_OUTFILE_H
#define PG_BASE_OUTFILE_H

#include <stdio.h>

#include "pixelgan/status.h"

typedef struct pg_outfile {
    FILE *stream;    /* write here */
    char *path;      /* final name, NULL for standard output */
    char *temporary; /* name until then */
} pg_outfile;

/* Opens a temporary file beside path; "-" is standard output. A path that is
 * not a regular file (a device, a fifo) is written directly. */
pg_status pg_outfile_open(pg_outfile *out, const char *path, pg_error *err) PG_MUST_CHECK;

/* Flushes, checks, syncs and renames. Also on error nothing is left behind. */
pg_status pg_outfile_commit(pg_outfile *out, pg_error *err) PG_MUST_CHECK;

/* Closes and removes the temporary file; harmless after commit. */
void pg_outfile_abandon(pg_outfile *out);

#endif
