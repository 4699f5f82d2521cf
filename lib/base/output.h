/* Reads from and writes to descriptors. Pipes, terminals and sockets may be non-blocking; these
 * functions wait until they are ready. Standard streams would not wait, and lose buffered data. The
 * library and the tools use these functions for all output. */
#ifndef PG_BASE_OUTPUT_H
#define PG_BASE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* One read(2), repeated if a signal interrupts it or the descriptor is not ready. Returns the
 * number of bytes, 0 at the end, -1 with errno. */
ssize_t pg_read_some(int fd, void *to, size_t size);

/* Writes all bytes. Returns 0 or an errno. */
int pg_write_all(int fd, const void *data, size_t size);

/* A buffered stream over pg_write_all. */
typedef struct pg_output {
    FILE *stream; /* write here */
    int fd;
    int why; /* errno of the first failed write, or 0; later output is dropped */
} pg_output;

/* NULL if there is not enough memory; fd then stays open. */
pg_output *pg_output_open(int fd);

/* Writes the buffered data. Returns 0, or the errno of this or an earlier failure. */
int pg_output_flush(pg_output *output);

/* Flushes, closes the descriptor if `descriptor` is set, and frees. Returns 0 or an errno. */
int pg_output_close(pg_output *output, bool descriptor);

#endif
