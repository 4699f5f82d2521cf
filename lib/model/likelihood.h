/* Likelihoods p(x_i | ...) of a pixel given the decoder's outputs.
 *
 * A likelihood is one constant of type pg_likelihood in its own file and an entry in likelihood.c.
 * The channels of a pixel belong together: a later channel may depend on the values of earlier
 * ones. Training, scoring and sampling read the same outputs and use the same scale for the
 * decoder's input.
 */
#ifndef PG_MODEL_LIKELIHOOD_H
#define PG_MODEL_LIKELIHOOD_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixelgan/model.h"

typedef struct pg_likelihood {
    /* Number of decoder outputs per pixel. */
    int (*outputs)(const pg_config *config);
    /* Sets the biases of the outputs before training; they are zero beforehand. May be NULL. */
    void (*start)(const pg_config *config, float *biases);
    /* The decoder's input for a byte is byte_zero + byte_step * byte. The padding around an image
     * is 0 on that scale. */
    float byte_zero, byte_step;
    /* Grey bytes are probabilities of white, and the target of an image is drawn at random. */
    bool binary;
    /* -log p(target) of one image in nats; d (may be NULL) = scale * gradient with respect to the
     * outputs. target is H x W x C on the scale of the decoder's input. */
    double (*loss)(const pg_config *config, const float *outputs, const float *target, float scale,
                   float *d);
    /* Draws the bytes of a pixel. A temperature other than 1 divides the logits. */
    void (*draw)(const pg_config *config, const float *outputs, float temperature, gsl_rng *rng,
                 uint8_t *pixel);
    /* The expectations of the bytes, rounded. That of a later channel is given the expectations of
     * the earlier ones. */
    void (*mean)(const pg_config *config, const float *outputs, float temperature, uint8_t *pixel);
} pg_likelihood;

extern const pg_likelihood pg_likelihood_bernoulli, pg_likelihood_softmax, pg_likelihood_logistic;

/* The table entry of a kind, except auto. */
const pg_likelihood *pg_likelihood_find(pg_likelihood_kind kind);

/* Resolves auto: bernoulli for images with one channel, else logistic. */
pg_likelihood_kind pg_likelihood_resolve(const pg_config *config);

/* The decoder's input for a byte, which is the same in training, scoring and sampling. */
static inline float pg_likelihood_shown(float byte_zero, float byte_step, uint8_t byte)
{
    return byte_zero + byte_step * byte;
}

/* Converts the bytes of an image to the decoder's input, without binarising. */
void pg_likelihood_show(const pg_config *config, const uint8_t *bytes, float *shown);

/* The decoder's input and target. May binarise at random (dynamic binarisation). */
void pg_likelihood_target(const pg_config *config, gsl_rng *rng, const uint8_t *bytes,
                          float *target);

/* The byte for a value of the decoder's input. */
static inline int pg_likelihood_byte(const pg_likelihood *likelihood, float shown)
{
    return (int)((shown - likelihood->byte_zero) / likelihood->byte_step + 0.5f);
}

#endif
