#include <config.h>

#include "stream/fdio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool pg_input_init(pg_input *input, int fd, const void *prefix, size_t prefix_size)
{
    size_t room = prefix_size > PG_BUFFER_BYTES ? prefix_size : PG_BUFFER_BYTES;
    *input = (pg_input){.fd = fd, .buffer = malloc(room), .end = prefix_size};
    if (!input->buffer) return false;
    if (prefix_size) memcpy(input->buffer, prefix, prefix_size);
    return true;
}

void pg_input_free(pg_input *input)
{
    if (!input->borrowed) free(input->buffer);
    input->buffer = NULL;
}

void pg_input_borrow(pg_input *input, const uint8_t *data, size_t at, size_t size)
{
    pg_input_free(input);
    input->buffer = (uint8_t *)data; /* only read, as it is at its end */
    input->start = at;
    input->end = size;
    input->borrowed = input->at_end = true;
}

const uint8_t *pg_input_take(pg_input *input, size_t size)
{
    const uint8_t *bytes = input->buffer + input->start;
    if (input->end - input->start < size) return NULL;
    input->start += size;
    input->offset += size;
    return bytes;
}

/* One read; 0 at the end of the data or after an error. */
static size_t read_some(pg_input *input, void *to, size_t size)
{
    if (input->at_end || input->error) return 0;
    ssize_t got =
        input->read ? input->read(input->context, to, size) : pg_read_some(input->fd, to, size);
    if (got < 0) input->error = errno;
    if (got == 0) input->at_end = true;
    return got > 0 ? (size_t)got : 0;
}

static size_t take_buffered(pg_input *input, uint8_t *to, size_t size)
{
    size_t present = input->end - input->start;
    if (size > present) size = present;
    memcpy(to, input->buffer + input->start, size);
    input->start += size;
    return size;
}

size_t pg_input_read(pg_input *input, void *to, size_t size)
{
    uint8_t *bytes = to;
    size_t done = take_buffered(input, bytes, size);
    while (done < size && !input->borrowed) {
        size_t got;
        if (size - done >= PG_BUFFER_BYTES) {
            got = read_some(input, bytes + done, size - done);
        } else {
            input->start = 0;
            input->end = read_some(input, input->buffer, PG_BUFFER_BYTES);
            got = take_buffered(input, bytes + done, size - done);
        }
        if (got == 0) break;
        done += got;
    }
    input->offset += done;
    return done;
}

const uint8_t *pg_input_peek(pg_input *input, size_t size, size_t *available)
{
    size_t got = input->borrowed ? 0 : 1;
    if (got && input->end - input->start < size && input->start) {
        memmove(input->buffer, input->buffer + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
    }
    while (got && input->end - input->start < size && input->end < PG_BUFFER_BYTES) {
        got = read_some(input, input->buffer + input->end, PG_BUFFER_BYTES - input->end);
        input->end += got;
    }
    *available = input->end - input->start;
    return input->buffer + input->start;
}
