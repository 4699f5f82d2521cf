#include <config.h>

#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MOST_THREADS = 1024 };

struct pg_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    pthread_t *threads; /* beside the caller */
    int count;
    bool stop;
    pg_pool_task *task;
    void *context;
    size_t next, items; /* of the job: the one to take, and all */
    size_t busy;        /* items that were taken and are not done */
};

/* Takes items until there are none; the lock is held outside the task. */
static void work(pg_pool *pool)
{
    while (pool->next < pool->items) {
        size_t item = pool->next++;
        pool->busy++;
        pthread_mutex_unlock(&pool->lock);
        pool->task(pool->context, item);
        pthread_mutex_lock(&pool->lock);
        pool->busy--;
    }
}

static void *serve(void *argument)
{
    pg_pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stop) {
        work(pool);
        if (!pool->busy) pthread_cond_signal(&pool->done);
        if (!pool->stop) pthread_cond_wait(&pool->work, &pool->lock);
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

pg_pool *pg_pool_create(int threads)
{
    pg_pool *pool = calloc(1, sizeof *pool);
    if (threads > MOST_THREADS) threads = MOST_THREADS;
    if (pool) pool->threads = calloc((size_t)(threads > 1 ? threads : 1), sizeof(pthread_t));
    if (!pool || !pool->threads) {
        free(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    start(pool, threads - 1);
    return pool;
}

void pg_pool_run(pg_pool *pool, size_t count, pg_pool_task *task, void *context)
{
    if (!pool || pool->count == 0 || count == 1) {
        for (size_t i = 0; i < count; i++)
            task(context, i);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->context = context;
    pool->next = 0;
    pool->items = count;
    pthread_cond_broadcast(&pool->work);
    work(pool);
    while (pool->busy)
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void pg_pool_free(pg_pool *pool)
{
    if (!pool) return;
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
