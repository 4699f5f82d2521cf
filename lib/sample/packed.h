/* The weights of a PixelCNN in the layout of lib/sample/product.h: zero-padded column panels.
 *
 * Promise: this is a private copy, which any number of threads may read at once.
 */
#ifndef PG_SAMPLE_PACKED_H
#define PG_SAMPLE_PACKED_H

#include "model/pixelcnn.h"
#include "pixelgan/status.h"

/* Panel p of tap t is at weight + p*panel_stride + t*in*PG_LANES: in x PG_LANES. */
typedef struct pg_packed_kernel {
    int rows, columns, dilation;
    size_t in, panels, panel_stride;
    float *weight;
    float *bias; /* panels*PG_LANES, zero if the kernel has none */
} pg_packed_kernel;

typedef struct pg_packed_block {
    pg_packed_kernel v, h, vh, out_v, out_h;
} pg_packed_block;

typedef struct pg_packed {
    int height, width, channels, features, blocks, outputs, radius, slots;
    bool has_map;
    float byte_zero, byte_step;           /* as in pg_pixelcnn */
    size_t feature_stride, output_stride; /* features and outputs, rounded up to PG_LANES */
    pg_packed_kernel first_v, first_h, first_vh;
    pg_packed_block block[PG_MAX_BLOCKS];
    pg_packed_kernel out1, out2;
    float *memory; /* of all weights and biases */
} pg_packed;

/* PG_ERR_LIMIT if the network has more taps than a product can have terms. */
pg_status pg_packed_create(const pg_pixelcnn *net, pg_packed **packed, pg_error *err) PG_MUST_CHECK;
void pg_packed_free(pg_packed *packed);

#endif
