/* Decoders p(x|z): from codes to the likelihood of images.
 *
 * A decoder is one constant of type pg_decoder in its own file and an entry in the table in
 * decoder.c (and in pg_decoder_kind). Its passes take a batch of codes. A PixelCNN processes the
 * batch image by image, so that the activations of an image stay in the cache.
 */
#ifndef PG_MODEL_DECODER_H
#define PG_MODEL_DECODER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

typedef struct pg_decoder {
    bool autoregressive; /* pixels depend on preceding ones and are sampled one by one */

    /* Declares the parameters. */
    pg_status (*declare)(pg_model *model, pg_error *err);
    /* Sets pointers into the parameters once they have memory; may be NULL. */
    void (*place)(pg_model *model);
    /* The biases of the last layer, which the likelihood initialises. */
    float *(*output_bias)(const pg_model *model);

    /* Creates a worker's workspace for up to `rows` codes. Call stop also after an error. half:
     * convolutions read bfloat16 (training only). */
    pg_status (*start)(const pg_model *model, size_t rows, bool training, bool half, void **state,
                       pg_error *err);
    void (*stop)(void *state);
    /* Loads the current weights of the model. */
    void (*load)(void *state);

    /* Computes the outputs of each row from its code (codes is NULL if the model has none) and its
     * target, which only an autoregressive decoder uses. Calls `take` for each row. */
    void (*forward)(void *state, const float *codes, const float *targets, size_t rows,
                    void (*take)(void *with, size_t row, const float *outputs), void *with);
    /* Forward pass, loss and backward pass. Returns the sum of -log p(target|code) in nats. Writes
     * the gradient of scale times that sum with respect to the parameters, and adds that with
     * respect to the codes to dcodes (may be NULL). */
    double (*learn)(void *state, const float *codes, const float *targets, size_t rows, float scale,
                    float *gradient, float *dcodes);
} pg_decoder;

extern const pg_decoder pg_decoder_pixelcnn, pg_decoder_factorised;

/* The table entry of a kind, NULL past the last. */
const pg_decoder *pg_decoder_find(pg_decoder_kind kind);

/* Number of outputs per image. */
size_t pg_decoder_outputs(const pg_config *config);

#endif
