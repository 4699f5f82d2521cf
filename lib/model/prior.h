/* Priors p(z): what the code is pulled to and sampled from. One table entry each. */
#ifndef PG_MODEL_PRIOR_H
#define PG_MODEL_PRIOR_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>

#include "pixelgan/model.h"

typedef struct pg_prior {
    const char *name;    /* as in "name:SIZE" */
    const char *size;    /* what SIZE is, NULL where there is none */
    const char *summary; /* one line for --help */
    bool discrete;       /* the encoder ends in a softmax */
    /* One code; category >= 0 fixes the component or category. */
    void (*draw)(const pg_config *config, gsl_rng *rng, int category, float *code);
} pg_prior;

/* The table entry of a kind. */
const pg_prior *pg_prior_find(pg_prior_kind kind);

void pg_prior_draw(const pg_config *config, gsl_rng *rng, int category, float *code);

/* "gaussian:2", "categorical:30", ...: the text pg_config_parse_prior reads. */
void pg_prior_print(const pg_config *config, char *text, size_t size);

#endif
