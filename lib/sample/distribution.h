/* Pixel distributions: from the decoder's outputs at a pixel to its bytes.
 *
 * A likelihood is one constant of this type in a file of its own and an entry
 * in distribution.c. `outputs` holds what the training loss of that likelihood
 * reads; all channels of a pixel are drawn at once, so that a distribution may
 * let later channels depend on earlier ones.
 */
#ifndef PG_SAMPLE_DISTRIBUTION_H
#define PG_SAMPLE_DISTRIBUTION_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

#include "pixelgan/model.h"

typedef struct pg_distribution {
    /* Draws a pixel of `channels` bytes. Logits are divided by temperature. */
    void (*draw)(const float *outputs, int channels, float temperature, gsl_rng *rng,
                 uint8_t *pixel);
    /* Its expectation, rounded. */
    void (*mean)(const float *outputs, int channels, float temperature, uint8_t *pixel);
} pg_distribution;

extern const pg_distribution pg_distribution_bernoulli;

/* NULL where sampling from it is not implemented. */
const pg_distribution *pg_distribution_find(pg_likelihood_kind kind);

#endif
