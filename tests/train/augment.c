/* Warps: of the size that is asked for, and none where none is. */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "train/augment.h"

enum { SIDE = 48, PIXELS = SIDE * SIDE, SLOPE = 5, IMAGES = 400 };

typedef struct setting {
    pg_normalize normalize;
    pg_parameters parameters;
    pg_augment augment;
    gsl_rng *rng;
    uint8_t ramp[PIXELS]; /* grows by SLOPE a pixel to the right */
    float image[PIXELS];
} setting;

static void begin(setting *s)
{
    memset(s, 0, sizeof *s);
    s->normalize.kind = PG_NORMALIZE_NONE;
    s->augment = (pg_augment){.height = SIDE,
                              .width = SIDE,
                              .channels = 1,
                              .replicate = true,
                              .normalize = &s->normalize,
                              .parameters = &s->parameters};
    s->augment.bordered = calloc(pg_augment_workspace(SIDE, SIDE, 1), sizeof(float));
    s->rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!s->augment.bordered || !s->rng) bail_out("out of memory");
    pg_augment_prepare(&s->augment);
    for (int i = 0; i < PIXELS; i++)
        s->ramp[i] = (uint8_t)(SLOPE * (i % SIDE));
}

static void end(setting *s)
{
    free(s->augment.bordered);
    gsl_rng_free(s->rng);
}

static void warp(setting *s)
{
    pg_augment_image(&s->augment, s->rng, s->ramp, s->image);
}

/* How far to the right the colour of that pixel comes from. */
static double displacement(const setting *s, int pixel)
{
    return (s->image[pixel] * 255 - s->ramp[pixel]) / SLOPE;
}

static double largest_displacement(const setting *s)
{
    double largest = 0;
    for (int i = 0; i < PIXELS; i++)
        largest = worse_of(largest, fabs(displacement(s, i)));
    return largest;
}

/* What training sees of an image as it is has the bits that an encoder in use sees: byte/255. */
static void test_scale(setting *s)
{
    uint8_t bytes[PIXELS];
    int differ = 0;
    s->augment.range = (pg_warp_range){0};
    for (int first = 0; first < 256; first += 128) {
        for (int i = 0; i < PIXELS; i++)
            bytes[i] = (uint8_t)(first + i % 128);
        pg_augment_image(&s->augment, s->rng, bytes, s->image);
        for (int i = 0; i < PIXELS; i++)
            differ += s->image[i] != bytes[i] / 255.0f;
    }
    is_int(differ, 0, "every byte is seen as byte/255, exactly");
}

static void test_elastic(setting *s)
{
    double squares = 0, steps = 0;
    int counted = 0;
    s->augment.range = (pg_warp_range){.elastic = 1.5 / SIDE};
    for (int n = 0; n < IMAGES; n++) {
        warp(s);
        for (int y = 0; y < SIDE; y++)
            for (int x = 8; x < SIDE - 9; x++, counted++) {
                int pixel = y * SIDE + x;
                squares += pow(displacement(s, pixel), 2);
                steps += pow(displacement(s, pixel + 1) - displacement(s, pixel), 2);
            }
    }
    is_close(sqrt(squares / counted), 1.5, 0.08, "displacements have the s.d. asked for");
    ok(sqrt(steps / counted) < 0.25, "and are smooth: s.d. of a step %g", sqrt(steps / counted));
}

static void test_spared(setting *s)
{
    s->augment.range = (pg_warp_range){.elastic = 3.0 / SIDE};
    warp(s);
    ok(largest_displacement(s) > 1, "an image is warped");
    s->augment.range = (pg_warp_range){.zoom = 1e-9};
    warp(s);
    is_close(largest_displacement(s), 0, 1e-3, "the next one that is not keeps nothing of that");
    s->augment.range = (pg_warp_range){0};
    warp(s);
    is_close(largest_displacement(s), 0, 1e-5, "no warp, the image itself");
}

static void test_erase(setting *s)
{
    int most = 0, misfits = 0;
    double share = 0;
    s->augment.range = (pg_warp_range){.erase = 0.5};
    for (int n = 0; n < IMAGES; n++) {
        int changed = 0, colour = -1;
        warp(s);
        for (int i = 0; i < PIXELS; i++) {
            if (fabs(displacement(s, i)) < 0.01) continue;
            int here = (int)lrintf(s->image[i] * 255);
            if (colour >= 0 && here != colour) misfits++;
            colour = here;
            changed++;
        }
        most = changed > most ? changed : most;
        share += (double)changed / PIXELS / IMAGES;
    }
    is_int(misfits, 0, "what is erased has one colour");
    ok(most <= 0.27 * PIXELS && most > 0.2 * PIXELS, "at most a quarter is erased: %g",
       (double)most / PIXELS);
    /* The mean square of a uniform part is 1/12; at the edges some of it lies outside. */
    ok(share > 0.05 && share < 1.0 / 12, "on average %g", share);
}

/* ---- Other sizes ---- */

/* How far the colour of a pixel comes from, to the right or down, over many images: the farthest.
 * Their colours grow evenly in that direction. */
static double farthest(int height, int width, const pg_warp_range *range, int y, int x, bool down)
{
    pg_normalize none = {.kind = PG_NORMALIZE_NONE};
    pg_parameters p = {0};
    size_t pixels = (size_t)height * width;
    float *bordered = calloc(pg_augment_workspace(height, width, 1), sizeof *bordered);
    float *image = calloc(pixels, sizeof *image);
    uint8_t *ramp = calloc(pixels, 1);
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!bordered || !image || !ramp || !rng) bail_out("out of memory");
    pg_augment augment = {height, width, 1, *range, true, 0, &none, &p, bordered};
    pg_augment_prepare(&augment);
    for (size_t i = 0; i < pixels; i++)
        ramp[i] = (uint8_t)(2 * (down ? i / width : i % width));
    double most = 0;
    for (int n = 0; n < IMAGES; n++) {
        pg_augment_image(&augment, rng, ramp, image);
        most = fmax(most, fabs(image[y * width + x] * 255 / 2 - (down ? y : x)));
    }
    free(bordered);
    free(image);
    free(ramp);
    gsl_rng_free(rng);
    return most;
}

static void test_sides(void)
{
    const pg_warp_range shift = {.shift = 0.1}, turn = {.rotate = 30}, shear = {.shear = 0.4};
    is_close(farthest(28, 28, &shift, 14, 14, false), 2.8, 0.1, "a tenth of 28 pixels");
    is_close(farthest(100, 100, &shift, 50, 50, false), 10, 0.3, "a tenth of 100 pixels");
    is_close(farthest(20, 100, &shift, 10, 50, false), 10, 0.3, "a tenth of the width to the side");
    is_close(farthest(20, 100, &shift, 10, 50, true), 2, 0.1, "a tenth of the height up and down");
    is_close(farthest(20, 20, &turn, 10, 18, true), 8.5 * sin(M_PI / 6), 0.7,
             "turned by 30 degrees");
    is_close(farthest(20, 100, &turn, 10, 90, true), 40.5 * sin(M_PI / 30), 0.7,
             "a long image by a fifth of that");
    is_close(farthest(20, 20, &shear, 18, 10, false), 0.4 * 8.5, 0.3, "sheared by 0.4");
    is_close(farthest(100, 20, &shear, 90, 10, false), 0.08 * 40.5, 0.3, "a high image by a fifth");
}

/* Lines and single pixels are warped to something of their own colours. */
static void test_lines(void)
{
    static const int sides[][2] = {{1, 1}, {1, 40}, {40, 1}, {2, 3}, {4, 4}};
    const pg_warp_range all = {2.0 / 28, 15, 0.3, 0.1, 0.5 / 28, 0.5};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        double most = farthest(sides[i][0], sides[i][1], &all, sides[i][0] / 2, sides[i][1] / 2,
                               sides[i][0] > sides[i][1]);
        ok(most >= 0 && most <= 40, "%dx%d: a pixel comes from %g pixels off at most", sides[i][0],
           sides[i][1], most);
    }
}

/* Of images of four bytes. */
static double contrast(uint8_t *images, size_t count)
{
    const pg_records records = {
        .schema = {.height = 2, .width = 2, .channels = 1}, .count = count, .image = images};
    return pg_augment_contrast(&records);
}

static void test_contrast(void)
{
    uint8_t flat[4] = {9, 9, 9, 9}, images[8] = {0, 255, 0, 255, 7, 7, 7, 7};
    is_close(contrast(flat, 1), 0, 0, "a flat image has no contrast");
    is_close(contrast(images, 1), 0.5, 1e-12, "black and white have a half");
    is_close(contrast(images, 2), 0.25, 1e-12, "the mean is over images");
    is_close(contrast(images, 0), 0, 0, "no images, no contrast");
}

int main(void)
{
    setting s;
    test_contrast();
    begin(&s);
    test_scale(&s);
    test_elastic(&s);
    test_spared(&s);
    test_erase(&s);
    test_sides();
    test_lines();
    end(&s);
    return done_testing();
}
