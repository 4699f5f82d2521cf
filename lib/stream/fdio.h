/* Buffered input from descriptors, which returns complete pieces and knows the offset for messages.
 * It works on pipes and never seeks.
 */
#ifndef PG_STREAM_FDIO_H
#define PG_STREAM_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/output.h"

/* Size of the buffer in bytes; small for fuzzing, so that inputs exceed it. */
#ifdef SMALL_BUFFERS
enum { PG_BUFFER_BYTES = 1 << 12 };
#else
enum { PG_BUFFER_BYTES = 1 << 18 };
#endif

/* Reads like read(2): returns the number of bytes, 0 at the end, -1 with errno. */
typedef ssize_t pg_read_function(void *context, void *to, size_t size);

typedef struct pg_input {
    int fd;
    pg_read_function *read; /* used instead of fd, unless NULL ... */
    void *context;          /* ... with this argument */
    uint64_t offset;        /* bytes returned so far */
    int error;              /* errno of a failed read, or 0 */
    bool at_end;            /* the descriptor has no more data */
    uint8_t *buffer;
    size_t start, end; /* range of unread bytes in the buffer */
    bool borrowed;     /* the buffer is borrowed memory that holds all data */
} pg_input;

/* False if there is not enough memory. prefix is returned before the descriptor's bytes. */
bool pg_input_init(pg_input *input, int fd, const void *prefix, size_t prefix_size);
void pg_input_free(pg_input *input);

/* Copies size bytes to `to` and returns their number, which is smaller at the end of the data or
 * after an error. */
size_t pg_input_read(pg_input *input, void *to, size_t size);

/* Continues reading from memory that holds the same data, at byte `at`. */
void pg_input_borrow(pg_input *input, const uint8_t *data, size_t at, size_t size);

/* Takes the next size bytes of borrowed memory; NULL if there are fewer. */
const uint8_t *pg_input_take(pg_input *input, size_t size);

/* Shows the next bytes without taking them: at least size (up to PG_BUFFER_BYTES), or fewer at the
 * end of the data. */
const uint8_t *pg_input_peek(pg_input *input, size_t size, size_t *available);

#endif
