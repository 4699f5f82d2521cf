/* The architecture of the PixelCNN decoder, and pointers to its weights.
 *
 * This is a two-stack PixelCNN with residual blocks (van den Oord, Kalchbrenner & Kavukcuoglu 2016,
 * "Pixel recurrent neural networks"; van den Oord et al. 2016, "Conditional image generation with
 * PixelCNN decoders", sec. 2), with ReLU instead of gates. At pixel (y, x) the vertical stack v
 * sees all rows above y, and the horizontal stack h also sees the pixels left of x; v feeds h.
 * Kernels are not masked: each has only the taps that it may use.
 *
 * With C features, image t (H x W x channels, on the scale of the likelihood, zero outside) and
 * code z:
 *
 *   first    v = conv_v(t) + bias[0]        rows y-r..y-1, columns x-r..x+r
 *            h = conv_h(t) + vh(v) + bias[1] row y, columns x-r..x-1
 *            v += map, h += map             (location-dependent conditioning)
 *   block l  a = relu(conv_v(relu(v)) + bias[2+2l])
 *            b = relu(conv_h(relu(h)) + vh(a) + bias[3+2l])
 *            v += out_v(a) + its bias       (not in the last block)
 *            h += out_h(b) + its bias
 *   output   u = relu(out1(relu(h)) + bias[2+2L])
 *            logits = out2(u) + its bias
 *
 * conv_v of a block has taps (y-d, y) x (x-d, x, x+d), conv_h has (x-d, x),
 * d the dilation; a block beyond the receptive field has the single tap (y, x).
 * bias[s] = the layer's own bias + the code's part (z times code.weight).
 * vh, out_v, out_h, out1, out2 are 1 x 1.
 */
#ifndef PG_MODEL_PIXELCNN_H
#define PG_MODEL_PIXELCNN_H

#include <stdbool.h>
#include <stddef.h>

#include "model/parameters.h"
#include "pixelgan/model.h"

/* A stored kernel: weight[row][column][in][out], bias[out] or NULL. */
typedef struct pg_kernel {
    int rows, columns; /* taps */
    int dilation;      /* distance between taps */
    int in, out;       /* feature maps */
    float *weight;
    float *bias; /* NULL if the bias comes from the bias table or there is none */
} pg_kernel;

typedef struct pg_pixelcnn_block {
    pg_kernel v, h, vh, out_v, out_h; /* out_v.weight is NULL in the last block */
} pg_pixelcnn_block;

typedef struct pg_pixelcnn {
    int height, width, channels, features, blocks;
    int outputs;                /* numbers per pixel: parameters of the likelihood */
    int radius;                 /* r of the first layer, whose kernel spans 2r+1 columns */
    int slots;                  /* rows of the bias table, 2*blocks + 3 */
    bool has_map;               /* location-dependent conditioning */
    float byte_zero, byte_step; /* t = byte_zero + byte_step * byte */
    pg_kernel first_v, first_h, first_vh;
    pg_pixelcnn_block block[PG_MAX_BLOCKS];
    pg_kernel out1, out2;
} pg_pixelcnn;

/* Declares the parameters if p has no memory yet; else makes the kernels point into p. False if
 * there is not enough memory. */
bool pg_pixelcnn_place(pg_pixelcnn *net, const pg_config *config, pg_parameters *p);

/* Fills the description of a model's PixelCNN; weights point into the model. */
void pg_pixelcnn_describe(const pg_model *model, pg_pixelcnn *net);

#endif
