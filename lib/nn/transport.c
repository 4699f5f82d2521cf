#include "pixelgan/transport.h"

#include <string.h>

/* The message of another process, with the number of that in front. */
static void name_process(const pg_transport *transport, int from, pg_error *err)
{
    char message[sizeof err->message];
    if (!from) return;
    memcpy(message, err->message, sizeof message);
    message[sizeof message - 1] = 0;
    int errno_value = err->system_errno;
    pg_fail(err, err->status, "process %d of %d: %s", from + 1, transport->size, message);
    err->system_errno = errno_value;
}

pg_status pg_transport_agree(const pg_transport *transport, pg_status status, pg_error *err)
{
    if (!transport || transport->size == 1) return status;
    int64_t failed = status == PG_OK ? 0 : transport->size - transport->rank;
    transport->most(transport->state, &failed, 1);
    if (!failed) return PG_OK;
    int from = transport->size - (int)failed;
    pg_error first = {.status = status};
    if (from == transport->rank && err) first = *err;
    transport->broadcast(transport->state, from, &first, sizeof first);
    name_process(transport, from, &first);
    if (err) *err = first;
    return first.status;
}

/* FNV-1a (Fowler, Noll and Vo 1991). */
static uint64_t hash(const void *data, size_t count)
{
    const unsigned char *bytes = data;
    uint64_t state = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < count; i++)
        state = (state ^ bytes[i]) * UINT64_C(0x100000001b3);
    return state;
}

pg_status pg_transport_compare(const pg_transport *transport, const void *bytes, size_t count,
                               const char *what, pg_error *err)
{
    if (!transport || transport->size == 1) return PG_OK;
    uint64_t mine = hash(bytes, count), first = mine;
    transport->broadcast(transport->state, 0, &first, sizeof first);
    pg_status status = PG_OK;
    if (mine != first)
        status = pg_fail(err, PG_ERR_ARGUMENT,
                         "%s: other than in the first process; give all processes the same", what);
    return pg_transport_agree(transport, status, err);
}
