#include "pixelgan/score.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/moments.h"

/* Turns an eigenvector so that its largest weight is positive: its sign is arbitrary. */
static void orient(double *weights, size_t dim)
{
    size_t largest = 0;
    for (size_t d = 1; d < dim; d++)
        if (fabs(weights[d]) > fabs(weights[largest])) largest = d;
    if (weights[largest] >= 0) return;
    for (size_t d = 0; d < dim; d++)
        weights[d] = -weights[d];
}

/* The two eigenvectors of the greatest eigenvalues, axes 2 x dim. */
static int principal_axes(pg_moments *moments, gsl_vector *values, gsl_matrix *vectors,
                          gsl_eigen_symmv_workspace *workspace, double *axes)
{
    size_t dim = (size_t)moments->dim;
    gsl_matrix_view covariance = gsl_matrix_view_array(moments->covariance, dim, dim);
    int failed = gsl_eigen_symmv(&covariance.matrix, values, vectors, workspace);
    if (failed) return failed;
    gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
    for (size_t axis = 0; axis < 2; axis++) {
        for (size_t d = 0; d < dim; d++)
            axes[axis * dim + d] = gsl_matrix_get(vectors, d, axis);
        orient(axes + axis * dim, dim);
    }
    return 0;
}

/* principal_axes with GSL's memory around it and its handler, which aborts, away. */
static pg_status find_axes(pg_moments *moments, double *axes, pg_error *err)
{
    size_t dim = (size_t)moments->dim;
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    gsl_vector *values = gsl_vector_alloc(dim);
    gsl_matrix *vectors = gsl_matrix_alloc(dim, dim);
    gsl_eigen_symmv_workspace *workspace = gsl_eigen_symmv_alloc(dim);
    pg_status status = PG_OK;
    if (!values || !vectors || !workspace)
        status = pg_fail(err, PG_ERR_MEMORY, "principal components: out of memory for %zu", dim);
    else if (principal_axes(moments, values, vectors, workspace, axes))
        status = pg_fail(err, PG_ERR_ARGUMENT, "principal components: no convergence");
    if (workspace) gsl_eigen_symmv_free(workspace);
    if (vectors) gsl_matrix_free(vectors);
    if (values) gsl_vector_free(values);
    gsl_set_error_handler(handler);
    return status;
}

static void project(const pg_moments *moments, const double *axes, const float *codes, size_t count,
                    float *xy)
{
    size_t dim = (size_t)moments->dim;
    for (size_t i = 0; i < 2 * count; i++) {
        const float *code = codes + i / 2 * dim;
        const double *axis = axes + i % 2 * dim;
        double sum = 0;
        for (size_t d = 0; d < dim; d++)
            sum += axis[d] * (code[d] - moments->mean[d]);
        xy[i] = (float)sum;
    }
}

static pg_status project_on_principal(const float *codes, size_t count, int dim, float *xy,
                                      pg_error *err)
{
    pg_moments moments;
    pg_status status = pg_codes_check(codes, count, dim, 0, err);
    if (!status) status = pg_moments_init(&moments, codes, count, dim, err);
    if (status) return status;
    double *axes = pg_allocate(2 * (size_t)dim, sizeof *axes);
    status = axes ? find_axes(&moments, axes, err)
                  : pg_fail(err, PG_ERR_MEMORY, "principal components: out of memory");
    if (!status) project(&moments, axes, codes, count, xy);
    free(axes);
    pg_moments_free(&moments);
    return status;
}

pg_status pg_score_project(const float *codes, size_t count, int dim, float *xy, pg_error *err)
{
    if (dim < 1) return pg_fail(err, PG_ERR_ARGUMENT, "principal components: no components");
    if (dim > 2) return project_on_principal(codes, count, dim, xy, err);
    for (size_t n = 0; n < count; n++) {
        xy[2 * n] = codes[n * (size_t)dim];
        xy[2 * n + 1] = dim == 2 ? codes[2 * n + 1] : 0;
    }
    return PG_OK;
}
