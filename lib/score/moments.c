#include "score/moments.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { ROWS = 256 }; /* codes centred at once */

pg_status pg_codes_check(const float *codes, size_t count, int dim, size_t needed, pg_error *err)
{
    if (dim < 1) return pg_fail(err, PG_ERR_ARGUMENT, "code statistics: codes without components");
    if (count < needed)
        return pg_fail(err, PG_ERR_ARGUMENT, "code statistics: %zu codes, at least %zu are needed",
                       count, needed);
    for (size_t i = 0; i < count * (size_t)dim; i++)
        if (!isfinite(codes[i]))
            return pg_fail(err, PG_ERR_ARGUMENT,
                           "code statistics: component %zu of code %zu is not finite",
                           i % (size_t)dim, i / (size_t)dim);
    return PG_OK;
}

static void find_mean(pg_moments *moments, const float *codes, size_t count)
{
    size_t dim = (size_t)moments->dim;
    for (size_t n = 0; n < count; n++)
        for (size_t d = 0; d < dim; d++)
            moments->mean[d] += codes[n * dim + d];
    for (size_t d = 0; count && d < dim; d++)
        moments->mean[d] /= (double)count;
}

void pg_moments_centre(const pg_moments *moments, const float *codes, size_t first, size_t count,
                       double *centred)
{
    size_t dim = (size_t)moments->dim;
    for (size_t n = 0; n < count; n++)
        for (size_t d = 0; d < dim; d++)
            centred[n * dim + d] = codes[(first + n) * dim + d] - moments->mean[d];
}

static void find_covariance(pg_moments *moments, const float *codes, size_t count, double *centred)
{
    size_t dim = (size_t)moments->dim;
    gsl_matrix_view covariance = gsl_matrix_view_array(moments->covariance, dim, dim);
    for (size_t first = 0; first < count; first += ROWS) {
        size_t rows = count - first < ROWS ? count - first : ROWS;
        gsl_matrix_view block = gsl_matrix_view_array(centred, rows, dim);
        pg_moments_centre(moments, codes, first, rows, centred);
        gsl_blas_dsyrk(CblasLower, CblasTrans, 1.0 / (double)count, &block.matrix, 1.0,
                       &covariance.matrix);
    }
}

pg_status pg_moments_init(pg_moments *moments, const float *codes, size_t count, int dim,
                          pg_error *err)
{
    *moments = (pg_moments){0};
    if (dim > PG_MAX_MOMENTS_DIM)
        return pg_fail(err, PG_ERR_LIMIT,
                       "covariance: codes of %d components, at most %d are taken", dim,
                       PG_MAX_MOMENTS_DIM);
    size_t size = (size_t)dim;
    double *centred = pg_allocate(ROWS * size, sizeof(double));
    *moments = (pg_moments){.dim = dim,
                            .mean = pg_allocate(size, sizeof(double)),
                            .covariance = pg_allocate(size * size, sizeof(double))};
    pg_status status = PG_OK;
    if (centred && moments->mean && moments->covariance) {
        find_mean(moments, codes, count);
        find_covariance(moments, codes, count, centred);
    } else {
        status = pg_fail(err, PG_ERR_MEMORY, "covariance: out of memory for %d components", dim);
        pg_moments_free(moments);
    }
    free(centred);
    return status;
}

void pg_moments_free(pg_moments *moments)
{
    free(moments->mean);
    free(moments->covariance);
    *moments = (pg_moments){0};
}

/* A pivot of rounding size relative to the greatest variance is a zero. */
bool pg_moments_factorise(pg_moments *moments)
{
    size_t dim = (size_t)moments->dim;
    gsl_matrix_view covariance = gsl_matrix_view_array(moments->covariance, dim, dim);
    gsl_vector_view diagonal = gsl_matrix_diagonal(&covariance.matrix);
    double largest = gsl_vector_max(&diagonal.vector);
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    int failed = gsl_linalg_cholesky_decomp1(&covariance.matrix);
    gsl_set_error_handler(handler);
    double least = failed ? 0 : gsl_vector_min(&diagonal.vector);
    return least * least > 1e-14 * largest;
}
