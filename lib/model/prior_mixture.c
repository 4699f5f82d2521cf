/* Gaussians on a circle like petals (Makhzani et al. 2015, "Adversarial
 * autoencoders", sec. 2.3): long from the centre, thin across. */
#include <gsl/gsl_randist.h>
#include <math.h>

#include "model/prior.h"

static const double petal_distance = 2.0, petal_length = 0.5, petal_width = 0.15;

static void resize(pg_config *config, int size)
{
    config->code_dim = 2;
    config->components = size;
}

static double petal_angle(const pg_config *config, int component)
{
    return 2 * M_PI * component / config->components;
}

static void draw(pg_prior_run *run, gsl_rng *rng, int category, float *code)
{
    const pg_config *config = run->config;
    int component = category >= 0 ? category : (int)gsl_rng_uniform_int(rng, config->components);
    double angle = petal_angle(config, component);
    double along = petal_distance + gsl_ran_gaussian_ziggurat(rng, petal_length);
    double across = gsl_ran_gaussian_ziggurat(rng, petal_width);
    code[0] = along * cos(angle) - across * sin(angle);
    code[1] = along * sin(angle) + across * cos(angle);
}

/* The square around all petals, evenly. */
static void place(pg_prior_run *run, double u, double v, float *code)
{
    double extent = petal_distance + 2 * petal_length;
    (void)run;
    code[0] = (2 * u - 1) * extent;
    code[1] = (2 * v - 1) * extent;
}

/* Log of one component's density at a code; d: its gradient by the code. */
static double petal(const pg_config *config, int component, const float *code, double d[2])
{
    double angle = petal_angle(config, component), c = cos(angle), s = sin(angle);
    double along = (code[0] * c + code[1] * s - petal_distance) / petal_length;
    double across = (code[1] * c - code[0] * s) / petal_width;
    double by_along = -along / petal_length, by_across = -across / petal_width;
    d[0] = by_along * c - by_across * s;
    d[1] = by_along * s + by_across * c;
    return -0.5 * (along * along + across * across) - log(2 * M_PI * petal_length * petal_width);
}

/* Log of the mixture's density; d: its gradient, the components' weighted by
 * their responsibilities, summed with a running maximum so that none overflows. */
static double mixture(const pg_config *config, const float *code, double d[2])
{
    double most = -INFINITY, sum = 0;
    d[0] = d[1] = 0;
    for (int k = 0; k < config->components; k++) {
        double own[2], density = petal(config, k, code, own);
        double before = density > most ? exp(most - density) : 1;
        double weight = density > most ? 1 : exp(density - most);
        most = fmax(most, density);
        sum = sum * before + weight;
        d[0] = d[0] * before + weight * own[0];
        d[1] = d[1] * before + weight * own[1];
    }
    d[0] /= sum;
    d[1] /= sum;
    return most + log(sum / config->components);
}

static void log_density(pg_prior_run *run, const float *codes, size_t rows, double *nats)
{
    double d[2];
    for (size_t r = 0; r < rows; r++)
        nats[r] = mixture(run->config, codes + 2 * r, d);
}

static void backward(pg_prior_run *run, const float *codes, size_t rows, float scale,
                     float *gradient, float *dcodes)
{
    (void)gradient;
    for (size_t r = 0; r < rows; r++) {
        double d[2];
        mixture(run->config, codes + 2 * r, d);
        dcodes[2 * r] += scale * d[0];
        dcodes[2 * r + 1] += scale * d[1];
    }
}

const pg_prior pg_prior_mixture = {
    .name = "mixture",
    .size = "K",
    .summary = "K 2-D Gaussians on a circle",
    .resize = resize,
    .draw = draw,
    .place = place,
    .log_density = log_density,
    .backward = backward,
};
