/* Convolutions, channels last, as forward and backward pairs.
 *
 * Promise: one object is one layer for one worker, with all its memory planned
 * when it is made. Tensors are images x H x W x channels; weights are
 * [row][column][in][out]. Padding is asymmetric, so that the kernels of a
 * PixelCNN have only the taps they may use and no multiplication by zero.
 *
 * float32 has a direct convolution of our own: what it makes of an image is the
 * same bytes whatever other images share the call. bfloat16 has oneDNN's.
 */
#ifndef PG_NN_CONV_H
#define PG_NN_CONV_H

#include <stdbool.h>
#include <stddef.h>

#include "pixelgan/status.h"

typedef struct pg_conv_shape {
    int images;        /* of one call; see pg_conv_take_images */
    int height, width; /* of the input */
    int in, out;       /* channels */
    int rows, columns; /* taps of the kernel */
    int stride;
    int dilation; /* distance between taps */
    int pad_top, pad_left;
    int out_height, out_width; /* padding below and to the right follows from them */
} pg_conv_shape;

typedef struct pg_conv_options {
    bool bias;          /* forward adds bias[out] */
    bool accumulate;    /* forward adds to what y holds */
    bool relu;          /* forward ends in max(., 0) */
    bool backward_data; /* backward_data will be called */
    bool add_data;      /* and adds to what dx holds; float32 only */
    bool backward_weights;
    bool half; /* x, dx and dy are bfloat16, sums float32; oneDNN only */
    bool wide; /* with half: y is float32, else it is bfloat16 too */
    int lanes; /* of float32, numbers of a vector; 0: what suits the CPU and the layer */
} pg_conv_options;

typedef struct pg_conv pg_conv;

/* To be called by the worker that will use the layer. */
pg_status pg_conv_create(const pg_conv_shape *shape, const pg_conv_options *options, pg_conv **conv,
                         pg_error *err) PG_MUST_CHECK;
void pg_conv_free(pg_conv *conv);

/* Takes new weights; must come before the passes below. */
void pg_conv_load(pg_conv *conv, const float *weight);

/* From now on a call has so many images. Of float32 only, for which it costs nothing and changes no
 * bit of a result. */
void pg_conv_take_images(pg_conv *conv, int images);

/* Images of a call that do best: many keep the sums going where images are small, but what is read
 * and written should stay in the cache. */
int pg_conv_good_images(const pg_conv_shape *shape);

/* Tensors are float32, or bfloat16 where the options say half. */

/* y = relu?(conv(x) + bias? + y?) */
void pg_conv_forward(pg_conv *conv, const void *x, const float *bias, void *y);

/* dx = conv^T(dy), plus dx where add_data */
void pg_conv_backward_data(pg_conv *conv, const void *dy, void *dx);

/* Adds x * dy to the layer's own gradient. */
void pg_conv_backward_weights(pg_conv *conv, const void *x, const void *dy);

/* Writes the gradient since the last call to dweight (zero where there was no
 * backward pass) and starts anew. */
void pg_conv_take_gradient(pg_conv *conv, float *dweight);

/* True where this build and this CPU multiply bfloat16 natively. */
bool pg_conv_has_half(void);

#endif
