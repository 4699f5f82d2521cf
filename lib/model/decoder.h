/* Decoders p(x|z): from codes to the likelihood of images.
 *
 * A decoder is one constant of type pg_decoder in a file of its own and an entry in decoder.c's
 * table (and in pg_decoder_kind). Its passes take a batch of codes; a PixelCNN goes through it
 * image by image inside, so that an image's activations stay in the cache.
 */
#ifndef PG_MODEL_DECODER_H
#define PG_MODEL_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

typedef struct pg_decoder {
    bool autoregressive; /* a pixel depends on those before it: sampled one by one */

    /* Declares the parameters. */
    pg_status (*declare)(pg_model *model, pg_error *err);
    /* Points into the parameters once they have memory; may be NULL. */
    void (*place)(pg_model *model);
    /* The biases of the last layer, which the likelihood gives their first values. */
    float *(*output_bias)(const pg_model *model);

    /* A worker's means to run it for up to `rows` codes, in memory of its own, to be stopped also
     * after an error. half: what convolutions read is bfloat16 (training only). */
    pg_status (*start)(const pg_model *model, size_t rows, bool training, bool half, void **state,
                       pg_error *err);
    void (*stop)(void *state);
    /* Takes the model's current weights. */
    void (*load)(void *state);

    /* Outputs of the decoder for each row, by code (codes is NULL where the model has none) and
     * target, which only what is autoregressive looks at: calls `take` with each row's. */
    void (*forward)(void *state, const float *codes, const float *targets, size_t rows,
                    void (*take)(void *with, size_t row, const float *outputs), void *with);
    /* Forward, loss and backward: returns the sum of -log p(target|code) in nats; writes the
     * parameters' gradient of scale times that, and adds the codes' to dcodes (may be NULL). */
    double (*learn)(void *state, const float *codes, const float *targets, size_t rows, float scale,
                    float *gradient, float *dcodes);
} pg_decoder;

extern const pg_decoder pg_decoder_pixelcnn, pg_decoder_factorised;

/* The table entry of a kind, NULL past the last. */
const pg_decoder *pg_decoder_find(pg_decoder_kind kind);

/* Numbers that a decoder puts out for an image. */
size_t pg_decoder_outputs(const pg_config *config);

#endif
