/* A pool of threads that process the items of a job in order, a limited distance ahead of the
 * caller.
 *
 * Promise: all items are done for any number of threads that the system grants, because the caller
 * works too. At most as many items are done and not yet released as the ring has slots.
 */
#ifndef PG_BASE_POOL_H
#define PG_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pg_pool pg_pool;

typedef void pg_pool_task(void *context, size_t item);

/* A pool of `threads` threads, including the caller, for jobs with `ring` slots; NULL if there is
 * not enough memory. */
pg_pool *pg_pool_create(int threads, size_t ring);

/* Begins a job: items from `first` up to, but not including, `limit`. There may be as many items as
 * the ring has slots. */
void pg_pool_begin(pg_pool *pool, size_t first, size_t limit, pg_pool_task *task, void *context);

/* Waits until the item is done. Meanwhile the caller processes other items. */
void pg_pool_wait(pg_pool *pool, size_t item);

/* Frees the slot of the item; threads may then take items up to `limit`. */
void pg_pool_release(pg_pool *pool, size_t item, size_t limit);

/* Stops taking items and waits for those in progress. Items below the result are done. */
size_t pg_pool_end(pg_pool *pool);

/* Calls task for each item from 0 to count-1, in any order, and waits for all. */
void pg_pool_run(pg_pool *pool, size_t count, pg_pool_task *task, void *context);

void pg_pool_free(pg_pool *pool);

#endif
