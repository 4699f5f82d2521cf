/* The noise of the universal-approximator posterior: what the encoder sees.
 *
 * A random warp of the image, affine and elastic, and Gaussian noise on its pixels, then the
 * normalisation; the decoder's target stays as it was. Source of the idea that the noise may
 * enter at the input: Makhzani et al. 2015, sec. 2; of elastic warps: Simard, Steinkraus & Platt
 * 2003, sec. 2. Here the displacements are a cubic spline through few random ones. A square of
 * random size is erased: filled with the colour of a random pixel (DeVries & Taylor 2017, sec. 3).
 */
#ifndef PG_TRAIN_AUGMENT_H
#define PG_TRAIN_AUGMENT_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/normalize.h"
#include "pixelgan/stream.h"

/* Parts of the image's sides, so that images of any size are warped alike. Where the sides differ,
 * rotation and shear are as much less as keeps pixels from going farther than in a square of the
 * shorter side. */
typedef struct pg_warp_range {
    double shift;   /* each way: part of the width to the side, of the height up and down */
    double rotate;  /* degrees */
    double shear;   /* ratio */
    double zoom;    /* log ratio */
    double elastic; /* s.d. of smooth displacements, part of the shorter side */
    double erase;   /* part of each side that an erased rectangle covers, up to */
} pg_warp_range;

typedef struct pg_augment {
    int height, width, channels;
    pg_warp_range range;
    bool replicate; /* the edge's pixels go on outside; else it is black there */
    double noise;   /* s.d. on the 0..1 scale */
    const pg_normalize *normalize;
    const pg_parameters *parameters; /* with its statistics */
    float *bordered;                 /* workspace of pg_augment_workspace floats, one a worker */
} pg_augment;

/* Mean over images of the standard deviation of their bytes, on the 0..1 scale. */
double pg_augment_contrast(const pg_records *images);

size_t pg_augment_workspace(int height, int width, int channels);

/* Call once the workspace, all zero, is there. */
void pg_augment_prepare(pg_augment *augment);

/* Writes height x width x channels floats. Noise keeps its scale: it is normalised with the image,
 * by what the image without it calls for. */
void pg_augment_image(const pg_augment *augment, gsl_rng *rng, const uint8_t *bytes, float *image);

#endif
