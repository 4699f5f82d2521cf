/* What follows from the size of the images: how often the networks halve the sides, and how coarse
 * a category's map is, so that weights and memory grow with the pixels no more than they must.
 */
#ifndef PG_MODEL_DEPTH_H
#define PG_MODEL_DEPTH_H

#include <stddef.h>

#include "pixelgan/model.h"

/* Puts numbers where the configuration says PG_AUTO. */
void pg_depth_resolve(pg_config *config);

/* Rows that a model is applied to at a time: always so many, of which some may be thrown away, so
 * that each gets the same bits however many there are; fewer where each takes more numbers. Of an
 * encoder, and of codes that are decoded. */
size_t pg_encoded_rows(size_t numbers);
size_t pg_decoded_rows(size_t numbers);

/* A side that was halved so many times, rounded up each time. */
int pg_depth_side(int side, int halvings);

#endif
