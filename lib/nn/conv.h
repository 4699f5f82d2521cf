/* Convolutions, channels last, as forward and backward pairs.
 *
 * Promise: one object is one layer for one worker, and all its memory is allocated at creation.
 * Tensors are images x H x W x channels; weights are [row][column][in][out]. Padding is asymmetric,
 * so that the kernels of a PixelCNN have only the taps that they may use and do not multiply by
 * zero.
 *
 * float32 uses the library's own direct convolution, whose result for an image does not depend on
 * the other images in the call, bit for bit. bfloat16 uses oneDNN.
 */
#ifndef PG_NN_CONV_H
#define PG_NN_CONV_H

#include <stdbool.h>
#include <stddef.h>

#include "pixelgan/status.h"

typedef struct pg_conv_shape {
    int images;        /* per call; see pg_conv_take_images */
    int height, width; /* of the input */
    int in, out;       /* channels */
    int rows, columns; /* taps of the kernel */
    int stride;
    int dilation; /* distance between taps */
    int pad_top, pad_left;
    int out_height, out_width; /* they determine the padding below and to the right */
} pg_conv_shape;

typedef struct pg_conv_options {
    bool bias;          /* forward adds bias[out] */
    bool accumulate;    /* forward adds to y */
    bool relu;          /* forward ends with max(., 0) */
    bool backward_data; /* backward_data will be called */
    bool add_data;      /* backward_data adds to dx; float32 only */
    bool backward_weights;
    bool half; /* x, dx and dy are bfloat16, sums float32; oneDNN only */
    bool wide; /* with half: y is float32, else it is bfloat16 too */
    int lanes; /* floats per vector; 0: chosen by CPU and layer */
} pg_conv_options;

typedef struct pg_conv pg_conv;

/* Call this in the worker that will use the layer. */
pg_status pg_conv_create(const pg_conv_shape *shape, const pg_conv_options *options, pg_conv **conv,
                         pg_error *err) PG_MUST_CHECK;
void pg_conv_free(pg_conv *conv);

/* Loads new weights. Must be called before the passes below. */
void pg_conv_load(pg_conv *conv, const float *weight);

/* Sets the number of images per call. For float32 only, where it is free and does not change
 * results. */
void pg_conv_take_images(pg_conv *conv, int images);

/* The best number of images per call. With small images, many per call keep the vector units busy,
 * but input and output should stay in the cache. */
int pg_conv_good_images(const pg_conv_shape *shape);

/* Tensors are float32, or bfloat16 as described by the option half. */

/* y = relu?(conv(x) + bias? + y?) */
void pg_conv_forward(pg_conv *conv, const void *x, const float *bias, void *y);

/* dx = conv^T(dy), plus dx if add_data is set */
void pg_conv_backward_data(pg_conv *conv, const void *dy, void *dx);

/* Adds x * dy to the layer's own gradient. */
void pg_conv_backward_weights(pg_conv *conv, const void *x, const void *dy);

/* Writes the gradient since the last call to dweight (zero without a backward pass) and resets it.
 */
void pg_conv_take_gradient(pg_conv *conv, float *dweight);

/* True if this build and this CPU multiply bfloat16 natively. */
bool pg_conv_has_half(void);

#endif
