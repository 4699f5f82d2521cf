#include "model/prior.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Components of the mixture lie on a circle like petals (Makhzani et al. 2015,
 * "Adversarial autoencoders", sec. 2.3): long from the centre, thin across. */
static const double petal_distance = 2.0, petal_length = 0.5, petal_width = 0.15;

static void draw_gaussian(const pg_config *config, gsl_rng *rng, int category, float *code)
{
    (void)category;
    for (int i = 0; i < config->code_dim; i++)
        code[i] = gsl_ran_gaussian_ziggurat(rng, 1);
}

static int draw_component(const pg_config *config, gsl_rng *rng, int category)
{
    return category >= 0 ? category : (int)gsl_rng_uniform_int(rng, config->components);
}

static void draw_mixture(const pg_config *config, gsl_rng *rng, int category, float *code)
{
    double angle = 2 * M_PI * draw_component(config, rng, category) / config->components;
    double along = petal_distance + gsl_ran_gaussian_ziggurat(rng, petal_length);
    double across = gsl_ran_gaussian_ziggurat(rng, petal_width);
    code[0] = along * cos(angle) - across * sin(angle);
    code[1] = along * sin(angle) + across * cos(angle);
}

static void draw_categorical(const pg_config *config, gsl_rng *rng, int category, float *code)
{
    memset(code, 0, config->code_dim * sizeof *code);
    code[draw_component(config, rng, category)] = 1;
}

static void draw_nothing(const pg_config *config, gsl_rng *rng, int category, float *code)
{
    (void)config, (void)rng, (void)category, (void)code;
}

static const pg_prior priors[] = {
    [PG_PRIOR_NONE] = {"none", NULL, "no code", false, draw_nothing},
    [PG_PRIOR_GAUSSIAN] = {"gaussian", "D", "N(0, I) of D dimensions", false, draw_gaussian},
    [PG_PRIOR_MIXTURE] = {"mixture", "K", "K 2-D Gaussians on a circle", false, draw_mixture},
    [PG_PRIOR_CATEGORICAL] = {"categorical", "K", "one of K categories", true, draw_categorical},
    [PG_PRIOR_LABEL] = {"label", "K", "the label, one of K", true, draw_categorical},
};

const pg_prior *pg_prior_find(pg_prior_kind kind)
{
    return &priors[kind];
}

void pg_prior_draw(const pg_config *config, gsl_rng *rng, int category, float *code)
{
    priors[config->prior].draw(config, rng, category, code);
}

void pg_prior_print(const pg_config *config, char *text, size_t size)
{
    const pg_prior *prior = &priors[config->prior];
    int number = config->components ? config->components : config->code_dim;
    if (prior->size)
        snprintf(text, size, "%s:%d", prior->name, number);
    else
        snprintf(text, size, "%s", prior->name);
}
