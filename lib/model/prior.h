/* Priors p(z): the distribution that codes are matched to and sampled from.
 *
 * A prior is one constant of type pg_prior in its own file and an entry in the table in prior.c
 * (and in pg_prior_kind). A learned prior also has parameters, which the optimiser of the
 * autoencoder trains.
 */
#ifndef PG_MODEL_PRIOR_H
#define PG_MODEL_PRIOR_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/parameters.h"
#include "pixelgan/model.h"

typedef struct pg_prior pg_prior;

/* One worker's workspace for sampling from a prior and computing densities. */
typedef struct pg_prior_run {
    const pg_prior *prior;
    const pg_config *config;
    const pg_parameters *p;
    void *own; /* of a learned prior */
} pg_prior_run;

struct pg_prior {
    const char *name;    /* as in "name:SIZE" */
    const char *size;    /* the meaning of SIZE, NULL if there is none */
    const char *summary; /* one line for users */
    bool discrete;       /* the encoder ends in a softmax */
    /* Sets code_dim and components from SIZE. */
    void (*resize)(pg_config *config, int size);
    /* Draws one code; category >= 0 fixes the component or category. */
    void (*draw)(pg_prior_run *run, gsl_rng *rng, int category, float *code);
    /* Maps a point of the unit square to a code, for pictures of a plane of codes; NULL if codes
     * are not two-dimensional. */
    void (*place)(pg_prior_run *run, double u, double v, float *code);
    /* log p(z) in nats of each code; NULL if there is no density. */
    void (*log_density)(pg_prior_run *run, const float *codes, size_t rows, double *nats);
    /* After log_density of the same codes: adds scale * the gradient of the sum with respect to the
     * codes to dcodes, and writes that of the parameters. */
    void (*backward)(pg_prior_run *run, const float *codes, size_t rows, float scale,
                     float *gradient, float *dcodes);
    /* KL(q(z|x) || p(z)) of Gaussian posteriors in closed form and its gradient, like
     * pg_posterior_kl and pg_posterior_kl_backward; NULL if it must be sampled. */
    void (*divergence)(const pg_config *config, size_t rows, const float *outputs, double *parts);
    void (*divergence_backward)(const pg_config *config, size_t rows, const float *outputs,
                                const float *scale, float *doutputs);
    /* For a learned prior: declares parameters; starts a run for up to `rows` codes with the
     * current weights; loads the weights again after each update. */
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

/* Prints "gaussian:2", "categorical:30", ..., which pg_config_parse_prior reads. */
void pg_prior_print(const pg_config *config, char *text, size_t size);

#endif
