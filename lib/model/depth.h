/* What follows from the size of the images: how often the networks halve the sides, and how coarse
 * a category's map is, so that weights and memory grow with the pixels no more than they must.
 */
#ifndef PG_MODEL_DEPTH_H
#define PG_MODEL_DEPTH_H

#include "pixelgan/model.h"

/* Puts numbers where the configuration says PG_AUTO. */
void pg_depth_resolve(pg_config *config);

/* A side that was halved so many times, rounded up each time. */
int pg_depth_side(int side, int halvings);

#endif
