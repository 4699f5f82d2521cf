/* What is done to an image before it is encoded, in training and after: y = (x - shift) * gain.
 *
 * x is byte/255. Statistics of the training set are parameters without gradient.
 */
#ifndef PG_MODEL_NORMALIZE_H
#define PG_MODEL_NORMALIZE_H

#include <stdint.h>

#include "model/parameters.h"
#include "pixelgan/model.h"
#include "pixelgan/stream.h"

/* Indices of the statistics, a number a channel each; where kind is mean or standard. */
typedef struct pg_normalize {
    pg_normalize_kind kind;
    size_t pixels;
    int channels;
    int mean, deviation;
} pg_normalize;

/* What auto stands for: contrast for categories where a pixel has levels (how bright such an image
 * is says little of what it shows), none for other codes, which have to tell it, and for black and
 * white. */
pg_normalize_kind pg_normalize_resolve(const pg_config *config);

/* config's kind is any but auto. */
pg_status pg_normalize_declare(pg_normalize *normalize, const pg_config *config, pg_parameters *p,
                               pg_error *err) PG_MUST_CHECK;

/* Takes the statistics from the images. */
void pg_normalize_fit(const pg_normalize *normalize, pg_parameters *p, const pg_records *images);

/* What an image calls for. */
typedef struct pg_shift_gain {
    float shift[16], gain[16]; /* a channel */
} pg_shift_gain;

pg_shift_gain pg_normalize_find(const pg_normalize *normalize, const pg_parameters *p,
                                const float *image);
void pg_normalize_apply(const pg_normalize *normalize, const pg_shift_gain *with, float *image);

/* The scale that the encoder sees images on: byte/255. One function for training and applying. */
void pg_normalize_scale(size_t count, const uint8_t *bytes, float *x);

#endif
