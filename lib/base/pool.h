/* Threads that take the items of a job one after the other.
 *
 * Promise: all items are done whatever number of threads the system grants; the caller works, too.
 */
#ifndef PG_BASE_POOL_H
#define PG_BASE_POOL_H

#include <stddef.h>

typedef struct pg_pool pg_pool;

typedef void pg_pool_task(void *context, size_t item);

/* NULL where memory is short, which the other functions take for one thread. */
pg_pool *pg_pool_create(int threads);

/* Calls task for each item from 0 to count-1, in any order, and waits for all. */
void pg_pool_run(pg_pool *pool, size_t count, pg_pool_task *task, void *context);

void pg_pool_free(pg_pool *pool);

#endif
