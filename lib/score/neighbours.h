/* Exact nearest neighbours by brute force, blocked for the caches. */
#ifndef PG_SCORE_NEIGHBOURS_H
#define PG_SCORE_NEIGHBOURS_H

#include <stddef.h>
#include <stdint.h>

#include "pixelgan/status.h"

typedef struct pg_neighbour {
    float distance; /* squared Euclidean; infinite if there is no such neighbour */
    uint32_t index; /* of the reference */
} pg_neighbour;

/* References in the layout of the search: tiles x dim x lanes. */
typedef struct pg_neighbour_index {
    int dim;
    size_t count, tiles;
    float *packed;
} pg_neighbour_index;

/* count codes of dim components; count must be less than 2^32. */
pg_status pg_neighbour_index_init(pg_neighbour_index *index, const float *codes, size_t count,
                                  int dim, pg_error *err) PG_MUST_CHECK;
void pg_neighbour_index_free(pg_neighbour_index *index);

/* The k nearest references of each query, sorted by distance, then by index: count x k neighbours.
 */
pg_status pg_neighbour_search(const pg_neighbour_index *index, const float *queries, size_t count,
                              int k, pg_neighbour *neighbours, pg_error *err) PG_MUST_CHECK;

#endif
