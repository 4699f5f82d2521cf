/* Upsamples a code to a map of the size of the image: two dense layers, then transposed
 * convolutions (setting upsampler_depth). It mirrors the encoder and has its hidden units and
 * feature maps (M; settings hidden and encoder_features).
 *
 *   z -> hidden -> coarse map -> ... -> H/4 x W/4 x 2M -> 5x5 *2 -> H/2 x W/2 x M
 *     -> 5x5 *2 -> H x W x outputs
 *
 * ReLU follows every layer except the last. An upsampler conditions the PixelCNN on a continuous
 * code, and it is the whole network of a factorised decoder. A run belongs to one worker and does
 * not wait for others.
 */
#ifndef PG_MODEL_UPSAMPLER_H
#define PG_MODEL_UPSAMPLER_H

#include "model/layer.h"
#include "nn/conv.h"
#include "pixelgan/model.h"

enum { PG_UPSAMPLER_DENSE = 2, PG_UPSAMPLER_LAYERS = PG_UPSAMPLER_DENSE + PG_MAX_DEPTH };

typedef struct pg_upsampler {
    pg_dense_layer dense[PG_UPSAMPLER_DENSE]; /* code to hidden to coarse map */
    int convs;
    pg_conv_shape shape[PG_MAX_DEPTH]; /* of the convolutions to transpose, coarse to fine */
    int conv_weight[PG_MAX_DEPTH], conv_bias[PG_MAX_DEPTH];
} pg_upsampler;

/* Declares parameters named prefix.* for maps with `outputs` features. */
pg_status pg_upsampler_declare(pg_upsampler *net, const pg_config *config, const char *prefix,
                               int outputs, pg_parameters *p, pg_error *err) PG_MUST_CHECK;

typedef struct pg_upsampler_run {
    const pg_upsampler *net;
    const pg_parameters *p;
    size_t capacity;                   /* codes at a time */
    float *value[PG_UPSAMPLER_LAYERS]; /* outputs of all layers except the last */
    float *d[PG_UPSAMPLER_LAYERS];     /* gradients with respect to them */
    pg_conv *conv[PG_MAX_DEPTH];
} pg_upsampler_run;

/* Call this in the worker that will use the run. */
pg_status pg_upsampler_run_init(pg_upsampler_run *run, const pg_upsampler *net,
                                const pg_parameters *p, size_t capacity, bool training,
                                pg_error *err) PG_MUST_CHECK;
void pg_upsampler_run_free(pg_upsampler_run *run);

/* Loads the current weights. Call this after each update. */
void pg_upsampler_load(pg_upsampler_run *run);

/* Computes maps (rows x H x W x outputs) from codes (rows x code). */
void pg_upsampler_forward(pg_upsampler_run *run, const float *codes, size_t rows, float *maps);

/* Writes the gradients of the parameters; adds those of the codes to dcodes if it is not NULL. */
void pg_upsampler_backward(pg_upsampler_run *run, const float *codes, size_t rows,
                           const float *dmaps, float *gradient, float *dcodes);

#endif
