#include <config.h>

#include "pixelgan/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "image/canvas.h"
#include "pixelgan/stream.h"

enum {
    MIN_SIDE = 128,
    MAX_SIDE = 8192,
    COVER = 255, /* coverage of a pixel by one dot that fills it */
    MAX_SHOWN_LABELS = 4096,
    NO_LABEL = -1
};

static const pg_rgb white = {255, 255, 255}, ink = {40, 40, 40}, grid = {232, 232, 232},
                    axis = {190, 190, 190};

/* Sorted distinct labels; more than MAX_SHOWN_LABELS are not collected. */
typedef struct label_set {
    int32_t values[MAX_SHOWN_LABELS];
    int count;
} label_set;

/* Data to pixels: x = left + (v - x_low) * scale, y = bottom - (v - y_low) * scale. */
typedef struct frame {
    int left, top, width, height;
    int text; /* scale of the font */
    double x_low, y_low;
    double scale; /* pixels a unit, the same on both axes */
} frame;

/* What the dots did to each pixel of the plotting area, in integers, so that
 * the picture does not depend on the order of the points. */
typedef struct ink_map {
    uint64_t *cover;   /* height x width, sum of coverages */
    uint64_t *colours; /* height x width x 3, sum of coverage * colour */
    int height, width;
} ink_map;

/* ---- Labels ---- */

static int label_position(const label_set *set, int32_t label)
{
    int low = 0, high = set->count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (set->values[middle] < label)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void collect_label(label_set *set, int32_t label)
{
    int at = label_position(set, label);
    if (at < set->count && set->values[at] == label) return;
    if (set->count == MAX_SHOWN_LABELS) return;
    memmove(set->values + at + 1, set->values + at,
            (size_t)(set->count - at) * sizeof *set->values);
    set->values[at] = label;
    set->count++;
}

static void collect_labels(label_set *set, const int32_t *labels, size_t count)
{
    set->count = 0;
    for (size_t i = 0; labels && i < count; i++)
        collect_label(set, labels[i] < 0 ? NO_LABEL : labels[i]);
    if (set->count == 1 && set->values[0] == NO_LABEL) set->count = 0; /* nothing to tell apart */
}

static pg_rgb colour_of(int32_t label)
{
    uint8_t rgb[3];
    pg_image_class_colour(label, rgb);
    return (pg_rgb){rgb[0], rgb[1], rgb[2]};
}

static void label_text(int32_t label, char text[16])
{
    if (label == NO_LABEL)
        strcpy(text, "none");
    else
        snprintf(text, 16, "%d", (int)label);
}

/* ---- Axes ---- */

/* Low and high of one coordinate, padded; a single value gets a unit around it. */
static void axis_range(const float *xy, size_t count, int which, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        *low = fmin(*low, xy[2 * i + which]);
        *high = fmax(*high, xy[2 * i + which]);
    }
    if (count == 0) *low = *high = 0;
    double pad = 0.04 * (*high - *low);
    if (!(pad > 0)) pad = 0.5 * (1 + fabs(*low) * 1e-3);
    *low -= pad;
    *high += pad;
}

/* One scale for both axes: the tighter one; the other axis is widened about its middle. */
static void fit_data(frame *f, const float *xy, size_t count)
{
    double x_high, y_high;
    axis_range(xy, count, 0, &f->x_low, &x_high);
    axis_range(xy, count, 1, &f->y_low, &y_high);
    f->scale = fmin((f->width - 1) / (x_high - f->x_low), (f->height - 1) / (y_high - f->y_low));
    f->x_low = (f->x_low + x_high - (f->width - 1) / f->scale) / 2;
    f->y_low = (f->y_low + y_high - (f->height - 1) / f->scale) / 2;
}

static double x_pixel(const frame *f, double v)
{
    return f->left + (v - f->x_low) * f->scale;
}

static double y_pixel(const frame *f, double v)
{
    return f->top + f->height - 1 - (v - f->y_low) * f->scale;
}

/* Ticks lie at n * digit * 10^exponent, digit 1, 2 or 5: the closest such
 * spacing that is at least `least` units. */
typedef struct ticks {
    int digit, exponent;
    double step;
} ticks;

static ticks choose_ticks(double least)
{
    ticks t = {.digit = 1, .exponent = (int)floor(log10(least))};
    double power = pow(10, t.exponent);
    while (t.digit * power < least) {
        t.digit = t.digit == 1 ? 2 : t.digit == 2 ? 5 : 10;
        if (t.digit == 10) {
            t.digit = 1;
            t.exponent++;
            power = pow(10, t.exponent);
        }
    }
    t.step = t.digit * power;
    return t;
}

/* n * digit * 10^exponent in plain digits, whatever the locale's decimal point. */
static void tick_text(const ticks *t, long n, char text[64])
{
    long value = labs(n) * t->digit;
    const char *sign = n < 0 ? "-" : "";
    if (value == 0)
        strcpy(text, "0");
    else if (t->exponent >= 0 && t->exponent <= 5)
        snprintf(text, 64, "%s%ld%.*s", sign, value, t->exponent, "00000");
    else if (t->exponent < 0 && t->exponent >= -5) {
        long unit = 1;
        for (int i = 0; i > t->exponent; i--)
            unit *= 10;
        snprintf(text, 64, "%s%ld.%0*ld", sign, value / unit, -t->exponent, value % unit);
    } else
        snprintf(text, 64, "%s%lde%d", sign, value, t->exponent);
}

static void draw_x_tick(pg_image *plot, const frame *f, const ticks *t, long n)
{
    char text[64];
    int x = (int)lround(x_pixel(f, (double)n * t->step));
    pg_canvas_fill(plot, x, f->top, 1, f->height, n == 0 ? axis : grid);
    tick_text(t, n, text);
    pg_canvas_text(plot, x - pg_text_width(text) * f->text / 2, f->top + f->height + 5 * f->text,
                   f->text, text, ink);
}

static void draw_y_tick(pg_image *plot, const frame *f, const ticks *t, long n)
{
    char text[64];
    int y = (int)lround(y_pixel(f, (double)n * t->step));
    pg_canvas_fill(plot, f->left, y, f->width, 1, n == 0 ? axis : grid);
    tick_text(t, n, text);
    pg_canvas_text(plot, f->left - (pg_text_width(text) + 5) * f->text,
                   y - pg_text_height() * f->text / 2, f->text, text, ink);
}

static void draw_axes(pg_image *plot, const frame *f)
{
    ticks t = choose_ticks(60 * f->text / f->scale);
    double x_high = f->x_low + (f->width - 1) / f->scale;
    double y_high = f->y_low + (f->height - 1) / f->scale;
    for (long n = (long)ceil(f->x_low / t.step); n <= (long)floor(x_high / t.step); n++)
        draw_x_tick(plot, f, &t, n);
    for (long n = (long)ceil(f->y_low / t.step); n <= (long)floor(y_high / t.step); n++)
        draw_y_tick(plot, f, &t, n);
    pg_canvas_frame(plot, f->left - 1, f->top - 1, f->width + 2, f->height + 2, axis);
}

/* ---- Dots ---- */

/* How much of pixel (x, y) a dot at (cx, cy) covers, its edge one pixel soft. */
static uint64_t coverage(double cx, double cy, double radius, int x, int y)
{
    double depth = radius + 0.5 - hypot(x - cx, y - cy);
    return depth <= 0 ? 0 : depth >= 1 ? COVER : (uint64_t)lround(depth * COVER);
}

static void add_dot(ink_map *map, double cx, double cy, double radius, pg_rgb colour)
{
    for (int y = (int)floor(cy - radius); y <= (int)ceil(cy + radius); y++)
        for (int x = (int)floor(cx - radius); x <= (int)ceil(cx + radius); x++) {
            if (x < 0 || y < 0 || x >= map->width || y >= map->height) continue;
            uint64_t cover = coverage(cx, cy, radius, x, y);
            size_t at = (size_t)y * (size_t)map->width + (size_t)x;
            map->cover[at] += cover;
            map->colours[3 * at] += cover * colour.red;
            map->colours[3 * at + 1] += cover * colour.green;
            map->colours[3 * at + 2] += cover * colour.blue;
        }
}

/* n dots of opacity a over each other let (1-a)^n of the paper through; what is
 * not paper has the mean colour of the dots. */
static void develop(const ink_map *map, pg_image *plot, const frame *f, double opacity)
{
    for (int y = 0; y < map->height; y++)
        for (int x = 0; x < map->width; x++) {
            size_t at = (size_t)y * (size_t)map->width + (size_t)x;
            if (!map->cover[at]) continue;
            double paper = pow(1 - opacity, (double)map->cover[at] / COVER);
            uint8_t *pixel = plot->pixels + 3 * ((size_t)(f->top + y) * (size_t)plot->width +
                                                 (size_t)(f->left + x));
            for (int c = 0; c < 3; c++) {
                double mean = (double)map->colours[3 * at + (size_t)c] / (double)map->cover[at];
                pixel[c] = (uint8_t)lround(paper * pixel[c] + (1 - paper) * mean);
            }
        }
}

/* Dots shrink and thin out as they become many, so that shapes stay visible. */
static double dot_radius(const frame *f, size_t count)
{
    double crowd = sqrt((double)f->width * f->height / (double)(count ? count : 1));
    return fmin(fmax(0.22 * crowd, 1.1), 3.5) * (f->width / 640.0 + 0.25);
}

static double dot_opacity(const frame *f, size_t count, double radius)
{
    double layers = (double)count * radius * radius * 3.14159 / ((double)f->width * f->height);
    return fmin(fmax(0.9 / (1 + layers), 0.15), 0.85);
}

static pg_status draw_dots(pg_image *plot, const frame *f, const float *xy, const int32_t *labels,
                           size_t count, pg_error *err)
{
    size_t pixels = (size_t)f->width * (size_t)f->height;
    ink_map map = {.cover = pg_allocate(pixels, sizeof *map.cover),
                   .colours = pg_allocate(pixels, 3 * sizeof *map.colours),
                   .height = f->height,
                   .width = f->width};
    if (map.cover && map.colours) {
        double radius = dot_radius(f, count);
        for (size_t i = 0; i < count; i++)
            add_dot(&map, x_pixel(f, xy[2 * i]) - f->left, y_pixel(f, xy[2 * i + 1]) - f->top,
                    radius, colour_of(labels ? labels[i] : NO_LABEL));
        develop(&map, plot, f, dot_opacity(f, count, radius));
    }
    bool enough = map.cover && map.colours;
    free(map.cover);
    free(map.colours);
    return enough ? PG_OK
                  : pg_fail(err, PG_ERR_MEMORY, "scatter plot: out of memory for %d pixels a side",
                            plot->width);
}

/* ---- Legend ---- */

static int legend_width(const label_set *set, int text)
{
    int widest = 0;
    for (int i = 0; i < set->count; i++) {
        char label[16];
        label_text(set->values[i], label);
        int width = pg_text_width(label);
        if (width > widest) widest = width;
    }
    return widest ? (widest + 3 * pg_text_height()) * text : 0;
}

/* A column of swatches right of the plot; what does not fit in its height ends in dots. */
static void draw_legend(pg_image *plot, const frame *f, const label_set *set)
{
    int box = pg_text_height() * f->text, line = 2 * box;
    int left = f->left + f->width + box;
    int room = f->height / line;
    for (int i = 0; i < set->count && i < room; i++) {
        char label[16];
        label_text(set->values[i], label);
        bool last = i == room - 1 && set->count > room;
        int top = f->top + i * line;
        if (!last) pg_canvas_fill(plot, left, top, box, box, colour_of(set->values[i]));
        pg_canvas_text(plot, left + box + box / 2, top, f->text, last ? "..." : label, ink);
    }
}

static frame lay_out(int side, const label_set *set)
{
    frame f = {.text = side < 500 ? 1 : side / 500};
    f.top = 12 * f.text;
    f.left = 44 * f.text;
    if (f.left > side / 4) f.left = side / 4;
    int right = legend_width(set, f.text) + 12 * f.text;
    f.width = side - f.left - right;
    f.height = side - f.top - 26 * f.text;
    return f;
}

static pg_status check(const float *xy, size_t count, int side, pg_error *err)
{
    if (side < MIN_SIDE || side > MAX_SIDE)
        return pg_fail(err, PG_ERR_ARGUMENT, "scatter plot: %d pixels a side, must be %d to %d",
                       side, MIN_SIDE, MAX_SIDE);
    for (size_t i = 0; i < count; i++)
        if (!isfinite(xy[2 * i]) || !isfinite(xy[2 * i + 1]))
            return pg_fail(err, PG_ERR_FORMAT, "scatter plot: point %zu is not finite", i);
    return PG_OK;
}

pg_status pg_image_scatter(const float *xy, const int32_t *labels, size_t count, int side,
                           pg_image *plot, pg_error *err)
{
    memset(plot, 0, sizeof *plot);
    pg_status status = check(xy, count, side, err);
    if (status != PG_OK) return status;
    label_set set;
    collect_labels(&set, labels, count);
    frame f = lay_out(side, &set);
    status = pg_image_init(plot, side, side, 3, err);
    if (status != PG_OK) return status;
    fit_data(&f, xy, count);
    pg_canvas_fill(plot, 0, 0, side, side, white);
    draw_axes(plot, &f);
    status = draw_dots(plot, &f, xy, labels, count, err);
    if (status == PG_OK)
        draw_legend(plot, &f, &set);
    else
        pg_image_free(plot);
    return status;
}
