#include "model/likelihood.h"

static const pg_likelihood *const likelihoods[] = {
    [PG_LIKELIHOOD_BERNOULLI] = &pg_likelihood_bernoulli,
    [PG_LIKELIHOOD_SOFTMAX] = &pg_likelihood_softmax,
    [PG_LIKELIHOOD_LOGISTIC] = &pg_likelihood_logistic,
};

const pg_likelihood *pg_likelihood_find(pg_likelihood_kind kind)
{
    return likelihoods[kind];
}

pg_likelihood_kind pg_likelihood_resolve(const pg_config *config)
{
    if (config->likelihood != PG_LIKELIHOOD_AUTO) return config->likelihood;
    return config->channels == 1 ? PG_LIKELIHOOD_BERNOULLI : PG_LIKELIHOOD_LOGISTIC;
}

static size_t numbers(const pg_config *config)
{
    return (size_t)config->height * config->width * config->channels;
}

void pg_likelihood_show(const pg_config *config, const uint8_t *bytes, float *shown)
{
    const pg_likelihood *likelihood = pg_likelihood_find(config->likelihood);
    for (size_t i = 0; i < numbers(config); i++)
        shown[i] = pg_likelihood_shown(likelihood->byte_zero, likelihood->byte_step, bytes[i]);
}

/* Dynamic binarisation (Salakhutdinov & Murray 2008, "On the quantitative
 * analysis of deep belief networks", sec. 6.1); 0 and 255 need no draw. */
static void binarise(const pg_config *config, gsl_rng *rng, const uint8_t *bytes, float *target)
{
    for (size_t i = 0; i < numbers(config); i++) {
        if (bytes[i] == 0 || bytes[i] == 255)
            target[i] = bytes[i] / 255;
        else
            target[i] = gsl_rng_uniform(rng) * 255 < bytes[i];
    }
}

void pg_likelihood_target(const pg_config *config, gsl_rng *rng, const uint8_t *bytes,
                          float *target)
{
    if (pg_likelihood_find(config->likelihood)->binary)
        binarise(config, rng, bytes, target);
    else
        pg_likelihood_show(config, bytes, target);
}
