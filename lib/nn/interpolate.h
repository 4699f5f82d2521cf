/* Bilinear interpolation between the centres of square cells, as a forward and backward pair.
 *
 * A coarse map, coarse_height x coarse_width x channels, covers an image so that each number stands
 * for cell x cell pixels. Beyond the outermost centres the values are constant. The result is
 * linear in the map.
 */
#ifndef PG_NN_INTERPOLATE_H
#define PG_NN_INTERPOLATE_H

#include <stddef.h>

typedef struct pg_interpolation {
    int height, width, channels; /* of the image */
    int cell;                    /* pixels of its side */
} pg_interpolation;

static inline int pg_interpolation_cells(int side, int cell)
{
    return (side + cell - 1) / cell;
}

/* Size of the coarse map and of one of its rows, in numbers. */
size_t pg_interpolation_size(const pg_interpolation *p);
size_t pg_interpolation_row(const pg_interpolation *p);

/* Computes fine (height x width x channels) from coarse. row is scratch space for a coarse row. */
void pg_interpolate(const pg_interpolation *p, const float *coarse, float *row, float *fine);

/* Computes dcoarse from dfine. */
void pg_interpolate_backward(const pg_interpolation *p, const float *dfine, float *row,
                             float *dcoarse);

#endif
