/* Normalises an image before it is encoded, in training and afterwards: y = (x - shift) * gain.
 *
 * x is byte/255. Statistics of the training set are parameters without gradient.
 */
#ifndef PG_MODEL_NORMALIZE_H
#define PG_MODEL_NORMALIZE_H

#include <stdint.h>

#include "model/parameters.h"
#include "pixelgan/model.h"
#include "pixelgan/stream.h"

/* mean and deviation are the indices of the statistics, with one number per channel, if kind is
 * mean or standard. */
typedef struct pg_normalize {
    pg_normalize_kind kind;
    size_t pixels;
    int channels;
    int mean, deviation;
} pg_normalize;

/* Resolves auto. It is contrast for categories of images whose pixels have levels, because the
 * brightness of such an image says little about what it shows. It is none for black and white
 * images, and for other codes, which must describe the brightness. */
pg_normalize_kind pg_normalize_resolve(const pg_config *config);

/* The kind in config must not be auto. */
pg_status pg_normalize_declare(pg_normalize *normalize, const pg_config *config, pg_parameters *p,
                               pg_error *err) PG_MUST_CHECK;

/* Computes the statistics of the images. */
void pg_normalize_fit(const pg_normalize *normalize, pg_parameters *p, const pg_records *images);

/* The normalisation of one image. */
typedef struct pg_shift_gain {
    float shift[16], gain[16]; /* per channel */
} pg_shift_gain;

pg_shift_gain pg_normalize_find(const pg_normalize *normalize, const pg_parameters *p,
                                const float *image);
void pg_normalize_apply(const pg_normalize *normalize, const pg_shift_gain *with, float *image);

/* Converts bytes to the scale of the encoder, byte/255. Training and applying share this function.
 */
void pg_normalize_scale(size_t count, const uint8_t *bytes, float *x);

#endif
