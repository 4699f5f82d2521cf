/* How processes that train one model together exchange numbers; for pg_trainer_create_among.
 *
 * The library has no transport of its own, so that it does not depend on one: pg-train-mpi passes
 * a transport that calls MPI. All processes make the same calls in the same order, each from the
 * thread that called the library. A call returns when this process can go on. The transport itself
 * must end the run if an exchange is impossible, for example because a process has died.
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
    int rank, size; /* number of this process, 0 .. size-1; number of processes */

    /* Replaces each value by its maximum over all processes. */
    void (*most)(void *state, int64_t *values, size_t count);

    /* All processes receive the bytes of process `from`. */
    void (*broadcast)(void *state, int from, void *data, size_t bytes);

    /* data is `count` units of `unit` bytes, a multiple of 4. Process r has filled the units from
     * count * r / size up to, but not including, count * (r + 1) / size. Afterwards every process
     * has all units. */
    void (*gather)(void *state, void *data, size_t count, size_t unit);

    /* send holds send_bytes[r] bytes for each process r, one after the other; receive gets
     * receive_bytes[r] bytes from each process r, likewise. All numbers are multiples of 4. */
    void (*exchange)(void *state, const void *send, const size_t *send_bytes, void *receive,
                     const size_t *receive_bytes);
} pg_transport;

/* A common status for all processes: PG_OK if all processes pass PG_OK, else the status and error
 * of the first process that does not. If transport is NULL, the status passed. */
PG_API pg_status pg_transport_agree(const pg_transport *transport, pg_status status,
                                    pg_error *err) PG_MUST_CHECK;

/* PG_ERR_ARGUMENT, in all processes, if the bytes of a process differ from those of the first. The
 * message begins with `what`. */
PG_API pg_status pg_transport_compare(const pg_transport *transport, const void *bytes,
                                      size_t count, const char *what, pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
