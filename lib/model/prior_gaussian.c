/* N(0, I). */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "model/posterior.h"
#include "model/prior.h"

static void resize(pg_config *config, int size)
{
    config->code_dim = size;
    config->components = 0;
}

static void draw(pg_prior_run *run, gsl_rng *rng, int category, float *code)
{
    (void)category;
    for (int i = 0; i < run->config->code_dim; i++)
        code[i] = gsl_ran_gaussian_ziggurat(rng, 1);
}

/* Neighbours on an even grid of the square have the same probability between them. */
static void place(pg_prior_run *run, double u, double v, float *code)
{
    (void)run;
    code[0] = gsl_cdf_ugaussian_Pinv(u);
    code[1] = gsl_cdf_ugaussian_Pinv(v);
}

static void log_density(pg_prior_run *run, const float *codes, size_t rows, double *nats)
{
    int dim = run->config->code_dim;
    for (size_t r = 0; r < rows; r++, codes += dim) {
        double squares = 0;
        for (int i = 0; i < dim; i++)
            squares += (double)codes[i] * codes[i];
        nats[r] = -0.5 * (squares + dim * log(2 * M_PI));
    }
}

static void backward(pg_prior_run *run, const float *codes, size_t rows, float scale,
                     float *gradient, float *dcodes)
{
    (void)gradient;
    for (size_t i = 0; i < rows * run->config->code_dim; i++)
        dcodes[i] -= scale * codes[i];
}

const pg_prior pg_prior_gaussian = {
    .name = "gaussian",
    .size = "D",
    .summary = "N(0, I) of D dimensions",
    .resize = resize,
    .draw = draw,
    .place = place,
    .log_density = log_density,
    .backward = backward,
    .divergence = pg_posterior_kl,
    .divergence_backward = pg_posterior_kl_backward,
};
