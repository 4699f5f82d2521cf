#include <config.h>

#include "pixelgan/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "image/rows.h"
#include "stream/schema.h"

enum { FIRST_BYTES = 1 << 20 }; /* of an image that is read, taken before a row has come */

pg_status pg_image_init(pg_image *image, int height, int width, int channels, pg_error *err)
{
    memset(image, 0, sizeof *image);
    if (height < 1 || width < 1 || height > PG_IMAGE_MAX_SIDE || width > PG_IMAGE_MAX_SIDE)
        return pg_fail(err, PG_ERR_LIMIT, "image: %dx%d pixels, sides must be 1 to %d", height,
                       width, PG_IMAGE_MAX_SIDE);
    if (channels != 1 && channels != 3)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "image: %d channels, pictures have 1 (grey) or 3 (RGB)", channels);
    size_t pixels, bytes;
    if (!pg_size_multiply((size_t)height, (size_t)width, &pixels) ||
        !pg_size_multiply(pixels, (size_t)channels, &bytes))
        return pg_fail(err, PG_ERR_LIMIT, "image: %dx%d pixels overflow memory", height, width);
    /* calloc rather than pg_allocate: pages that a truncated file never fills stay untouched. */
    image->pixels = calloc(bytes, 1);
    if (!image->pixels)
        return pg_fail(err, PG_ERR_MEMORY, "image: out of memory for %dx%d pixels", height, width);
    image->height = height;
    image->width = width;
    image->channels = channels;
    return PG_OK;
}

pg_status pg_image_begin(pg_image *image, const char *name, int64_t height, int64_t width,
                         int channels, pg_error *err)
{
    memset(image, 0, sizeof *image);
    pg_status status = pg_shape_check(name, height, width, channels, true, err);
    if (status != PG_OK) return status;
    image->height = (int)height;
    image->width = (int)width;
    image->channels = channels;
    return PG_OK;
}

/* Room for at least one row more than `filled`, half as many again, but no more than there are. */
static size_t next_room(const pg_image *image, size_t filled, size_t stride)
{
    size_t height = (size_t)image->height, room = filled + filled / 2 + FIRST_BYTES / stride + 1;
    return room < height ? room : height;
}

pg_status pg_image_grow(pg_image *image, const char *name, size_t filled, size_t *room,
                        pg_error *err)
{
    size_t stride = (size_t)image->width * (size_t)image->channels;
    if (filled < *room) return PG_OK;
    size_t larger = next_room(image, filled, stride);
    uint8_t *pixels = realloc(image->pixels, larger * stride);
    if (!pixels)
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory for an image of %d x %d pixels", name,
                       image->height, image->width);
    image->pixels = pixels;
    *room = larger;
    return PG_OK;
}

void pg_image_free(pg_image *image)
{
    if (!image) return;
    free(image->pixels);
    memset(image, 0, sizeof *image);
}

void pg_image_to_grey(pg_image *image)
{
    if (image->channels != 3) return;
    size_t pixels = (size_t)image->height * (size_t)image->width;
    pg_pixels_to_grey(image->pixels, pixels, image->pixels);
    image->channels = 1;
}

/* Luma of ITU-R BT.601, in 1/65536: 0.299 R + 0.587 G + 0.114 B, rounded. */
void pg_pixels_to_grey(const uint8_t *rgb, size_t pixels, uint8_t *grey)
{
    for (size_t i = 0; i < pixels; i++, rgb += 3)
        grey[i] = (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}
