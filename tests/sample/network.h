/* A small PixelCNN of random weights, and its forward pass in plain loops. */
#ifndef TESTS_SAMPLE_NETWORK_H
#define TESTS_SAMPLE_NETWORK_H

#include <stdint.h>

#include "model/pixelcnn.h"

typedef struct network_shape {
    int height, width, channels, features, blocks, radius, outputs;
    int dilation;    /* of block 1, 3, ...; the others have 1 */
    int full_blocks; /* blocks from this one on have a single tap */
    bool has_map;
} network_shape;

/* Weights are He-scaled by `gain`; 0 makes them all zero. Exits where memory is short. */
void network_create(const network_shape *shape, unsigned seed, double gain, pg_pixelcnn *net);
void network_free(pg_pixelcnn *net);

/* Uniform numbers in -scale..scale. */
float *random_floats(size_t count, unsigned seed, double scale);

/* Outputs of one image (H x W x C numbers) with its biases (slots x features) and map (H x W x
 * features or NULL): H x W x outputs. Sums in double. */
void network_outputs(const pg_pixelcnn *net, const double *target, const float *biases,
                     const float *map, double *outputs);

/* The same of an image of bytes. */
void network_forward(const pg_pixelcnn *net, const uint8_t *image, const float *biases,
                     const float *map, double *outputs);

#endif
