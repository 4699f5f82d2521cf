/* Mean and covariance of codes, in double precision. */
#ifndef PG_SCORE_MOMENTS_H
#define PG_SCORE_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "pixelgan/status.h"

enum { PG_MAX_MOMENTS_DIM = 4096 }; /* dim^2 doubles: 128 MiB */

typedef struct pg_moments {
    int dim;
    double *mean;       /* dim */
    double *covariance; /* dim x dim, divided by count; the lower triangle is filled */
} pg_moments;

/* Refuses codes without components, fewer codes than needed, and codes that are not finite. */
pg_status pg_codes_check(const float *codes, size_t count, int dim, size_t needed,
                         pg_error *err) PG_MUST_CHECK;

/* The codes must have passed the check and have at most PG_MAX_MOMENTS_DIM components. */
pg_status pg_moments_init(pg_moments *moments, const float *codes, size_t count, int dim,
                          pg_error *err) PG_MUST_CHECK;
void pg_moments_free(pg_moments *moments);

/* The codes [first, first+count) minus the mean: count x dim doubles. */
void pg_moments_centre(const pg_moments *moments, const float *codes, size_t first, size_t count,
                       double *centred);

/* Replaces the covariance S by its lower Cholesky factor L, S = L L'; false if S is singular. */
bool pg_moments_factorise(pg_moments *moments);

#endif
