/* Bytes from descriptors: whole pieces, buffered, with the offset known for
 * messages. Works on pipes; never seeks.
 */
#ifndef PG_STREAM_FDIO_H
#define PG_STREAM_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/output.h"

/* Bytes that are read ahead at most; few where a fuzzer is to pass their end. */
#ifdef SMALL_BUFFERS
enum { PG_BUFFER_BYTES = 1 << 12 };
#else
enum { PG_BUFFER_BYTES = 1 << 18 };
#endif

/* Reads as read(2) does: bytes, 0 at the end, -1 with errno. */
typedef ssize_t pg_read_function(void *context, void *to, size_t size);

typedef struct pg_input {
    int fd;
    pg_read_function *read; /* used instead of fd where there is one ... */
    void *context;          /* ... with this */
    uint64_t offset;        /* bytes handed out */
    int error;              /* errno of a read that failed, or 0 */
    bool at_end;            /* the descriptor has no more */
    uint8_t *buffer;
    size_t start, end; /* what the buffer still holds */
    bool borrowed;     /* the buffer is memory that holds all of the data, and stays */
} pg_input;

/* False where memory is short. prefix is handed out before the descriptor's bytes. */
bool pg_input_init(pg_input *input, int fd, const void *prefix, size_t prefix_size);
void pg_input_free(pg_input *input);

/* Copies size bytes to `to` and returns how many there were: fewer at the end
 * of the data or after an error. */
size_t pg_input_read(pg_input *input, void *to, size_t size);

/* Goes on in memory that holds the same data, at that byte of it. */
void pg_input_borrow(pg_input *input, const uint8_t *data, size_t at, size_t size);

/* The next size bytes of borrowed memory, or NULL where there are fewer. */
const uint8_t *pg_input_take(pg_input *input, size_t size);

/* Shows the bytes that come next without taking them, at least size of them (up to
 * PG_BUFFER_BYTES) unless the data end before. */
const uint8_t *pg_input_peek(pg_input *input, size_t size, size_t *available);

#endif
