/* Loading the BLAS.
 *
 * OpenBLAS asks for the memory that it works in again and again where there is none, in its first
 * moment and at the first product of each thread. So we look whether there is enough before it is
 * loaded, and have it take what the threads will need while that can still be refused. */
#include <config.h>

#include "nn/blas_load.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "nn/blas.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#ifndef BLAS_LIBRARY

static const pg_blas linked = {cblas_sgemm, cblas_sgemv, cblas_sger};

const pg_blas *pg_blas_functions(void)
{
    return &linked;
}

pg_status pg_blas_open(int threads, pg_error *err)
{
    (void)threads;
    (void)err;
#ifdef HAVE_OPENBLAS_SET_NUM_THREADS
    pthread_mutex_lock(&lock);
    openblas_set_num_threads(1);
    pthread_mutex_unlock(&lock);
#endif
    return PG_OK;
}

#else

/* Addresses, most of which are never touched: of the library, of what OpenBLAS keeps for each
 * thread that calls it or that it makes, at most, and of the stack of such a thread. */
#define MIB ((size_t)1 << 20)
static const size_t library_bytes = 64 * MIB, buffer_bytes = 128 * MIB, stack_bytes = 16 * MIB;

enum { MOST_BUFFERS = 64 };

static void *library;
static pg_blas functions;
static const pg_blas *ready; /* the same, once all are known */
static void *(*take_buffer)(int place);
static void (*return_buffer)(void *buffer);
static int buffers; /* that OpenBLAS has for us */

/* Threads that OpenBLAS makes beside ours, which are never used. */
static size_t threads_of_its_own(void)
{
    static const char *const variables[] = {"OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS",
                                            "OMP_NUM_THREADS"};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *text = getenv(variables[i]);
        long wanted = text ? strtol(text, NULL, 10) : 0;
        if (wanted > 0) return (size_t)((wanted < cores ? wanted : cores) - 1);
    }
    return cores > 1 ? (size_t)(cores - 1) : 0;
}

static pg_status refuse(int threads, pg_error *err)
{
    size_t bytes = library_bytes + threads_of_its_own() * (buffer_bytes + stack_bytes) +
                   (size_t)threads * buffer_bytes;
    return pg_fail(
        err, PG_ERR_MEMORY,
        "%s: not enough memory, it takes about %zu MiB of address space with %d thread%s; "
        "raise the limit (ulimit -v)%s",
        BLAS_LIBRARY, bytes / MIB, threads, threads == 1 ? "" : "s",
        threads == 1 ? "" : " or use fewer threads");
}

static void *open_library(void)
{
    void *opened = dlopen(BLAS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
#ifdef BLAS_LIBRARY_PATH
    if (!opened) opened = dlopen(BLAS_LIBRARY_PATH, RTLD_NOW | RTLD_LOCAL);
#endif
    return opened;
}

/* dlsym gives a pointer to data, which has the bytes of one to a function. */
static bool find(const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static bool find_functions(void)
{
    void (*set_threads)(int);
    if (find("openblas_set_num_threads", &set_threads)) set_threads(1);
    if (!find("blas_memory_alloc", &take_buffer) || !find("blas_memory_free", &return_buffer))
        take_buffer = NULL;
    return find("cblas_sgemv", &functions.sgemv) && find("cblas_sger", &functions.sger) &&
           find("cblas_sgemm", &functions.sgemm);
}

static pg_status load(int threads, pg_error *err)
{
    if (ready) return PG_OK;
    if (!pg_has_room(library_bytes + threads_of_its_own() * (buffer_bytes + stack_bytes)))
        return refuse(threads, err);
    library = open_library();
    if (!library)
        return pg_fail(err, PG_ERR_UNSUPPORTED, "the library for linear algebra: %s; install it",
                       dlerror());
    if (!find_functions())
        return pg_fail(err, PG_ERR_UNSUPPORTED, "%s: is no CBLAS; install one", BLAS_LIBRARY);
    __atomic_store_n(&ready, &functions, __ATOMIC_RELEASE);
    return PG_OK;
}

/* So many threads will find their memory. What was taken is kept for them by OpenBLAS. */
static pg_status reserve(int threads, pg_error *err)
{
    void *taken[MOST_BUFFERS];
    int count = threads < MOST_BUFFERS ? threads : MOST_BUFFERS, done = 0;
    if (!take_buffer || threads <= buffers) return PG_OK;
    if (!pg_has_room((size_t)(threads - buffers) * buffer_bytes)) return refuse(threads, err);
    while (done < count)
        taken[done++] = take_buffer(0);
    while (done > 0)
        return_buffer(taken[--done]);
    buffers = threads;
    return PG_OK;
}

pg_status pg_blas_open(int threads, pg_error *err)
{
    pthread_mutex_lock(&lock);
    pg_status status = load(threads, err);
    if (status == PG_OK) status = reserve(threads, err);
    pthread_mutex_unlock(&lock);
    return status;
}

/* Whatever computes has called pg_blas_open before and knows that there is one; here it is the last
 * chance of those who have not. */
static void open_late(void)
{
    (void)!pg_blas_open(1, NULL);
}

const pg_blas *pg_blas_functions(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const pg_blas *found = __atomic_load_n(&ready, __ATOMIC_ACQUIRE);
    if (found) return found;
    pthread_once(&once, open_late);
    return __atomic_load_n(&ready, __ATOMIC_ACQUIRE);
}

#endif
