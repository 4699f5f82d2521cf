/* The PixelCNN's teacher-forced passes, image by image, for one worker.
 *
 * All activations of one image stay in this worker's cache; convolutions end
 * in bias, residual sum and ReLU, and every pass over memory that remains does
 * all that is to be done there. See pixelcnn.h for the names.
 */
#ifndef PG_MODEL_PIXELCNN_RUN_H
#define PG_MODEL_PIXELCNN_RUN_H

#include "model/pixelcnn.h"

typedef struct pg_pixelcnn_run pg_pixelcnn_run;

/* To be called by the worker that will use it. half: convolutions in bfloat16,
 * refused with PG_ERR_UNSUPPORTED where the CPU cannot. */
pg_status pg_pixelcnn_run_create(const pg_pixelcnn *net, bool training, bool half,
                                 pg_pixelcnn_run **run, pg_error *err) PG_MUST_CHECK;
void pg_pixelcnn_run_free(pg_pixelcnn_run *run);

/* Takes the current weights; call after each update. */
void pg_pixelcnn_load(pg_pixelcnn_run *run);

/* One image: target H x W x channels, biases slots x features, map H x W x
 * features (NULL without). Returns the outputs, H x W x outputs. */
const float *pg_pixelcnn_forward(pg_pixelcnn_run *run, const float *target, const float *biases,
                                 const float *map);

/* Where to put the gradient by the outputs of the last forward pass. */
float *pg_pixelcnn_output_gradient(pg_pixelcnn_run *run);

/* Backward through the last forward pass: sums the weights' gradients inside,
 * writes those by this image's biases and map (NULL without). */
void pg_pixelcnn_backward(pg_pixelcnn_run *run, float *dbiases, float *dmap);

/* Writes the sum since the last call: gradient is the whole gradient vector of
 * a model whose parameters start at base. */
void pg_pixelcnn_take_gradient(pg_pixelcnn_run *run, const float *base, float *gradient);

#endif
