/* The two stacks of the PixelCNN, computed as far as the pixels are known.
 *
 * The vertical stack at row y depends only on the rows above y, so pg_stacks_row computes it for
 * the whole row and all layers. The horizontal stack at (y, x) depends on the vertical stack and on
 * the pixels left of x. pg_stacks_pixel adds one pixel and reads earlier ones from the caches. Each
 * feature is computed once, so an image costs the arithmetic of one forward pass (the idea of
 * Ramachandran et al. 2017, "Fast generation for convolutional autoregressive models").
 *
 * Promise: no allocation after creation. Only one thread at a time may use a pg_stacks.
 */
#ifndef PG_SAMPLE_STACKS_H
#define PG_SAMPLE_STACKS_H

#include <stdint.h>

#include "pixelgan/status.h"
#include "sample/packed.h"

typedef struct pg_stacks pg_stacks;

/* Bytes of the caches for this many images, SIZE_MAX if that overflows. */
size_t pg_stacks_bytes(const pg_packed *packed, size_t images);

/* Creates caches for up to `images` images at once. Borrows packed. */
pg_status pg_stacks_create(const pg_packed *packed, size_t images, pg_stacks **stacks,
                           pg_error *err) PG_MUST_CHECK;
void pg_stacks_free(pg_stacks *stacks);

/* Starts count images. biases: count x slots x features; maps: count x H x W x
 * features, borrowed until the last row, or NULL if the network has none. */
void pg_stacks_begin(pg_stacks *stacks, size_t count, const float *biases, const float *maps);

/* Call this for the rows in order, from 0, each after all pixels of the row above were put. */
void pg_stacks_row(pg_stacks *stacks, int y);

/* Computes the outputs at (y, x). Row y must have been computed, and the pixels left of x computed
 * and put. Returns count rows of packed->output_stride floats, valid until the next call. */
const float *pg_stacks_pixel(pg_stacks *stacks, int y, int x);

/* Sets the value of a pixel of image number `image`: `channels` bytes. */
void pg_stacks_put(pg_stacks *stacks, size_t image, int y, int x, const uint8_t *pixel);

#endif
