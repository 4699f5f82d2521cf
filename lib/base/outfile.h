/* Output that appears under its name only when it is complete. */
#ifndef PG_BASE_OUTFILE_H
#define PG_BASE_OUTFILE_H

#include "base/output.h"
#include "pixelgan/status.h"

typedef struct pg_outfile {
    FILE *stream; /* write here; its errors are kept for the commit */
    pg_output *output;
    off_t start;  /* of standard output that is a regular file: what is written can be taken back to
                     here; else -1 */
    char *path;   /* the name as it was given, NULL for standard output */
    char *target; /* what is replaced: path, or what it links to; NULL: written directly */
    char *temporary; /* name until then, NULL where the file has none yet */
} pg_outfile;

/* Opens a new file in the folder of path, without a name where the file system
 * can do that: then nothing is left of a process that is killed. "-" is standard
 * output. A path that is not a regular file (a device, a fifo) is written directly. */
pg_status pg_outfile_open(pg_outfile *out, const char *path, pg_error *err) PG_MUST_CHECK;

/* Flushes, checks, syncs and renames. Also on error nothing is left behind. */
pg_status pg_outfile_commit(pg_outfile *out, pg_error *err) PG_MUST_CHECK;

/* Closes and removes what was written, also from a regular file that is standard output; harmless
 * after commit. */
void pg_outfile_abandon(pg_outfile *out);

#endif
