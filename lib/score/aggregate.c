#include <config.h>

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/random.h"
#include "nn/clones.h"
#include "nn/team.h"
#include "pixelgan/score.h"
#include "score/moments.h"
#include "score/team.h"

enum { LANES = 256 }; /* posteriors at once */

/* Gaussian posteriors for many densities at few codes: a dimension's means and
 * inverse variances one after the other, in tiles of LANES. */
typedef struct posteriors {
    size_t count, tiles;
    int dim;
    float *means, *inverses; /* tiles x dim x LANES */
    float *constants;        /* tiles x LANES: log density at the mean; -infinity in the last
                                tile's rest */
} posteriors;

static void posteriors_free(posteriors *p)
{
    free(p->means);
    free(p->inverses);
    free(p->constants);
}

static void pack(posteriors *p, const float *given)
{
    size_t dim = p->dim;
    for (size_t n = 0; n < p->tiles * LANES; n++) {
        size_t at = n / LANES * LANES * dim + n % LANES;
        double sum = n < p->count ? -0.5 * dim * log(2 * M_PI) : -INFINITY;
        for (size_t d = 0; n < p->count && d < dim; d++) {
            float log_variance = given[n * 2 * dim + dim + d];
            p->means[at + d * LANES] = given[n * 2 * dim + d];
            p->inverses[at + d * LANES] = expf(-log_variance);
            sum -= 0.5 * log_variance;
        }
        p->constants[n] = sum;
    }
}

static pg_status posteriors_init(posteriors *p, const float *given, size_t count, int dim,
                                 pg_error *err)
{
    size_t tiles = count / LANES + (count % LANES != 0), size = 0;
    *p = (posteriors){.count = count, .tiles = tiles, .dim = dim};
    if (pg_size_multiply(tiles * LANES, dim, &size)) {
        p->means = pg_allocate(size, sizeof *p->means);
        p->inverses = pg_allocate(size, sizeof *p->inverses);
        p->constants = pg_allocate(tiles * LANES, sizeof *p->constants);
    }
    if (p->means && p->inverses && p->constants) {
        pack(p, given);
        return PG_OK;
    }
    posteriors_free(p);
    return pg_fail(err, PG_ERR_MEMORY, "aggregated posterior: out of memory for %zu codes", count);
}

/* Squared distances from a code to LANES posteriors, in units of their deviations. */
PG_CLONES static void distances(const float *code, int dim, const float *restrict means,
                                const float *restrict inverses, float *restrict sums)
{
    for (int k = 0; k < LANES; k++)
        sums[k] = 0;
    for (int d = 0; d < dim; d++, means += LANES, inverses += LANES)
        for (int k = 0; k < LANES; k++) {
            float difference = code[d] - means[k];
            sums[k] += difference * difference * inverses[k];
        }
}

/* log of the mean over all posteriors of their densities at a code. */
static double log_aggregate(const posteriors *p, const float *code)
{
    double most = -INFINITY, sum = 0;
    for (size_t tile = 0; tile < p->tiles; tile++) {
        size_t at = tile * LANES * p->dim;
        float squares[LANES];
        distances(code, p->dim, p->means + at, p->inverses + at, squares);
        for (int k = 0; k < LANES; k++) {
            double term = p->constants[tile * LANES + k] - 0.5 * squares[k];
            if (term > most) {
                sum = sum * exp(most - term) + 1;
                most = term;
            } else if (term - most > -50) {
                sum += exp(term - most);
            }
        }
    }
    return most + log(sum / p->count);
}

static double log_density(const float *posterior, int dim, const float *code)
{
    double sum = -0.5 * dim * log(2 * M_PI);
    for (int d = 0; d < dim; d++) {
        double difference = code[d] - posterior[d], log_variance = posterior[dim + d];
        sum -= 0.5 * (difference * difference * exp(-log_variance) + log_variance);
    }
    return sum;
}

/* What a team computes: log q(z) of each code. */
typedef struct aggregation {
    const posteriors *p;
    const float *codes;
    double *all;
} aggregation;

static void aggregate_task(const pg_worker *worker, void *argument)
{
    const aggregation *a = argument;
    size_t begin, end;
    pg_share(worker, a->p->count, &begin, &end);
    for (size_t n = begin; n < end; n++)
        a->all[n] = log_aggregate(a->p, a->codes + n * (size_t)a->p->dim);
}

pg_status pg_score_aggregate(const float *given, const float *codes, size_t count, int dim,
                             pg_aggregate *result, pg_error *err)
{
    posteriors p;
    pg_status status = pg_codes_check(given, count, 2 * dim, 1, err);
    if (status == PG_OK) status = pg_codes_check(codes, count, dim, 1, err);
    if (status != PG_OK) return status;
    double *all = pg_allocate(count, sizeof *all); /* summed in order, whatever the threads */
    status = all ? posteriors_init(&p, given, count, dim, err)
                 : pg_fail(err, PG_ERR_MEMORY, "aggregated posterior: out of memory");
    if (status == PG_OK) {
        aggregation work = {&p, codes, all};
        pg_team_run(pg_score_team(), aggregate_task, &work);
        *result = (pg_aggregate){0};
        for (size_t n = 0; n < count; n++) {
            result->log_aggregate += all[n] / count;
            result->log_posterior += log_density(given + n * 2 * dim, dim, codes + n * dim) / count;
        }
        posteriors_free(&p);
    }
    free(all);
    return status;
}

pg_status pg_score_draw(const float *given, size_t count, int dim, uint64_t seed, float *codes,
                        pg_error *err)
{
    gsl_rng *rng = pg_rng_create(seed, PG_RANDOM_AGGREGATE, 0, 0);
    if (!rng) return pg_fail(err, PG_ERR_MEMORY, "codes: out of memory for random numbers");
    for (size_t n = 0; n < count; n++, given += 2 * dim, codes += dim)
        for (int d = 0; d < dim; d++)
            codes[d] = given[d] + exp(0.5 * given[dim + d]) * gsl_ran_gaussian_ziggurat(rng, 1);
    gsl_rng_free(rng);
    return PG_OK;
}
