#include "pixelgan/score.h"

#include <gsl/gsl_sf_psi.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "score/moments.h"
#include "score/neighbours.h"

/* KL(N(m, S) || N(0, I)) = (trace S + m'm - D - log det S) / 2, S = L L'. */
static double kl_of_factored(const pg_moments *moments, double trace)
{
    size_t dim = (size_t)moments->dim;
    double sum = trace - (double)dim;
    for (size_t d = 0; d < dim; d++)
        sum += moments->mean[d] * moments->mean[d] - 2 * log(moments->covariance[d * dim + d]);
    return sum / 2;
}

pg_status pg_score_kl_moments(const float *codes, size_t count, int dim, double *kl, pg_error *err)
{
    pg_moments moments;
    pg_status status = pg_codes_check(codes, count, dim, 1, err);
    if (!status) status = pg_moments_init(&moments, codes, count, dim, err);
    if (status) return status;
    double trace = 0;
    for (size_t d = 0; d < (size_t)dim; d++)
        trace += moments.covariance[d * ((size_t)dim + 1)];
    *kl = pg_moments_factorise(&moments) ? kl_of_factored(&moments, trace) : INFINITY;
    pg_moments_free(&moments);
    return PG_OK;
}

/* Log of the volume of the unit ball in dim dimensions. */
static double log_ball(int dim)
{
    return dim / 2.0 * log(M_PI) - lgamma(dim / 2.0 + 1);
}

/* Mean log distance of each code to its k-th neighbour; it finds itself too, at distance 0. */
static pg_status mean_log_distance(const float *codes, size_t count, int dim, int k, double *mean,
                                   pg_error *err)
{
    pg_neighbour_index index;
    pg_status status = pg_neighbour_index_init(&index, codes, count, dim, err);
    if (status) return status;
    size_t wanted = (size_t)k + 1, size;
    pg_neighbour *neighbours = NULL;
    if (pg_size_multiply(count, wanted, &size)) neighbours = pg_allocate(size, sizeof *neighbours);
    status = neighbours
                 ? pg_neighbour_search(&index, codes, count, k + 1, neighbours, err)
                 : pg_fail(err, PG_ERR_MEMORY, "entropy: out of memory for %zu codes", count);
    double sum = 0;
    for (size_t n = 0; !status && n < count; n++)
        sum += log(neighbours[n * wanted + (size_t)k].distance) / 2;
    *mean = sum / (double)count;
    free(neighbours);
    pg_neighbour_index_free(&index);
    return status;
}

pg_status pg_score_entropy(const float *codes, size_t count, int dim, int k, double *entropy,
                           pg_error *err)
{
    if (k < 1 || k >= INT_MAX)
        return pg_fail(err, PG_ERR_ARGUMENT, "entropy: neighbour %d, want 1 or more", k);
    pg_status status = pg_codes_check(codes, count, dim, (size_t)k + 1, err);
    double log_distance;
    if (!status) status = mean_log_distance(codes, count, dim, k, &log_distance, err);
    if (status) return status;
    *entropy = gsl_sf_psi((double)count) - gsl_sf_psi_int(k) + log_ball(dim) + dim * log_distance;
    return PG_OK;
}

/* Mean of -log N(z; 0, I), nats. */
static double cross_entropy(const float *codes, size_t count, int dim)
{
    double squares = 0;
    for (size_t i = 0; i < count * (size_t)dim; i++)
        squares += (double)codes[i] * codes[i];
    return (squares / (double)count + dim * log(2 * M_PI)) / 2;
}

pg_status pg_score_kl_neighbours(const float *codes, size_t count, int dim, int k, double *kl,
                                 pg_error *err)
{
    double entropy;
    pg_status status = pg_score_entropy(codes, count, dim, k, &entropy, err);
    if (!status) *kl = cross_entropy(codes, count, dim) - entropy;
    return status;
}
