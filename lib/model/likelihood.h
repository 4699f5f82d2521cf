/* Likelihoods p(x_i | ...) of a pixel given the decoder's outputs.
 *
 * A likelihood is one constant of this type in a file of its own and an entry
 * in likelihood.c. All channels of a pixel belong together: a later one may
 * depend on the values of the earlier ones. Training, scoring and sampling read
 * the same outputs, and show the decoder bytes in the same way.
 */
#ifndef PG_MODEL_LIKELIHOOD_H
#define PG_MODEL_LIKELIHOOD_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixelgan/model.h"

typedef struct pg_likelihood {
    /* Numbers the decoder puts out a pixel. */
    int (*outputs)(const pg_config *config);
    /* The outputs' biases before training, zero as given; may be NULL. */
    void (*start)(const pg_config *config, float *biases);
    /* What the decoder is shown of a byte: byte_zero + byte_step * byte. The
     * padding around an image is 0 on that scale. */
    float byte_zero, byte_step;
    /* Grey bytes are probabilities of white; the target of an image is drawn. */
    bool binary;
    /* -log p(target) of one image in nats; d (may be NULL) = scale * gradient by the
     * outputs. target is H x W x C as the decoder is shown it. */
    double (*loss)(const pg_config *config, const float *outputs, const float *target, float scale,
                   float *d);
    /* Draws the bytes of a pixel. A temperature other than 1 divides the logits. */
    void (*draw)(const pg_config *config, const float *outputs, float temperature, gsl_rng *rng,
                 uint8_t *pixel);
    /* Their expectations, rounded; those of a later channel given the expectations of the
     * earlier ones. */
    void (*mean)(const pg_config *config, const float *outputs, float temperature, uint8_t *pixel);
} pg_likelihood;

extern const pg_likelihood pg_likelihood_bernoulli, pg_likelihood_softmax, pg_likelihood_logistic;

/* The table entry of a kind other than auto. */
const pg_likelihood *pg_likelihood_find(pg_likelihood_kind kind);

/* What auto stands for: bernoulli for images of one channel, logistic for others. */
pg_likelihood_kind pg_likelihood_resolve(const pg_config *config);

/* What the decoder is shown of a byte: in training, scoring and sampling the same number. */
static inline float pg_likelihood_shown(float byte_zero, float byte_step, uint8_t byte)
{
    return byte_zero + byte_step * byte;
}

/* What the decoder is shown of an image's bytes as they are. */
void pg_likelihood_show(const pg_config *config, const uint8_t *bytes, float *shown);

/* What the decoder is shown and judged by. May draw (dynamic binarisation). */
void pg_likelihood_target(const pg_config *config, gsl_rng *rng, const uint8_t *bytes,
                          float *target);

/* The byte of a value as it is shown. */
static inline int pg_likelihood_byte(const pg_likelihood *likelihood, float shown)
{
    return (int)((shown - likelihood->byte_zero) / likelihood->byte_step + 0.5f);
}

#endif
