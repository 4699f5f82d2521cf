/* Threads that take the items of a job in order, and run ahead of the caller only so far.
 *
 * Promise: all items are done whatever number of threads the system grants, for the caller works,
 * too; at most so many are done and not yet released as the ring has places.
 */
#ifndef PG_BASE_POOL_H
#define PG_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pg_pool pg_pool;

typedef void pg_pool_task(void *context, size_t item);

/* A pool for jobs with `ring` places, for so many threads with the caller; NULL where memory is
 * short. */
pg_pool *pg_pool_create(int threads, size_t ring);

/* Begins a job: items from `first` up to `limit`, which may be so many more as there are places. */
void pg_pool_begin(pg_pool *pool, size_t first, size_t limit, pg_pool_task *task, void *context);

/* Waits until the item is done; meanwhile the caller does others. */
void pg_pool_wait(pg_pool *pool, size_t item);

/* The place of the item is free, and items up to `limit` may be taken. */
void pg_pool_release(pg_pool *pool, size_t item, size_t limit);

/* Takes no more items, and waits for those that were taken. Items below the result were done. */
size_t pg_pool_end(pg_pool *pool);

/* Calls task for each item from 0 to count-1, in any order, and waits for all. */
void pg_pool_run(pg_pool *pool, size_t count, pg_pool_task *task, void *context);

void pg_pool_free(pg_pool *pool);

#endif
