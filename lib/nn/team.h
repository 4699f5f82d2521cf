/* A team of threads that run one task together (single program, multiple data).
 *
 * Promise: the shares of the workers depend only on the number of workers, so
 * the same number gives the same sums in the same order. Inside a task the
 * libraries below us (oneDNN, BLAS) see one thread.
 */
#ifndef PG_NN_TEAM_H
#define PG_NN_TEAM_H

#include <stddef.h>

enum { PG_MAX_THREADS = 256 };

typedef struct pg_worker {
    int id;    /* 0 .. count-1 */
    int count; /* workers in the team */
} pg_worker;

typedef void (*pg_task)(const pg_worker *worker, void *argument);

/* Threads to use where 0 asks for all cores; at least 1, at most PG_MAX_THREADS. */
int pg_team_size(int threads);

/* Runs task once on each of `threads` workers and waits for all of them. */
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
