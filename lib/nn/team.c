#include <config.h>

#include "nn/team.h"

#ifdef _OPENMP

#include <omp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"

/* ---- What the system grants ---- */

static void *wait_for_gate(void *gate)
{
    pthread_mutex_lock(gate);
    pthread_mutex_unlock(gate);
    return NULL;
}

enum { SPARE_BYTES = 32 << 20 }; /* what OpenMP and others keep for a thread, at the least */

/* Starts up to `most` threads at once, ends them, and returns how many there were. */
static int try_threads(int most)
{
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pthread_t *threads = malloc((size_t)most * sizeof *threads);
    int started = 0;
    if (!threads) return 0;
    pthread_mutex_lock(&gate);
    while (started < most && pg_has_room(SPARE_BYTES) &&
           pthread_create(&threads[started], NULL, wait_for_gate, &gate) == 0)
        started++;
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return started;
}

/* OpenMP ends the process where it cannot start a thread, so we look before. What it has started
 * once it keeps. */
static int granted(int threads)
{
    static atomic_int tried = 1;
    int most = atomic_load(&tried);
    if (threads <= most) return threads;
    int more = 1 + try_threads(threads - 1);
    if (more > most) atomic_store(&tried, more);
    return more;
}

int pg_team_size(int threads)
{
    int limit = omp_get_thread_limit();
    if (threads <= 0) threads = omp_get_max_threads();
    if (threads > PG_MAX_THREADS) threads = PG_MAX_THREADS;
    if (threads > limit) threads = limit;
    return threads < 1 ? 1 : granted(threads);
}

/* ---- Running ---- */

void pg_team_run(int threads, pg_task task, void *argument)
{
    int dynamic = omp_get_dynamic();
    omp_set_dynamic(0);
#pragma omp parallel num_threads(pg_team_size(threads))
    {
        pg_worker worker = {omp_get_thread_num(), omp_get_num_threads()};
        omp_set_num_threads(1); /* for this worker's calls into libraries only */
        task(&worker, argument);
    }
    omp_set_dynamic(dynamic);
}

void pg_team_barrier(void)
{
#pragma omp barrier
}

#else

int pg_team_size(int threads)
{
    (void)threads;
    return 1;
}

void pg_team_run(int threads, pg_task task, void *argument)
{
    (void)threads;
    pg_worker worker = {0, 1};
    task(&worker, argument);
}

void pg_team_barrier(void)
{
}

#endif
