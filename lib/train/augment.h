/* The noise of the universal-approximator posterior: what the encoder sees.
 *
 * A random affine warp of the image and Gaussian noise on its pixels; the
 * decoder's target stays as it was. Source of the idea that the noise may
 * enter at the input: Makhzani et al. 2015, sec. 2.
 */
#ifndef PG_TRAIN_AUGMENT_H
#define PG_TRAIN_AUGMENT_H

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

typedef struct pg_warp_range {
    double shift;  /* pixels, each way */
    double rotate; /* degrees */
    double shear;  /* ratio */
    double zoom;   /* log ratio */
} pg_warp_range;

typedef struct pg_augment {
    int height, width, channels;
    pg_warp_range range;
    double noise;    /* s.d. on the 0..1 scale */
    float *bordered; /* workspace of pg_augment_workspace floats, one a worker */
} pg_augment;

size_t pg_augment_workspace(int height, int width, int channels);

/* Writes height x width x channels floats in 0..1 plus noise. */
void pg_augment_image(const pg_augment *augment, gsl_rng *rng, const uint8_t *bytes, float *image);

#endif
