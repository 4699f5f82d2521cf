/* How processes that train one model together exchange numbers; for pg_trainer_create_among.
 *
 * The library brings no transport of its own, so that it depends on none: pg-train-mpi passes one
 * that calls MPI. All processes make the same calls in the same order, each from one thread, that
 * which called the library. A call returns when this process can go on; what cannot be
 * exchanged, as with a process that has died, is for the transport to end.
 */
#ifndef PIXELGAN_TRANSPORT_H
#define PIXELGAN_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include <pixelgan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pg_transport {
    void *state;    /* the first argument of each call */
    int rank, size; /* this process, 0 .. size-1; all of them */

    /* Each value becomes the largest that any process gave. */
    void (*most)(void *state, int64_t *values, size_t count);

    /* All get the bytes of one process. */
    void (*broadcast)(void *state, int from, void *data, size_t bytes);

    /* data is `count` units of `unit` bytes, a multiple of 4. Process r has filled those from
     * count * r / size on, up to count * (r + 1) / size; afterwards all have all. */
    void (*gather)(void *state, void *data, size_t count, size_t unit);

    /* send holds send_bytes[r] bytes for each process r, one after the other; receive gets
     * receive_bytes[r] from each. All are multiples of 4. */
    void (*exchange)(void *state, const void *send, const size_t *send_bytes, void *receive,
                     const size_t *receive_bytes);
} pg_transport;

/* The status that all processes go on with: PG_OK where all gave that, else that of the first
 * which did not, with its error. NULL, no other process: the status given. */
PG_API pg_status pg_transport_agree(const pg_transport *transport, pg_status status,
                                    pg_error *err) PG_MUST_CHECK;

/* PG_ERR_ARGUMENT, for all, where a process has other bytes than the first; the message begins
 * with what. */
PG_API pg_status pg_transport_compare(const pg_transport *transport, const void *bytes,
                                      size_t count, const char *what, pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
