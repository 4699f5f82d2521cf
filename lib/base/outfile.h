/* Output that appears under its name only when it is complete. */
#ifndef PG_BASE_OUTFILE_H
#define PG_BASE_OUTFILE_H

#include "base/output.h"
#include "pixelgan/status.h"

typedef struct pg_outfile {
    FILE *stream; /* write here; errors are kept for the commit */
    pg_output *output;
    off_t start;     /* if standard output is a regular file, it is truncated to this offset when
                        the output is abandoned; else -1 */
    char *path;      /* the name as given, NULL for standard output */
    char *target;    /* the file to replace: path or its link target; NULL: written directly */
    char *temporary; /* temporary name, NULL if the file has none */
} pg_outfile;

/* Opens a new file in the folder of path. If the file system supports O_TMPFILE, the file has no
 * name, so that a killed process leaves nothing behind. "-" is standard output. A path that is not
 * a regular file (a device, a FIFO) is written directly. */
pg_status pg_outfile_open(pg_outfile *out, const char *path, pg_error *err) PG_MUST_CHECK;

/* Flushes, checks, syncs and renames the file. After an error nothing is left behind. */
pg_status pg_outfile_commit(pg_outfile *out, pg_error *err) PG_MUST_CHECK;

/* Closes the file and removes what was written, also if standard output is a regular file. Does
 * nothing after a commit. */
void pg_outfile_abandon(pg_outfile *out);

#endif
