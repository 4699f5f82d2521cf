/* Derives from the size of the images how often the networks halve the sides and how coarse a
 * category's map is, so that weights and memory grow slowly with the number of pixels.
 */
#ifndef PG_MODEL_DEPTH_H
#define PG_MODEL_DEPTH_H

#include <stddef.h>

#include "pixelgan/model.h"

/* Replaces PG_AUTO in the configuration by numbers. */
void pg_depth_resolve(pg_config *config);

/* Number of rows that a model is applied to at a time, for an encoder and for decoding codes. It
 * is fixed, and surplus rows are discarded, so that the result of a row does not depend on the
 * number of rows, bit for bit. Rows with more numbers get smaller blocks. */
size_t pg_encoded_rows(size_t numbers);
size_t pg_decoded_rows(size_t numbers);

/* The length of a side after so many halvings, rounded up each time. */
int pg_depth_side(int side, int halvings);

#endif
