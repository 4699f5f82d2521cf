/* Augmentation: the noise of the universal-approximator posterior, at the encoder's input.
 *
 * It consists of a random warp of the image, affine and elastic, Gaussian noise on the pixels, and
 * the normalisation. The decoder's target is unchanged. Adding the noise at the input follows
 * Makhzani et al. 2015, sec. 2; elastic warps follow Simard, Steinkraus & Platt 2003, sec. 2, with
 * displacements from a cubic spline through a few random ones. A rectangle of random size is
 * erased, that is, filled with the colour of a random pixel (DeVries & Taylor 2017, sec. 3).
 */
#ifndef PG_TRAIN_AUGMENT_H
#define PG_TRAIN_AUGMENT_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/normalize.h"
#include "pixelgan/stream.h"

/* Lengths are fractions of the image's sides, so that images of any size are warped alike. If the
 * sides differ, rotation and shear are reduced, so that no pixel moves farther than in a square of
 * the shorter side. */
typedef struct pg_warp_range {
    double shift;   /* in each direction, fraction of the width or of the height */
    double rotate;  /* degrees */
    double shear;   /* ratio */
    double zoom;    /* log ratio */
    double elastic; /* s.d. of smooth displacements, fraction of the shorter side */
    double erase;   /* largest fraction of each side that an erased rectangle covers */
} pg_warp_range;

typedef struct pg_augment {
    int height, width, channels;
    pg_warp_range range;
    bool replicate; /* outside the image, repeat its edge pixels; else black */
    double noise;   /* s.d. on the 0..1 scale */
    const pg_normalize *normalize;
    const pg_parameters *parameters; /* with the statistics of normalize */
    float *bordered;                 /* workspace of pg_augment_workspace floats, per worker */
} pg_augment;

/* The standard deviation of the bytes of an image, on the 0..1 scale, averaged over the images. */
double pg_augment_contrast(const pg_records *images);

size_t pg_augment_workspace(int height, int width, int channels);

/* Call this after allocating the workspace, zeroed. */
void pg_augment_prepare(pg_augment *augment);

/* Writes height x width x channels floats. The noise is normalised together with the image, but the
 * normalisation is that of the image without noise, so that the noise keeps its scale. */
void pg_augment_image(const pg_augment *augment, gsl_rng *rng, const uint8_t *bytes, float *image);

#endif
