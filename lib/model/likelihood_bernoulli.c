/* Binary pixels: one logit of white a channel, independent given the earlier pixels. */
#include <math.h>

#include "model/likelihood.h"
#include "nn/loss.h"

static int outputs(const pg_config *config)
{
    return config->channels;
}

static double loss(const pg_config *config, const float *logits, const float *target, float scale,
                   float *d)
{
    size_t numbers = (size_t)config->height * config->width * config->channels;
    return pg_loss_bernoulli(numbers, logits, target, scale, d);
}

static double probability_of_white(float logit, float temperature)
{
    return 1 / (1 + exp(-(double)logit / temperature));
}

static void draw(const pg_config *config, const float *logits, float temperature, gsl_rng *rng,
                 uint8_t *pixel)
{
    for (int c = 0; c < config->channels; c++)
        pixel[c] = gsl_rng_uniform(rng) < probability_of_white(logits[c], temperature) ? 255 : 0;
}

static void mean(const pg_config *config, const float *logits, float temperature, uint8_t *pixel)
{
    for (int c = 0; c < config->channels; c++)
        pixel[c] = (uint8_t)lrint(255 * probability_of_white(logits[c], temperature));
}

const pg_likelihood pg_likelihood_bernoulli = {
    .outputs = outputs,
    .byte_zero = 0,
    .byte_step = 1 / 255.0f,
    .binary = true,
    .loss = loss,
    .draw = draw,
    .mean = mean,
};
