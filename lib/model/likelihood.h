/* Likelihoods p(x_i | ...) of a pixel given the decoder's outputs. One table entry each. */
#ifndef PG_MODEL_LIKELIHOOD_H
#define PG_MODEL_LIKELIHOOD_H

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

#include "pixelgan/model.h"

typedef struct pg_likelihood {
    const char *name;
    const char *summary;
    /* Numbers the decoder puts out a pixel. */
    int (*outputs)(const pg_config *config);
    /* What the decoder is shown and judged by, from the bytes of one image:
     * count = H*W*C floats in 0..1. May draw (dynamic binarisation). */
    void (*target)(const pg_config *config, gsl_rng *rng, const uint8_t *bytes, float *target);
    /* -log p(target) of one image in nats; d (may be NULL) = scale * gradient by the outputs. */
    double (*loss)(const pg_config *config, const float *outputs, const float *target, float scale,
                   float *d);
} pg_likelihood;

const pg_likelihood *pg_likelihood_find(pg_likelihood_kind kind);

#endif
