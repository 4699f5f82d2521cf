/* Bytes from and to descriptors, which may be pipes, terminals and sockets that somebody made
 * non-blocking: where one is not ready, these wait for it. Standard streams do not: they lose what
 * they hold. All that the library and the tools write goes through here. */
#ifndef PG_BASE_OUTPUT_H
#define PG_BASE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* One read(2), made again where a signal stopped it or the descriptor is not
 * ready: bytes, 0 at the end, -1 with errno. */
ssize_t pg_read_some(int fd, void *to, size_t size);

/* Writes all; 0 or an errno. */
int pg_write_all(int fd, const void *data, size_t size);

/* A buffered stream over pg_write_all. */
typedef struct pg_output {
    FILE *stream; /* write here */
    int fd;
    int why; /* errno of the first write that failed, or 0; what comes after it is dropped */
} pg_output;

/* NULL where memory is short, and fd stays open. */
pg_output *pg_output_open(int fd);

/* Writes what is buffered; 0, or the errno of this or an earlier failure. */
int pg_output_flush(pg_output *output);

/* Flushes, closes the descriptor too where wanted, and frees; 0 or an errno. */
int pg_output_close(pg_output *output, bool descriptor);

#endif
