#include "train/augment.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "pixelgan/stream.h"

/* From a pixel of the result, relative to the centre, to one of the source. */
typedef struct affine {
    float xx, xy, x0;
    float yx, yy, y0;
} affine;

/* ---- Elastic displacements: cubic B-splines over a grid of knots on the image ---- */

enum { CELLS = 4, KNOTS = CELLS + 3 }; /* a cell is a quarter of the image's side */

/* The part of the workspace that is not the bordered image. */
typedef struct bend {
    float *columns, *rows; /* KNOTS x width, KNOTS x height: the splines' values */
    float *across[2];      /* KNOTS x width: displacements in x, then y, splined along rows */
    float *line[2];        /* width: the same of one row of the image */
} bend;

static size_t bordered_size(int height, int width, int channels)
{
    return (size_t)(height + 2) * (width + 2) * channels;
}

size_t pg_augment_workspace(int height, int width, int channels)
{
    return bordered_size(height, width, channels) + (size_t)KNOTS * (3 * width + height) +
           2 * (size_t)width;
}

static bend find_bend(const pg_augment *a)
{
    size_t row = a->width, grid = KNOTS * row;
    float *at = a->bordered + bordered_size(a->height, a->width, a->channels);
    float *across = at + grid + (size_t)KNOTS * a->height, *line = across + 2 * grid;
    return (bend){at, at + grid, {across, across + grid}, {line, line + row}};
}

/* Values of the uniform cubic B-splines at the centres of `size` pixels. */
static void fill_splines(int size, float *values)
{
    for (int i = 0; i < size; i++) {
        double at = (i + 0.5) / size * CELLS;
        int cell = (int)at;
        double t = at - cell, u = 1 - t;
        const double weight[] = {u * u * u / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
                                 (3 * u * u * u - 6 * u * u + 4) / 6, t * t * t / 6};
        for (int k = 0; k < 4; k++)
            values[(cell + k) * size + i] = weight[k];
    }
}

void pg_augment_prepare(pg_augment *augment)
{
    bend b = find_bend(augment);
    fill_splines(augment->width, b.columns);
    fill_splines(augment->height, b.rows);
}

/* Mean over t of the sum of squares of the four weights is 151/315, each way: what the
 * displacement of a knot must be multiplied with, to give one of a pixel its s.d. */
static const double knot_gain = 315.0 / 151;

static void add_scaled(int count, float scale, const float *values, float *sum)
{
    for (int i = 0; i < count; i++)
        sum[i] += scale * values[i];
}

static int shorter_side(const pg_augment *augment)
{
    return augment->height < augment->width ? augment->height : augment->width;
}

static void draw_bend(const pg_augment *augment, const bend *b, gsl_rng *rng)
{
    int width = augment->width;
    double deviation = knot_gain * (augment->range.elastic * shorter_side(augment));
    memset(b->across[0], 0, 2 * (size_t)KNOTS * width * sizeof(float));
    if (!augment->range.elastic) return;
    for (int axis = 0; axis < 2; axis++)
        for (int j = 0; j < KNOTS; j++)
            for (int i = 0; i < KNOTS; i++)
                add_scaled(width, gsl_ran_gaussian_ziggurat(rng, deviation), b->columns + i * width,
                           b->across[axis] + j * width);
}

/* Displacements of row y into the two lines. */
static void bend_row(const pg_augment *augment, const bend *b, int y)
{
    int width = augment->width;
    for (int axis = 0; axis < 2; axis++) {
        memset(b->line[axis], 0, width * sizeof(float));
        for (int j = 0; j < KNOTS; j++)
            add_scaled(width, b->rows[j * augment->height + y], b->across[axis] + j * width,
                       b->line[axis]);
    }
}

/* ---- Affine warps ---- */

static double symmetric(gsl_rng *rng, double range)
{
    return range * (2 * gsl_rng_uniform(rng) - 1);
}

static int longer_side(const pg_augment *augment)
{
    return augment->height > augment->width ? augment->height : augment->width;
}

static affine draw_affine(const pg_augment *augment, gsl_rng *rng)
{
    const pg_warp_range *range = &augment->range;
    double shorter = shorter_side(augment), turn = shorter / longer_side(augment);
    double angle = symmetric(rng, range->rotate) * turn * M_PI / 180;
    double shear = symmetric(rng, range->shear) * (shorter / augment->height);
    double zoom_x = exp(symmetric(rng, range->zoom)), zoom_y = exp(symmetric(rng, range->zoom));
    double shift_x = symmetric(rng, range->shift * augment->width);
    double shift_y = symmetric(rng, range->shift * augment->height);
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

/* ---- The image ---- */

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
        pg_normalize_scale(row, bytes, to);
    if (augment->replicate) replicate_edges(augment);
}

static float clamp(float value, float least, float most)
{
    return value < least ? least : value > most ? most : value;
}

/* Bilinear interpolation; what lies outside is as the border. */
static void sample_row(const pg_augment *augment, const affine *a, const bend *b, int y, float *to)
{
    int channels = augment->channels;
    size_t pitch = (size_t)(augment->width + 2) * channels;
    float right = augment->width + 1 - 1e-3f, bottom = augment->height + 1 - 1e-3f;
    for (int x = 0; x < augment->width; x++) {
        float sx = clamp(a->xx * x + a->xy * y + a->x0 + 1 + b->line[0][x], 0, right);
        float sy = clamp(a->yx * x + a->yy * y + a->y0 + 1 + b->line[1][x], 0, bottom);
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

/* The part of 0..size that an interval of that length around a random centre covers. */
static void draw_interval(gsl_rng *rng, double length, int size, int *begin, int *end)
{
    double centre = gsl_rng_uniform(rng) * size;
    *begin = (int)fmax(centre - length / 2 + 0.5, 0);
    *end = (int)fmin(centre + length / 2 + 0.5, size);
}

static void erase(const pg_augment *augment, gsl_rng *rng, float *image)
{
    int channels = augment->channels, top, bottom, left, right;
    double part = gsl_rng_uniform(rng) * augment->range.erase;
    size_t pixel = gsl_rng_uniform_int(rng, (unsigned long)augment->height * augment->width);
    float fill[PG_MAX_CHANNELS];
    memcpy(fill, image + pixel * channels, channels * sizeof *fill);
    draw_interval(rng, part * augment->height, augment->height, &top, &bottom);
    draw_interval(rng, part * augment->width, augment->width, &left, &right);
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            memcpy(image + ((size_t)y * augment->width + x) * channels, fill,
                   channels * sizeof *fill);
}

double pg_augment_contrast(const pg_records *images)
{
    size_t size = pg_schema_image_size(&images->schema), count = images->count;
    double total = 0;
    for (size_t n = 0; n < count; n++) {
        const uint8_t *image = pg_records_image(images, n);
        uint64_t sum = 0, squares = 0; /* of bytes: exact */
        for (size_t i = 0; i < size; i++) {
            sum += image[i];
            squares += (uint64_t)image[i] * image[i];
        }
        double mean = (double)sum / (double)size;
        total += sqrt(fmax((double)squares / (double)size - mean * mean, 0));
    }
    return count ? total / (double)count / 255 : 0;
}

static bool warps(const pg_warp_range *range)
{
    return range->shift || range->rotate || range->shear || range->zoom || range->elastic;
}

void pg_augment_image(const pg_augment *augment, gsl_rng *rng, const uint8_t *bytes, float *image)
{
    size_t row = (size_t)augment->width * augment->channels, count = row * augment->height;
    if (warps(&augment->range)) {
        affine a = draw_affine(augment, rng);
        bend b = find_bend(augment);
        fill_bordered(augment, bytes);
        draw_bend(augment, &b, rng);
        for (int y = 0; y < augment->height; y++) {
            bend_row(augment, &b, y);
            sample_row(augment, &a, &b, y, image + y * row);
        }
    } else {
        pg_normalize_scale(count, bytes, image);
    }
    if (augment->range.erase > 0) erase(augment, rng, image);
    pg_shift_gain with = pg_normalize_find(augment->normalize, augment->parameters, image);
    if (augment->noise > 0)
        for (size_t i = 0; i < count; i++)
            image[i] += gsl_ran_gaussian_ziggurat(rng, augment->noise);
    pg_normalize_apply(augment->normalize, &with, image);
}
