/* A density learned with the model: N(0, I) through an autoregressive flow. */
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "model/flow.h"
#include "model/prior.h"

static void resize(pg_config *config, int size)
{
    config->code_dim = size;
    config->components = 0;
}

static pg_status start(pg_prior_run *run, size_t rows, bool training, pg_error *err)
{
    pg_flow_run *flow;
    pg_status status = pg_flow_run_create(run->config, run->p, rows, training, &flow, err);
    run->own = flow;
    return status;
}

static void load(pg_prior_run *run)
{
    pg_flow_load(run->own);
}

static void stop(pg_prior_run *run)
{
    pg_flow_run_free(run->own);
}

static void draw(pg_prior_run *run, gsl_rng *rng, int category, float *code)
{
    (void)category;
    for (int i = 0; i < run->config->code_dim; i++)
        code[i] = gsl_ran_gaussian_ziggurat(rng, 1);
    pg_flow_invert(run->own, code);
}

static void place(pg_prior_run *run, double u, double v, float *code)
{
    code[0] = gsl_cdf_ugaussian_Pinv(u);
    code[1] = gsl_cdf_ugaussian_Pinv(v);
    pg_flow_invert(run->own, code);
}

static void log_density(pg_prior_run *run, const float *codes, size_t rows, double *nats)
{
    pg_flow_forward(run->own, codes, rows, nats);
}

static void backward(pg_prior_run *run, const float *codes, size_t rows, float scale,
                     float *gradient, float *dcodes)
{
    pg_flow_backward(run->own, codes, rows, scale, gradient, dcodes);
}

const pg_prior pg_prior_flow = {
    .name = "flow",
    .size = "D",
    .summary = "learned: N(0, I) of D dimensions through an autoregressive flow",
    .resize = resize,
    .draw = draw,
    .place = place,
    .log_density = log_density,
    .backward = backward,
    .declare = pg_flow_declare,
    .start = start,
    .load = load,
    .stop = stop,
};
