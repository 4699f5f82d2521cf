/* Codes that are one of K, and no code at all. */
#include <string.h>

#include "model/prior.h"

static void resize(pg_config *config, int size)
{
    config->code_dim = config->components = size;
}

static void draw(pg_prior_run *run, gsl_rng *rng, int category, float *code)
{
    int categories = run->config->components;
    memset(code, 0, categories * sizeof *code);
    code[category >= 0 ? category : (int)gsl_rng_uniform_int(rng, categories)] = 1;
}

static void draw_nothing(pg_prior_run *run, gsl_rng *rng, int category, float *code)
{
    (void)run, (void)rng, (void)category, (void)code;
}

const pg_prior pg_prior_categorical = {
    .name = "categorical",
    .size = "K",
    .summary = "one of K categories",
    .discrete = true,
    .resize = resize,
    .draw = draw,
};

const pg_prior pg_prior_label = {
    .name = "label",
    .size = "K",
    .summary = "the label, one of K",
    .discrete = true,
    .resize = resize,
    .draw = draw,
};

const pg_prior pg_prior_none = {
    .name = "none",
    .summary = "no code",
    .resize = resize,
    .draw = draw_nothing,
};
