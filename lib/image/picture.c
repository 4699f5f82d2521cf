#include <config.h>

#include "image/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "image/samples.h"

enum { NEARLY_WHITE = 224 }; /* mean of what can be seen, from where on white would hide it */

void pg_picture_free(pg_picture *picture)
{
    pg_image_free(&picture->image);
    memset(picture, 0, sizeof *picture);
}

static pg_status out_of_memory(const char *name, pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory for a picture", name);
}

/* ---- Turning ---- */

/* Where pixel (y, x) of the upright picture comes from, in one of height x width. */
static size_t source_place(int orientation, size_t height, size_t width, size_t y, size_t x)
{
    size_t row = orientation >= 5 ? x : y, column = orientation >= 5 ? y : x;
    bool rows_turned = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    bool columns_turned =
        orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    if (rows_turned) row = height - 1 - row;
    if (columns_turned) column = width - 1 - column;
    return row * width + column;
}

pg_status pg_picture_turn(pg_picture *picture, const char *name, pg_error *err)
{
    pg_image *image = &picture->image;
    size_t height = (size_t)image->height, width = (size_t)image->width;
    size_t planes = (size_t)image->channels;
    int orientation = picture->orientation;
    if (orientation < 2 || orientation > 8) return PG_OK;
    bool transposed = orientation >= 5;
    size_t new_height = transposed ? width : height, new_width = transposed ? height : width;
    uint8_t *turned = malloc(height * width * planes), *to = turned;
    if (!turned) return out_of_memory(name, err);
    for (size_t y = 0; y < new_height; y++)
        for (size_t x = 0; x < new_width; x++, to += planes)
            memcpy(to, image->pixels + planes * source_place(orientation, height, width, y, x),
                   planes);
    free(image->pixels);
    image->pixels = turned;
    image->height = (int)new_height;
    image->width = (int)new_width;
    picture->orientation = 1;
    return PG_OK;
}

/* ---- Channels ---- */

static bool has_opacity(const pg_image *image)
{
    return image->channels == 2 || image->channels == 4;
}

uint8_t pg_grey_of(const uint8_t rgb[3])
{
    uint8_t grey;
    pg_pixels_to_grey(rgb, 1, &grey);
    return grey;
}

static void make_grey(pg_image *image, size_t pixels)
{
    const uint8_t *from = image->pixels;
    uint8_t *to = image->pixels;
    if (image->channels == 3) {
        pg_pixels_to_grey(from, pixels, to);
        image->channels = 1;
        return;
    }
    for (size_t i = 0; i < pixels; i++, from += 4, to += 2) {
        uint8_t opacity = from[3];
        to[0] = pg_grey_of(from);
        to[1] = opacity;
    }
    image->channels = 2;
}

static uint8_t *coloured(const pg_image *image, size_t pixels)
{
    size_t planes = (size_t)image->channels, bytes;
    const uint8_t *from = image->pixels;
    uint8_t *rgb = pg_size_multiply(pixels, planes + 2, &bytes) ? malloc(bytes) : NULL, *to = rgb;
    for (size_t i = 0; rgb && i < pixels; i++, from += planes, to += planes + 2) {
        to[0] = to[1] = to[2] = from[0];
        if (planes == 2) to[3] = from[1];
    }
    return rgb;
}

pg_status pg_picture_set_channels(pg_picture *picture, int channels, const char *name,
                                  pg_error *err)
{
    pg_image *image = &picture->image;
    size_t pixels = (size_t)image->height * (size_t)image->width;
    int colours = image->channels - has_opacity(image);
    if (colours == channels) return PG_OK;
    if (channels == 1) {
        make_grey(image, pixels);
        return PG_OK;
    }
    uint8_t *rgb = coloured(image, pixels);
    if (!rgb) return out_of_memory(name, err);
    free(image->pixels);
    image->pixels = rgb;
    image->channels += 2;
    return PG_OK;
}

/* ---- Background ---- */

/* Whether anything is transparent; *level is the mean grey of what can be seen. */
static bool look(const pg_image *image, size_t pixels, double *level)
{
    int planes = image->channels;
    uint64_t sum = 0, weight = 0;
    const uint8_t *pixel = image->pixels;
    for (size_t i = 0; i < pixels; i++, pixel += planes) {
        uint8_t opacity = pixel[planes - 1];
        sum += (uint64_t)opacity * (planes == 2 ? pixel[0] : pg_grey_of(pixel));
        weight += opacity;
    }
    *level = weight ? (double)sum / (double)weight : 0;
    return weight < 255 * (uint64_t)pixels;
}

static void lay(pg_image *image, size_t pixels, const uint8_t background[3])
{
    int planes = image->channels, channels = planes - 1;
    const uint8_t *in = image->pixels;
    uint8_t *out = image->pixels, grey = pg_grey_of(background);
    for (size_t i = 0; i < pixels; i++, in += planes, out += channels) {
        uint8_t opacity = in[channels];
        for (int c = 0; c < channels; c++)
            out[c] = pg_sample_on(in[c], opacity, channels == 1 ? grey : background[c]);
    }
    image->channels = channels;
}

pg_laid_on pg_picture_flatten(pg_picture *picture, const uint8_t background[3])
{
    static const uint8_t white[3] = {255, 255, 255}, black[3] = {0, 0, 0};
    pg_image *image = &picture->image;
    size_t pixels = (size_t)image->height * (size_t)image->width;
    double level;
    if (!has_opacity(image)) return PG_LAID_ON_NOTHING;
    bool transparent = look(image, pixels, &level), hidden = level >= NEARLY_WHITE;
    lay(image, pixels, background ? background : hidden ? black : white);
    if (!transparent) return PG_LAID_ON_NOTHING;
    return !background && hidden ? PG_LAID_ON_BLACK : PG_LAID_ON_WHITE;
}

/* ---- Input ---- */

pg_status pg_picture_slurp(const pg_picture_input *input, size_t most, uint8_t **bytes,
                           size_t *count, pg_error *err)
{
    size_t room = 0, shown;
    const uint8_t *next;
    *bytes = NULL;
    *count = 0;
    while (*count < most && (shown = input->peek(input->context, &next)) > 0) {
        if (shown > most - *count) shown = most - *count;
        if (*count + shown > room) {
            room = *count + shown + *count / 2;
            uint8_t *larger = realloc(*bytes, room);
            if (!larger) {
                free(*bytes);
                *bytes = NULL;
                return out_of_memory(input->name, err);
            }
            *bytes = larger;
        }
        memcpy(*bytes + *count, next, shown);
        *count += shown;
        input->take(input->context, shown);
    }
    return PG_OK;
}
