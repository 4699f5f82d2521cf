#include <config.h>

#include "nn/threads.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"
#include "nn/team.h"

enum { SPARE_BYTES = 32 << 20 }; /* what is left then, for what OpenMP keeps of them and others */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait_at_gate(void *argument)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_unlock(&gate);
    return argument;
}

/* So many threads at once, if they can be had; returns how many there were. */
static int make_threads(int wanted, bool *room)
{
    pthread_t made[PG_MAX_THREADS];
    int count = 0;
    pthread_mutex_lock(&gate);
    while (count < wanted && pthread_create(&made[count], NULL, wait_at_gate, NULL) == 0)
        count++;
    *room = pg_has_room(SPARE_BYTES);
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < count; i++)
        pthread_join(made[i], NULL);
    return count;
}

pg_status pg_threads_check(int threads, pg_error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static int known = 1; /* OpenMP keeps the threads that it once had */
    bool room = true;
    pthread_mutex_lock(&lock);
    int had = threads <= known ? threads : 1 + make_threads(threads - 1, &room);
    if (had == threads && room && threads > known) known = threads;
    pthread_mutex_unlock(&lock);
    if (had < threads)
        return pg_fail(
            err, PG_ERR_MEMORY,
            "threads: %d of %d can be had; use fewer, or raise the limit of processes or "
            "of memory (ulimit -u, -v)",
            had, threads);
    if (!room)
        return pg_fail(
            err, PG_ERR_MEMORY,
            "threads: not enough memory for %d; use fewer, or raise the limit (ulimit -v)",
            threads);
    return PG_OK;
}
