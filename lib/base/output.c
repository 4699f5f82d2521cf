#include <config.h>

#include "base/output.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 30 /* one call accepts */ };

/* True where the call is to be made again: a signal came, or the descriptor was not ready. */
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

static ssize_t cookie_write(void *cookie, const char *bytes, size_t size)
{
    pg_output *output = cookie;
    if (!output->why) output->why = pg_write_all(output->fd, bytes, size);
    if (!output->why) return (ssize_t)size;
    errno = output->why;
    return 0;
}

pg_output *pg_output_open(int fd)
{
    pg_output *output = calloc(1, sizeof *output);
    if (!output) return NULL;
    output->fd = fd;
    output->stream = fopencookie(output, "w", (cookie_io_functions_t){.write = cookie_write});
    if (output->stream) return output;
    free(output);
    return NULL;
}

int pg_output_flush(pg_output *output)
{
    errno = 0;
    if (fflush(output->stream) != 0 && !output->why) output->why = errno ? errno : EIO;
    return output->why;
}

int pg_output_close(pg_output *output, bool descriptor)
{
    int why = pg_output_flush(output);
    fclose(output->stream);
    if (descriptor && close(output->fd) != 0 && !why) why = errno;
    free(output);
    return why;
}
