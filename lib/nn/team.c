#include <config.h>

#include "nn/team.h"

#ifdef _OPENMP
#include <omp.h>
#endif

#ifdef _OPENMP

int pg_team_size(int threads)
{
    if (threads <= 0) threads = omp_get_num_procs();
    return threads < 1 ? 1 : threads > PG_MAX_THREADS ? PG_MAX_THREADS : threads;
}

void pg_team_run(int threads, pg_task task, void *argument)
{
    omp_set_dynamic(0);
#pragma omp parallel num_threads(threads)
    {
        pg_worker worker = {omp_get_thread_num(), omp_get_num_threads()};
        omp_set_num_threads(1); /* for this worker's calls into libraries only */
        task(&worker, argument);
    }
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
