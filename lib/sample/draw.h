/* Samples a group of images pixel by pixel.
 *
 * Promise: image i depends only on its own conditioning, given rows and generator, not on the other
 * images in the group.
 */
#ifndef PG_SAMPLE_DRAW_H
#define PG_SAMPLE_DRAW_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixelgan/model.h"
#include "sample/stacks.h"

/* A group of images that are sampled in parallel. */
typedef struct pg_drawing {
    size_t count;
    const float *biases;  /* count x slots x features */
    const float *maps;    /* count x H x W x features, or NULL */
    const uint8_t *given; /* count x H x W x C whose first given_rows rows are kept, or NULL */
    int given_rows;
    float temperature;
    bool mean; /* return expectations; later pixels see the draws */
    uint64_t seed;
    uint64_t first;  /* image i draws from stream first + i of seed */
    uint8_t *images; /* count x H x W x C, out */
    float *logits;   /* count x H x W x outputs, out, or NULL */
} pg_drawing;

/* Draws all images. stacks must have room for at least group->count images, and rng must hold as
 * many generators. Only the likelihood and the channels of the configuration are used. */
void pg_draw(const pg_packed *net, pg_stacks *stacks, const pg_config *config, gsl_rng *const *rng,
             const pg_drawing *group);

/* The same for independent pixels, as with a factorised decoder: reads all outputs from
 * group->logits and ignores the conditioning. One generator serves all images. */
void pg_draw_independent(const pg_config *config, gsl_rng *rng, const pg_drawing *group);

#endif
