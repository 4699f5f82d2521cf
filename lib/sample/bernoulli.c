/* Binary pixels: one logit of white a channel, independent given the earlier pixels. */
#include "sample/distribution.h"

#include <math.h>

static double probability_of_white(float logit, float temperature)
{
    return 1 / (1 + exp(-(double)logit / temperature));
}

static void draw(const float *outputs, int channels, float temperature, gsl_rng *rng,
                 uint8_t *pixel)
{
    for (int c = 0; c < channels; c++)
        pixel[c] = gsl_rng_uniform(rng) < probability_of_white(outputs[c], temperature) ? 255 : 0;
}

static void mean(const float *outputs, int channels, float temperature, uint8_t *pixel)
{
    for (int c = 0; c < channels; c++)
        pixel[c] = (uint8_t)lrint(255 * probability_of_white(outputs[c], temperature));
}

const pg_distribution pg_distribution_bernoulli = {draw, mean};
