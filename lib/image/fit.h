/* Fits an image of any shape into a given shape. */
#ifndef PG_IMAGE_FIT_H
#define PG_IMAGE_FIT_H

#include "pixelgan/image.h"

typedef struct pg_fitting {
    int height, width; /* the new size; 0: unchanged */
    pg_fit fit;
    bool has_background;   /* colour of margins; else the mean of the image's edge */
    uint8_t background[3]; /* RGB */
} pg_fitting;

/* Resizes a part of an image into a part of another by area averaging. Strides are bytes per row.
 */
void pg_pixels_resize_part(const uint8_t *source, size_t stride, int height, int width,
                           int channels, uint8_t *result, size_t result_stride, int new_height,
                           int new_width, uint64_t *sums);

/* True if height x width has other proportions than the new shape, so that the image is padded,
 * cropped or distorted. */
bool pg_fit_changes_shape(const pg_fitting *fitting, int height, int width);

/* Fits height x width x channels into fitting->height x fitting->width x channels. sums is scratch
 * space for fitting->width x channels numbers. */
void pg_pixels_fit(const pg_fitting *fitting, const uint8_t *source, int height, int width,
                   int channels, uint8_t *result, uint64_t *sums);

/* The same for an image, which is replaced. Does nothing if it already has that shape. */
pg_status pg_image_fit(pg_image *image, const pg_fitting *fitting, const char *name,
                       pg_error *err) PG_MUST_CHECK;

#endif
