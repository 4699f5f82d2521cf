#include <config.h>

#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 1024, WORTH_WAKING = 8 /* items, or half of what may be ahead */ };

struct pg_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t *threads; /* beside the caller */
    int count, idle;
    bool stop, caller_waits;
    pg_pool_task *task;
    void *context;
    size_t next, limit; /* items: the one to take, and that before which it ends for now */
    size_t busy;        /* items that were taken and are not done */
    size_t ring;
    bool is_done[]; /* ring places */
};

/* Takes an item; the lock is held but for the task. */
static void take(pg_pool *pool)
{
    size_t item = pool->next++;
    pool->busy++;
    pthread_mutex_unlock(&pool->lock);
    pool->task(pool->context, item);
    pthread_mutex_lock(&pool->lock);
    pool->busy--;
    pool->is_done[item % pool->ring] = true;
    if (pool->caller_waits) pthread_cond_signal(&pool->done);
}

static void *serve(void *argument)
{
    pg_pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop) {
        if (pool->next < pool->limit) {
            take(pool);
            continue;
        }
        pool->idle++;
        pthread_cond_wait(&pool->work, &pool->lock);
        pool->idle--;
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* Signals are for the threads of the program. */
static void start(pg_pool *pool, int wanted)
{
    sigset_t all, kept;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &kept);
    while (pool->count < wanted &&
           pthread_create(&pool->threads[pool->count], NULL, serve, pool) == 0)
        pool->count++;
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
}

pg_pool *pg_pool_create(int threads, size_t ring)
{
    pg_pool *pool = calloc(1, sizeof *pool + ring * sizeof *pool->is_done);
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    if (pool) pool->threads = calloc((size_t)(threads > 1 ? threads : 1), sizeof(pthread_t));
    if (!pool || !pool->threads) {
        free(pool);
        return NULL;
    }
    pool->ring = ring;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    start(pool, threads - 1);
    return pool;
}

/* Few items are done by the caller before a thread is awake. */
static void set_limit(pg_pool *pool, size_t first, size_t limit)
{
    size_t worth = (limit - first) / 2;
    if (worth > WORTH_WAKING) worth = WORTH_WAKING;
    pool->limit = limit;
    if (pool->idle && limit > pool->next + worth) pthread_cond_broadcast(&pool->work);
}

void pg_pool_begin(pg_pool *pool, size_t first, size_t limit, pg_pool_task *task, void *context)
{
    pthread_mutex_lock(&pool->lock);
    memset(pool->is_done, 0, pool->ring * sizeof *pool->is_done);
    pool->task = task;
    pool->context = context;
    pool->next = first;
    set_limit(pool, first, limit);
    pthread_mutex_unlock(&pool->lock);
}

/* One item, or until something is done. */
static void help(pg_pool *pool)
{
    if (pool->next < pool->limit) {
        take(pool);
        return;
    }
    pool->caller_waits = true;
    pthread_cond_wait(&pool->done, &pool->lock);
    pool->caller_waits = false;
}

void pg_pool_wait(pg_pool *pool, size_t item)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->is_done[item % pool->ring])
        help(pool);
    pthread_mutex_unlock(&pool->lock);
}

void pg_pool_release(pg_pool *pool, size_t item, size_t limit)
{
    pthread_mutex_lock(&pool->lock);
    pool->is_done[item % pool->ring] = false;
    set_limit(pool, item + 1, limit);
    pthread_mutex_unlock(&pool->lock);
}

size_t pg_pool_end(pg_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->limit = pool->next;
    while (pool->busy)
        help(pool);
    size_t next = pool->next;
    pthread_mutex_unlock(&pool->lock);
    return next;
}

void pg_pool_run(pg_pool *pool, size_t count, pg_pool_task *task, void *context)
{
    pg_pool_begin(pool, 0, count, task, context);
    pthread_mutex_lock(&pool->lock);
    while (pool->next < pool->limit || pool->busy)
        help(pool);
    pthread_mutex_unlock(&pool->lock);
}

void pg_pool_free(pg_pool *pool)
{
    if (!pool) return;
    (void)pg_pool_end(pool);
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_mutex_destroy(&pool->lock);
    pthread_cond_destroy(&pool->work);
    pthread_cond_destroy(&pool->done);
    free(pool->threads);
    free(pool);
}
