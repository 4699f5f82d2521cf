/* Threads that can be had. */
#ifndef PG_NN_THREADS_H
#define PG_NN_THREADS_H

#include "pixelgan/status.h"

/* Whether a team of so many can be made: OpenMP ends the process where a thread or its stack cannot
 * be had. */
pg_status pg_threads_check(int threads, pg_error *err) PG_MUST_CHECK;

#endif
