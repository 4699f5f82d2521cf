/* A team of threads that run one task together (single program, multiple data).
 *
 * Promise: all work is done for any number of threads that the system grants. A task divides its
 * work by the number of workers in pg_worker, not by the number requested. Inside a task, oneDNN
 * and BLAS use one thread.
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

/* The number of threads to plan for if `threads` are requested (0: as many as OpenMP would use,
 * which is OMP_NUM_THREADS or one per core). It is at least 1, and at most PG_MAX_THREADS, OpenMP's
 * own limit and the number that the system grants. */
int pg_team_size(int threads);

/* Runs task on each worker of a team of pg_team_size(threads) workers and waits for all of them.
 * The team is smaller if not all threads are available, because of a limit or because the caller
 * is in a team itself. */
void pg_team_run(int threads, pg_task task, void *argument);

/* Waits until every worker of the team has called it. Only inside a task. */
void pg_team_barrier(void);

/* This worker's share [*begin, *end) of `total` items. */
static inline void pg_share(const pg_worker *worker, size_t total, size_t *begin, size_t *end)
{
    *begin = total * (size_t)worker->id / (size_t)worker->count;
    *end = total * ((size_t)worker->id + 1) / (size_t)worker->count;
}

#endif
