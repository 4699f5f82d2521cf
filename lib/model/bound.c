/* What a model with a code can say about -log p(x): several passes of an engine. */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "model/engine.h"
#include "model/model.h"
#include "model/posterior.h"
#include "model/prior.h"

pg_nll_kind pg_config_nll_kind(const pg_config *config)
{
    if (!pg_config_has_code(config)) return PG_NLL_EXACT;
    if (pg_config_code_is_label(config)) return PG_NLL_LABEL;
    bool densities = config->posterior == PG_POSTERIOR_GAUSSIAN &&
                     pg_prior_find(config->prior)->log_density != NULL;
    return densities ? PG_NLL_BOUND : PG_NLL_CONDITIONAL;
}

/* Log of a sum of exponentials that grows term by term. */
typedef struct log_sum {
    double most, sum;
} log_sum;

static const log_sum empty_sum = {-INFINITY, 0};

static void log_sum_add(log_sum *s, double term)
{
    if (term > s->most) {
        s->sum = s->sum * exp(s->most - term) + 1;
        s->most = term;
    } else if (term > -INFINITY) {
        s->sum += exp(term - s->most);
    }
}

static double log_mean(const log_sum *s, double terms)
{
    return s->most + log(s->sum / terms);
}

static log_sum *make_sums(size_t count)
{
    log_sum *sums = pg_allocate(count, sizeof *sums);
    for (size_t i = 0; sums && i < count; i++)
        sums[i] = empty_sum;
    return sums;
}

/* ---- The importance-weighted bound ---- */

typedef struct bound {
    pg_engine *engine;
    const pg_config *config;
    const uint8_t *images;
    size_t count;
    uint64_t first; /* number of the first image */
    gsl_rng *rng;
    float *posteriors, *noise, *codes; /* of all images */
    float *nll;                        /* -log p(x|z), of this sample */
    double *log_prior;
    log_sum *weights;
} bound;

static bool bound_allocate(bound *b)
{
    size_t codes = b->count * b->config->code_dim;
    b->rng = pg_rng_create(0, PG_RANDOM_CODE, 0, 0);
    b->posteriors = pg_allocate(2 * codes, sizeof *b->posteriors);
    b->noise = pg_allocate(codes, sizeof *b->noise);
    b->codes = pg_allocate(codes, sizeof *b->codes);
    b->nll = pg_allocate(b->count, sizeof *b->nll);
    b->log_prior = pg_allocate(b->count, sizeof *b->log_prior);
    b->weights = make_sums(b->count);
    return b->rng && b->posteriors && b->noise && b->codes && b->nll && b->log_prior && b->weights;
}

static void bound_free(bound *b)
{
    if (b->rng) gsl_rng_free(b->rng);
    free(b->posteriors);
    free(b->noise);
    free(b->codes);
    free(b->nll);
    free(b->log_prior);
    free(b->weights);
}

/* Noise that depends on the numbers of image and sample alone; the first
 * sample's is what pg_engine_encode draws. */
static void draw_noise(bound *b, int sample)
{
    size_t dim = b->config->code_dim;
    for (size_t n = 0; n < b->count; n++) {
        pg_rng_start(b->rng, pg_engine_seed(b->engine), PG_RANDOM_CODE, (uint64_t)sample,
                     b->first + n);
        for (size_t i = 0; i < dim; i++)
            b->noise[n * dim + i] = gsl_ran_gaussian_ziggurat(b->rng, 1);
    }
}

/* log q(z|x) of image n's code. */
static double log_posterior(const bound *b, size_t n)
{
    size_t dim = b->config->code_dim;
    const float *log_variance = b->posteriors + n * 2 * dim + dim, *noise = b->noise + n * dim;
    double sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum -= 0.5 * ((double)noise[i] * noise[i] + log_variance[i] + log(2 * M_PI));
    return sum;
}

/* Adds one sample's weight p(x|z) p(z) / q(z|x) for every image. */
static pg_status add_sample(bound *b, int sample, pg_error *err)
{
    draw_noise(b, sample);
    pg_posterior_forward(b->config, b->count, b->posteriors, b->noise, b->codes);
    pg_status status =
        pg_engine_nll(b->engine, b->images, b->codes, b->first, b->count, b->nll, err);
    if (status == PG_OK)
        status = pg_engine_log_prior(b->engine, b->codes, b->count, b->log_prior, err);
    for (size_t n = 0; status == PG_OK && n < b->count; n++)
        log_sum_add(&b->weights[n], b->log_prior[n] - b->nll[n] - log_posterior(b, n));
    return status;
}

static pg_status add_samples(bound *b, int samples, float *conditional, pg_error *err)
{
    pg_status status = PG_OK;
    for (int k = 0; status == PG_OK && k < samples; k++) {
        status = add_sample(b, k, err);
        for (size_t n = 0; status == PG_OK && conditional && n < b->count; n++)
            conditional[n] = (k * conditional[n] + b->nll[n]) / (k + 1);
    }
    return status;
}

pg_status pg_engine_bound(pg_engine *engine, const uint8_t *images, uint64_t first, size_t count,
                          int samples, float *nll, float *conditional, pg_error *err)
{
    bound b = {.engine = engine,
               .config = &pg_engine_model(engine)->config,
               .images = images,
               .count = count,
               .first = first};
    if (pg_config_nll_kind(b.config) != PG_NLL_BOUND)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "model: a bound takes the densities of a gaussian posterior and a "
                       "continuous prior");
    if (samples < 1)
        return pg_fail(err, PG_ERR_ARGUMENT, "bound: %d samples, want 1 or more", samples);
    if (conditional) memset(conditional, 0, count * sizeof *conditional);
    pg_status status = bound_allocate(&b) ? PG_OK
                                          : pg_fail(err, PG_ERR_MEMORY,
                                                    "bound: out of memory for %zu images", count);
    if (status == PG_OK) status = pg_engine_posterior(engine, images, count, b.posteriors, err);
    if (status == PG_OK) status = add_samples(&b, samples, conditional, err);
    for (size_t n = 0; status == PG_OK && n < count; n++)
        nll[n] = -log_mean(&b.weights[n], samples);
    bound_free(&b);
    return status;
}

/* ---- What the decoder learns from codes ---- */

/* -log p(image n | code (n + shift) mod count) for every n; the images are binarised by the same
 * draws each time. */
static pg_status judge_shifted(pg_engine *engine, const uint8_t *images, const float *codes,
                               uint64_t first, size_t count, size_t shift, float *rotated,
                               float *nll, pg_error *err)
{
    size_t dim = pg_engine_model(engine)->config.code_dim;
    memcpy(rotated, codes + shift * dim, (count - shift) * dim * sizeof *rotated);
    memcpy(rotated + (count - shift) * dim, codes, shift * dim * sizeof *rotated);
    return pg_engine_nll(engine, images, rotated, first, count, nll, err);
}

/* Mean over the images of log p(x|z)^t - log mean over all codes of p(x|z')^t.
 * nll: shift x image. */
static double contrast_at(const float *nll, size_t count, double t)
{
    double sum = 0;
    for (size_t n = 0; n < count; n++) {
        log_sum all = empty_sum;
        for (size_t shift = 0; shift < count; shift++)
            log_sum_add(&all, -t * nll[shift * count + n]);
        sum += -t * nll[n] - log_mean(&all, count);
    }
    return sum / count;
}

/* The bound holds for any score of image and code; a decoder too sure of itself
 * needs a low power. Power 0 gives 0. */
static double best_contrast(const float *nll, size_t count)
{
    double best = 0;
    for (double t = 1; t > 1e-3; t /= 2)
        best = fmax(best, contrast_at(nll, count, t));
    return best;
}

pg_status pg_engine_contrast(pg_engine *engine, const uint8_t *images, const float *codes,
                             uint64_t first, size_t count, double *information, pg_error *err)
{
    size_t dim = pg_engine_model(engine)->config.code_dim, cells = 0;
    float *rotated = pg_allocate(count * dim, sizeof *rotated), *nll = NULL;
    if (pg_size_multiply(count, count, &cells)) nll = pg_allocate(cells, sizeof *nll);
    pg_status status = rotated && nll ? PG_OK
                                      : pg_fail(err, PG_ERR_MEMORY,
                                                "contrast: out of memory for %zu images", count);
    for (size_t shift = 0; status == PG_OK && shift < count; shift++)
        status = judge_shifted(engine, images, codes, first, count, shift, rotated,
                               nll + shift * count, err);
    *information = status == PG_OK ? best_contrast(nll, count) : NAN;
    free(rotated);
    free(nll);
    return status;
}
