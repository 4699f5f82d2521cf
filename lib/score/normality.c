#include "pixelgan/score.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "score/moments.h"

/* Greatest distance between the steps of sorted values and the normal distribution. */
static double kolmogorov_of_sorted(const double *values, size_t count)
{
    double statistic = 0;
    for (size_t i = 0; i < count; i++) {
        double p = gsl_cdf_ugaussian_P(values[i]);
        double above = (double)(i + 1) / (double)count - p, below = p - (double)i / (double)count;
        statistic = fmax(statistic, fmax(above, below));
    }
    return statistic;
}

pg_status pg_score_kolmogorov(const float *codes, size_t count, int dim, double *statistics,
                              pg_error *err)
{
    pg_status status = pg_codes_check(codes, count, dim, 1, err);
    if (status) return status;
    double *values = pg_allocate(count, sizeof *values);
    if (!values)
        return pg_fail(err, PG_ERR_MEMORY, "code statistics: out of memory for %zu codes", count);
    for (size_t d = 0; d < (size_t)dim; d++) {
        for (size_t n = 0; n < count; n++)
            values[n] = codes[n * (size_t)dim + d];
        gsl_sort(values, 1, count);
        statistics[d] = kolmogorov_of_sorted(values, count);
    }
    free(values);
    return PG_OK;
}

double pg_score_kolmogorov_p(double statistic, size_t count)
{
    double root = sqrt((double)count);
    double x = (root + 0.12 + 0.11 / root) * statistic; /* Stephens (1970) */
    if (x < 0.2) return 1;                              /* 1 - p is below 1e-12 there */
    double sum = 0;
    for (int j = 1; j <= 32; j++) /* Kolmogorov's alternating series */
        sum += (j % 2 ? 2 : -2) * exp(-2.0 * j * j * x * x);
    return fmin(1, fmax(0, sum));
}

/* Whitened codes y = L^-1 (z - m), count x dim, so that |y|^2 is the Mahalanobis distance. */
static void whiten(const pg_moments *moments, const float *codes, size_t count, double *whitened)
{
    size_t dim = (size_t)moments->dim;
    gsl_matrix_view factor = gsl_matrix_view_array(moments->covariance, dim, dim);
    gsl_matrix_view rows = gsl_matrix_view_array(whitened, count, dim);
    pg_moments_centre(moments, codes, 0, count, whitened);
    gsl_blas_dtrsm(CblasRight, CblasLower, CblasTrans, CblasNonUnit, 1, &factor.matrix,
                   &rows.matrix);
}

/* Third moments E[y_a y_b y_c] for one a: dim x dim, c >= b >= a filled. Their squares sum to the
 * double sum over pairs of examples in Mardia's definition, without its count^2. */
static double third_moments_squared(const double *whitened, size_t count, size_t dim, size_t a,
                                    double *moments)
{
    for (size_t i = 0; i < dim * dim; i++)
        moments[i] = 0;
    for (size_t n = 0; n < count; n++) {
        const double *y = whitened + n * dim;
        for (size_t b = a; b < dim; b++) {
            double product = y[a] * y[b];
            for (size_t c = b; c < dim; c++)
                moments[b * dim + c] += product * y[c];
        }
    }
    double sum = 0;
    for (size_t b = a; b < dim; b++)
        for (size_t c = b; c < dim; c++) {
            double moment = moments[b * dim + c] / (double)count;
            int orders = a == c ? 1 : a == b || b == c ? 3 : 6; /* permutations of (a, b, c) */
            sum += orders * moment * moment;
        }
    return sum;
}

static pg_status find_skewness(const double *whitened, size_t count, size_t dim, double *skewness,
                               pg_error *err)
{
    double *moments = pg_allocate(dim * dim, sizeof *moments);
    if (!moments) return pg_fail(err, PG_ERR_MEMORY, "code statistics: out of memory");
    *skewness = 0;
    for (size_t a = 0; a < dim; a++)
        *skewness += third_moments_squared(whitened, count, dim, a, moments);
    free(moments);
    return PG_OK;
}

static double find_kurtosis(const double *whitened, size_t count, size_t dim)
{
    double sum = 0;
    for (size_t n = 0; n < count; n++) {
        double squares = 0;
        for (size_t d = 0; d < dim; d++)
            squares += whitened[n * dim + d] * whitened[n * dim + d];
        sum += squares * squares;
    }
    return sum / (double)count;
}

static void find_probabilities(pg_mardia *mardia, double count, double dim)
{
    double degrees = dim * (dim + 1) * (dim + 2) / 6, expected = dim * (dim + 2);
    double deviation = sqrt(8 * expected / count);
    mardia->skewness_p = gsl_cdf_chisq_Q(count * mardia->skewness / 6, degrees);
    mardia->kurtosis_p = 2 * gsl_cdf_ugaussian_Q(fabs(mardia->kurtosis - expected) / deviation);
}

static pg_status mardia_of_factored(const pg_moments *moments, const float *codes, size_t count,
                                    pg_mardia *mardia, pg_error *err)
{
    size_t dim = (size_t)moments->dim, size;
    double *whitened = NULL;
    if (pg_size_multiply(count, dim, &size)) whitened = pg_allocate(size, sizeof *whitened);
    if (!whitened)
        return pg_fail(err, PG_ERR_MEMORY, "code statistics: out of memory for %zu codes", count);
    whiten(moments, codes, count, whitened);
    mardia->kurtosis = find_kurtosis(whitened, count, dim);
    pg_status status = find_skewness(whitened, count, dim, &mardia->skewness, err);
    if (!status) find_probabilities(mardia, (double)count, (double)dim);
    free(whitened);
    return status;
}

pg_status pg_score_mardia(const float *codes, size_t count, int dim, pg_mardia *mardia,
                          pg_error *err)
{
    pg_moments moments;
    *mardia = (pg_mardia){0};
    pg_status status = pg_codes_check(codes, count, dim, 2, err);
    if (!status) status = pg_moments_init(&moments, codes, count, dim, err);
    if (status) return status;
    status = pg_moments_factorise(&moments)
                 ? mardia_of_factored(&moments, codes, count, mardia, err)
                 : pg_fail(err, PG_ERR_ARGUMENT,
                           "code statistics: the covariance of %zu codes of %d components is "
                           "singular, give more codes or fewer dimensions",
                           count, dim);
    pg_moments_free(&moments);
    return status;
}
