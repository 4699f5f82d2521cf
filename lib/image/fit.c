#include <config.h>

#include "image/fit.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "image/picture.h"
#include "pixelgan/stream.h"

/* A part of an image, in pixels. */
typedef struct box {
    int top, left, height, width;
} box;

/* side * to / from, rounded, at least 1. */
static int scaled(int side, int to, int from)
{
    int64_t result = ((int64_t)side * to + from / 2) / from;
    return result < 1 ? 1 : (int)result;
}

static box centred(int height, int width, int of_height, int of_width)
{
    return (box){(of_height - height) / 2, (of_width - width) / 2, height, width};
}

/* Where the whole of the image goes in the new one, which it fills in one direction. */
static box inner_box(const pg_fitting *f, int height, int width)
{
    bool tall = (int64_t)height * f->width > (int64_t)width * f->height;
    int new_height = tall ? f->height : scaled(height, f->width, width);
    int new_width = tall ? scaled(width, f->height, height) : f->width;
    if (new_height > f->height) new_height = f->height;
    if (new_width > f->width) new_width = f->width;
    return centred(new_height, new_width, f->height, f->width);
}

/* The part of the image that has the new shape. */
static box cropped_box(const pg_fitting *f, int height, int width)
{
    bool tall = (int64_t)height * f->width > (int64_t)width * f->height;
    int kept_height = tall ? scaled(f->height, width, f->width) : height;
    int kept_width = tall ? width : scaled(f->width, height, f->height);
    if (kept_height > height) kept_height = height;
    if (kept_width > width) kept_width = width;
    return centred(kept_height, kept_width, height, width);
}

bool pg_fit_changes_shape(const pg_fitting *f, int height, int width)
{
    if (!f->height) return false;
    box inner = inner_box(f, height, width);
    return inner.height != f->height || inner.width != f->width;
}

/* Mean of the pixels at the edge. */
static void find_edge(const uint8_t *source, int height, int width, int channels, uint8_t *edge)
{
    uint64_t sums[PG_MAX_CHANNELS] = {0}, count = 0;
    for (int y = 0; y < height; y++) {
        int step = y == 0 || y == height - 1 || width == 1 ? 1 : width - 1;
        for (int x = 0; x < width; x += step, count++)
            for (int c = 0; c < channels; c++)
                sums[c] +=
                    source[((size_t)y * (size_t)width + (size_t)x) * (size_t)channels + (size_t)c];
    }
    for (int c = 0; c < channels; c++)
        edge[c] = (uint8_t)((sums[c] + count / 2) / count);
}

static void find_colour(const pg_fitting *f, const uint8_t *source, int height, int width,
                        int channels, uint8_t *colour)
{
    if (!f->has_background)
        find_edge(source, height, width, channels, colour);
    else if (channels == 3)
        memcpy(colour, f->background, 3);
    else
        memset(colour, pg_grey_of(f->background), (size_t)channels);
}

static void fill(const pg_fitting *f, int channels, const uint8_t *colour, uint8_t *result)
{
    size_t pixels = (size_t)f->height * (size_t)f->width;
    for (size_t i = 0; i < pixels; i++, result += channels)
        memcpy(result, colour, (size_t)channels);
}

void pg_pixels_fit(const pg_fitting *f, const uint8_t *source, int height, int width, int channels,
                   uint8_t *result, uint64_t *sums)
{
    uint8_t colour[PG_MAX_CHANNELS];
    box from = {0, 0, height, width}, to = {0, 0, f->height, f->width};
    size_t planes = (size_t)channels;
    if (f->fit == PG_FIT_CROP) from = cropped_box(f, height, width);
    if (f->fit == PG_FIT_PAD && pg_fit_changes_shape(f, height, width)) {
        to = inner_box(f, height, width);
        find_colour(f, source, height, width, channels, colour);
        fill(f, channels, colour, result);
    }
    pg_pixels_resize_part(source + ((size_t)from.top * (size_t)width + (size_t)from.left) * planes,
                          (size_t)width * planes, from.height, from.width, channels,
                          result + ((size_t)to.top * (size_t)f->width + (size_t)to.left) * planes,
                          (size_t)f->width * planes, to.height, to.width, sums);
}

pg_status pg_image_fit(pg_image *image, const pg_fitting *f, const char *name, pg_error *err)
{
    if (!f->height || (image->height == f->height && image->width == f->width)) return PG_OK;
    pg_image result;
    pg_status status = pg_image_init(&result, f->height, f->width, image->channels, err);
    if (status != PG_OK) return status;
    uint64_t *sums = pg_allocate((size_t)f->width * (size_t)image->channels, sizeof *sums);
    if (!sums) {
        pg_image_free(&result);
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory for a row of pixels", name);
    }
    pg_pixels_fit(f, image->pixels, image->height, image->width, image->channels, result.pixels,
                  sums);
    free(sums);
    pg_image_free(image);
    *image = result;
    return PG_OK;
}
