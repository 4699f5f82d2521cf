/* A team of threads that run one task together (single program, multiple data).
 *
 * Promise: all work is done whatever number of threads the system grants. A task deals its work
 * by the count that its worker is told, not by what was asked for. Inside a task the libraries
 * below us (oneDNN, BLAS) see one thread.
 */
#ifndef PG_NN_TEAM_H
#define PG_NN_TEAM_H

#include <stddef.h>

#include "pixelgan/status.h"

typedef struct pg_worker {
    int id;    /* 0 .. count-1 */
    int count; /* workers in the team */
} pg_worker;

typedef void (*pg_task)(const pg_worker *worker, void *argument);

/* Threads to plan for where so many are wanted (0: as many as OpenMP would take, which is
 * OMP_NUM_THREADS or one for each core): at least 1, at most PG_MAX_THREADS, OpenMP's own limit,
 * and what the system grants. */
int pg_team_size(int threads);

/* Runs task on each of a team of pg_team_size(threads) workers, or of fewer where there are no more
 * to be had (a limit, or a caller that is in a team itself), and waits for all of them. */
void pg_team_run(int threads, pg_task task, void *argument);

/* Waits until every worker of the team got here. Only inside a task. */
void pg_team_barrier(void);

/* This worker's share [*begin, *end) of `total` things. */
static inline void pg_share(const pg_worker *worker, size_t total, size_t *begin, size_t *end)
{
    *begin = total * (size_t)worker->id / (size_t)worker->count;
    *end = total * ((size_t)worker->id + 1) / (size_t)worker->count;
}

#endif
