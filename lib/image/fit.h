/* An image of any shape in one of a given shape. */
#ifndef PG_IMAGE_FIT_H
#define PG_IMAGE_FIT_H

#include "pixelgan/image.h"

typedef struct pg_fitting {
    int height, width; /* to become; 0: as it is */
    pg_fit fit;
    bool has_background;   /* to pad with; else the mean of the image's edge is taken */
    uint8_t background[3]; /* RGB */
} pg_fitting;

/* Area averaging of a part of an image into a part of another one; strides are bytes of a row. */
void pg_pixels_resize_part(const uint8_t *source, size_t stride, int height, int width,
                           int channels, uint8_t *result, size_t result_stride, int new_height,
                           int new_width, uint64_t *sums);

/* True where height x width does not scale to the new shape by itself: there will be padding, a
 * part is cut off, or it is distorted. */
bool pg_fit_changes_shape(const pg_fitting *fitting, int height, int width);

/* height x width x channels to fitting->height x fitting->width x channels; sums is scratch for
 * fitting->width x channels numbers. */
void pg_pixels_fit(const pg_fitting *fitting, const uint8_t *source, int height, int width,
                   int channels, uint8_t *result, uint64_t *sums);

/* The same for a whole image, which is replaced; nothing where it has that shape. */
pg_status pg_image_fit(pg_image *image, const pg_fitting *fitting, const char *name,
                       pg_error *err) PG_MUST_CHECK;

#endif
