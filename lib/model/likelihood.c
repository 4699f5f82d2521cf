#include "model/likelihood.h"

#include "nn/loss.h"

static size_t numbers(const pg_config *config)
{
    return (size_t)config->height * config->width * config->channels;
}

/* ---- Bernoulli: one logit a channel, a grey byte is the probability of white ---- */

static int bernoulli_outputs(const pg_config *config)
{
    return config->channels;
}

/* Dynamic binarisation (Salakhutdinov & Murray 2008, "On the quantitative
 * analysis of deep belief networks", sec. 6.1); 0 and 255 need no draw. */
static void bernoulli_target(const pg_config *config, gsl_rng *rng, const uint8_t *bytes,
                             float *target)
{
    for (size_t i = 0; i < numbers(config); i++) {
        if (bytes[i] == 0 || bytes[i] == 255)
            target[i] = bytes[i] / 255;
        else
            target[i] = gsl_rng_uniform(rng) * 255 < bytes[i];
    }
}

static double bernoulli_loss(const pg_config *config, const float *outputs, const float *target,
                             float scale, float *d)
{
    return pg_loss_bernoulli(numbers(config), outputs, target, scale, d);
}

static const pg_likelihood likelihoods[] = {
    [PG_LIKELIHOOD_BERNOULLI] = {"bernoulli", "binary pixels", bernoulli_outputs, bernoulli_target,
                                 bernoulli_loss},
};

const pg_likelihood *pg_likelihood_find(pg_likelihood_kind kind)
{
    return &likelihoods[kind];
}
