/* Priors p(z): what the code is pulled to and sampled from.
 *
 * A prior is one constant of type pg_prior in a file of its own and an entry
 * in prior.c's table (and in pg_prior_kind). One that is learned has
 * parameters as well, which the autoencoder's optimiser trains.
 */
#ifndef PG_MODEL_PRIOR_H
#define PG_MODEL_PRIOR_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/parameters.h"
#include "pixelgan/model.h"

typedef struct pg_prior pg_prior;

/* One worker's means to draw from a prior and to judge codes by it. */
typedef struct pg_prior_run {
    const pg_prior *prior;
    const pg_config *config;
    const pg_parameters *p;
    void *own; /* of a learned prior */
} pg_prior_run;

struct pg_prior {
    const char *name;    /* as in "name:SIZE" */
    const char *size;    /* what SIZE is, NULL where there is none */
    const char *summary; /* one line for people */
    bool discrete;       /* the encoder ends in a softmax */
    /* Sets code_dim and components from SIZE. */
    void (*resize)(pg_config *config, int size);
    /* One code; category >= 0 fixes the component or category. */
    void (*draw)(pg_prior_run *run, gsl_rng *rng, int category, float *code);
    /* The code at a point of the unit square, for a picture of a plane of
     * codes; NULL where codes are no points of a plane. */
    void (*place)(pg_prior_run *run, double u, double v, float *code);
    /* log p(z) in nats of each code; NULL where there is no density. */
    void (*log_density)(pg_prior_run *run, const float *codes, size_t rows, double *nats);
    /* After log_density of the same codes: adds scale * the gradient of the sum
     * to dcodes; writes that of the parameters. */
    void (*backward)(pg_prior_run *run, const float *codes, size_t rows, float scale,
                     float *gradient, float *dcodes);
    /* KL(q(z|x) || p(z)) of Gaussian posteriors in closed form, and its gradient: as
     * pg_posterior_kl and its backward; NULL where it takes a sample. */
    void (*divergence)(const pg_config *config, size_t rows, const float *outputs, double *parts);
    void (*divergence_backward)(const pg_config *config, size_t rows, const float *outputs,
                                const float *scale, float *doutputs);
    /* A learned prior: its parameters, its run for up to `rows` codes (with
     * the current weights, to be loaded again after each update). */
    pg_status (*declare)(const pg_config *config, pg_parameters *p, pg_error *err);
    pg_status (*start)(pg_prior_run *run, size_t rows, bool training, pg_error *err);
    void (*load)(pg_prior_run *run);
    void (*stop)(pg_prior_run *run);
};

extern const pg_prior pg_prior_none, pg_prior_gaussian, pg_prior_mixture, pg_prior_categorical,
    pg_prior_label, pg_prior_flow;

/* The table entry of a kind, NULL past the last. */
const pg_prior *pg_prior_find(pg_prior_kind kind);

pg_status pg_prior_declare(const pg_config *config, pg_parameters *p, pg_error *err) PG_MUST_CHECK;

pg_status pg_prior_run_init(pg_prior_run *run, const pg_config *config, const pg_parameters *p,
                            size_t rows, bool training, pg_error *err) PG_MUST_CHECK;
void pg_prior_run_free(pg_prior_run *run);
void pg_prior_load(pg_prior_run *run);

/* "gaussian:2", "categorical:30", ...: the text pg_config_parse_prior reads. */
void pg_prior_print(const pg_config *config, char *text, size_t size);

#endif
