#include "train/augment.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* From a pixel of the result, relative to the centre, to one of the source. */
typedef struct affine {
    float xx, xy, x0;
    float yx, yy, y0;
} affine;

size_t pg_augment_workspace(int height, int width, int channels)
{
    return (size_t)(height + 2) * (width + 2) * channels;
}

static double symmetric(gsl_rng *rng, double range)
{
    return range * (2 * gsl_rng_uniform(rng) - 1);
}

static affine draw_affine(const pg_augment *augment, gsl_rng *rng)
{
    const pg_warp_range *range = &augment->range;
    double angle = symmetric(rng, range->rotate) * M_PI / 180, shear = symmetric(rng, range->shear);
    double zoom_x = exp(symmetric(rng, range->zoom)), zoom_y = exp(symmetric(rng, range->zoom));
    double shift_x = symmetric(rng, range->shift), shift_y = symmetric(rng, range->shift);
    double c = cos(angle), s = sin(angle);
    double centre_x = (augment->width - 1) / 2.0, centre_y = (augment->height - 1) / 2.0;
    double xx = c * zoom_x, xy = (c * shear - s) * zoom_y;
    double yx = s * zoom_x, yy = (s * shear + c) * zoom_y;
    return (affine){
        .xx = xx,
        .xy = xy,
        .x0 = centre_x + shift_x - xx * centre_x - xy * centre_y,
        .yx = yx,
        .yy = yy,
        .y0 = centre_y + shift_y - yx * centre_x - yy * centre_y,
    };
}

/* Repeats the outermost pixels in the border. */
static void replicate_edges(const pg_augment *augment)
{
    size_t channels = augment->channels, row = augment->width * channels,
           pitch = row + 2 * channels;
    float *first = augment->bordered + pitch;
    for (float *line = first; line < first + augment->height * pitch; line += pitch) {
        memcpy(line, line + channels, channels * sizeof *line);
        memcpy(line + channels + row, line + row, channels * sizeof *line);
    }
    float *last = first + (augment->height - 1) * pitch;
    memcpy(augment->bordered, first, pitch * sizeof *first);
    memcpy(last + pitch, last, pitch * sizeof *last);
}

/* The image as floats inside a border of one pixel. */
static void fill_bordered(const pg_augment *augment, const uint8_t *bytes)
{
    size_t row = (size_t)augment->width * augment->channels;
    size_t pitch = row + 2 * augment->channels;
    float *to = augment->bordered + pitch + augment->channels;
    for (int y = 0; y < augment->height; y++, to += pitch, bytes += row)
        for (size_t i = 0; i < row; i++)
            to[i] = bytes[i] * (1 / 255.0f);
    if (augment->replicate) replicate_edges(augment);
}

static float clamp(float value, float least, float most)
{
    return value < least ? least : value > most ? most : value;
}

/* Bilinear interpolation; what lies outside is as the border. */
static void sample_row(const pg_augment *augment, const affine *a, int y, float *to)
{
    int channels = augment->channels;
    size_t pitch = (size_t)(augment->width + 2) * channels;
    float right = augment->width + 1 - 1e-3f, bottom = augment->height + 1 - 1e-3f;
    for (int x = 0; x < augment->width; x++) {
        float sx = clamp(a->xx * x + a->xy * y + a->x0 + 1, 0, right);
        float sy = clamp(a->yx * x + a->yy * y + a->y0 + 1, 0, bottom);
        int left = (int)sx, top = (int)sy;
        float fx = sx - left, fy = sy - top;
        const float *p = augment->bordered + top * pitch + (size_t)left * channels;
        for (int c = 0; c < channels; c++, p++) {
            float upper = p[0] + fx * (p[channels] - p[0]);
            float lower = p[pitch] + fx * (p[pitch + channels] - p[pitch]);
            *to++ = upper + fy * (lower - upper);
        }
    }
}

static bool warps(const pg_warp_range *range)
{
    return range->shift || range->rotate || range->shear || range->zoom;
}

void pg_augment_image(const pg_augment *augment, gsl_rng *rng, const uint8_t *bytes, float *image)
{
    size_t row = (size_t)augment->width * augment->channels, count = row * augment->height;
    if (warps(&augment->range)) {
        affine a = draw_affine(augment, rng);
        fill_bordered(augment, bytes);
        for (int y = 0; y < augment->height; y++)
            sample_row(augment, &a, y, image + y * row);
    } else {
        for (size_t i = 0; i < count; i++)
            image[i] = bytes[i] * (1 / 255.0f);
    }
    pg_shift_gain with = pg_normalize_find(augment->normalize, augment->parameters, image);
    if (augment->noise > 0)
        for (size_t i = 0; i < count; i++)
            image[i] += gsl_ran_gaussian_ziggurat(rng, augment->noise);
    pg_normalize_apply(augment->normalize, &with, image);
}
