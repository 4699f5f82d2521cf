#include <config.h>

#include "stream/fdio.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 30 /* one call accepts */ };

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
    free(input->buffer);
    input->buffer = NULL;
}

/* True where the call is to be made again: a signal came, or a descriptor that
 * somebody made non-blocking was not ready. */
static bool try_again(int fd, short events)
{
    if (errno == EINTR) return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    struct pollfd wait = {.fd = fd, .events = events};
    return poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

ssize_t pg_read_some(int fd, void *to, size_t size)
{
    ssize_t got;
    do
        got = read(fd, to, size < MOST_BYTES ? size : MOST_BYTES);
    while (got < 0 && try_again(fd, POLLIN));
    return got;
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
    while (done < size) {
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
    size_t got = 1;
    if (input->end - input->start < size && input->start) {
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

int pg_write_all(int fd, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    while (size > 0) {
        ssize_t put = write(fd, bytes, size < MOST_BYTES ? size : MOST_BYTES);
        if (put < 0 && !try_again(fd, POLLOUT)) return errno;
        if (put > 0) {
            bytes += put;
            size -= (size_t)put;
        }
    }
    return 0;
}
