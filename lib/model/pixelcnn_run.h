/* The teacher-forced passes of the PixelCNN, image by image, for one worker.
 *
 * All activations of one image stay in this worker's cache. Bias, residual sum and ReLU are fused
 * into the convolutions, and each remaining pass over memory does all work at that point. See
 * pixelcnn.h for the names.
 */
#ifndef PG_MODEL_PIXELCNN_RUN_H
#define PG_MODEL_PIXELCNN_RUN_H

#include "model/pixelcnn.h"

typedef struct pg_pixelcnn_run pg_pixelcnn_run;

/* Call this in the worker that will use the run. half: convolutions in bfloat16; PG_ERR_UNSUPPORTED
 * if the CPU does not support it. */
pg_status pg_pixelcnn_run_create(const pg_pixelcnn *net, bool training, bool half,
                                 pg_pixelcnn_run **run, pg_error *err) PG_MUST_CHECK;
void pg_pixelcnn_run_free(pg_pixelcnn_run *run);

/* Loads the current weights. Call this after each update. */
void pg_pixelcnn_load(pg_pixelcnn_run *run);

/* Runs one image: target is H x W x channels, biases slots x features, map H x W x features (NULL:
 * no map). Returns the outputs, H x W x outputs. */
const float *pg_pixelcnn_forward(pg_pixelcnn_run *run, const float *target, const float *biases,
                                 const float *map);

/* Where the caller writes the gradient with respect to the outputs of the last forward pass. */
float *pg_pixelcnn_output_gradient(pg_pixelcnn_run *run);

/* Backward pass for the last forward pass. Adds up the gradients of the weights internally, and
 * writes those with respect to the biases and the map (NULL: no map) of this image. */
void pg_pixelcnn_backward(pg_pixelcnn_run *run, float *dbiases, float *dmap);

/* Writes the gradients of the weights summed since the last call. gradient is the whole gradient
 * vector of a model whose parameters start at base. */
void pg_pixelcnn_take_gradient(pg_pixelcnn_run *run, const float *base, float *gradient);

#endif
