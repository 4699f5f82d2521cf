/* The inner loops of direct convolutions, compiled for several vector widths. */
#include <config.h>

#include <string.h>

#include "nn/clones.h"
#include "nn/conv_direct.h"
#include "nn/exponential.h"

/* ---- Pixels one after the other ---- */

enum { TALLEST = 12 }; /* pixels of a tile, or rows of weights */

/* Apart: copied as pairs, pointers just written one by one would have to wait for each other. */
typedef struct pixels {
    const float *x[TALLEST];
    float *y[TALLEST];
} pixels;

/* One panel's channels of a rectangle's pixels, through all images, and the next pixel. */
typedef struct strip {
    const pg_conv_run *run, *run_end;
    const float *weights;  /* of the panel */
    int channel, channels; /* of y, those that are left from there */
    int height, row;
    size_t width, column;
    size_t pixels;
    const float *x; /* the next pixel's */
    float *y;
} strip;

/* Whether pixels follow one another without a gap, row by row and image by image. */
static bool is_even(const pg_conv_steps *step, const pg_conv_rectangle *a)
{
    return step->row == a->width * step->column && step->image == a->height * step->row;
}

static inline strip start_strip(const pg_conv_gather *g, const pg_conv_rectangle *a, int channel)
{
    const pg_conv_plan *plan = g->plan;
    bool even = is_even(&plan->x, a) && is_even(&plan->y, a);
    size_t pixels = (size_t)plan->images * a->height * a->width;
    return (strip){
        .run = a->run,
        .run_end = a->run + a->runs,
        .weights = g->weights + (size_t)channel * plan->taps * plan->in,
        .channel = channel,
        .channels = plan->out - channel,
        .height = even ? 1 : a->height,
        .width = even ? pixels : (size_t)a->width,
        .pixels = pixels,
        .x = g->x + a->x,
        .y = g->y + a->y,
    };
}

static inline void advance(strip *s, ptrdiff_t x, ptrdiff_t y)
{
    s->x += x;
    s->y += y;
}

/* From the end of a row to the next row, or to the next image's first. */
static inline void next_row(strip *s, const pg_conv_plan *plan)
{
    const pg_conv_steps *x = &plan->x, *y = &plan->y;
    const ptrdiff_t width = (ptrdiff_t)s->width, height = s->height;
    s->column = 0;
    advance(s, x->row - width * x->column, y->row - width * y->column);
    if (++s->row < height) return;
    s->row = 0;
    advance(s, x->image - height * x->row, y->image - height * y->row);
}

static void next_pixels_across(strip *s, const pg_conv_plan *plan, int count, pixels *p)
{
    for (int i = 0; i < count; i++) {
        p->x[i] = s->x;
        p->y[i] = s->y;
        advance(s, plan->x.column, plan->y.column);
        if (++s->column == s->width) next_row(s, plan);
    }
}

/* Without a loop within a row: its end, guessed wrongly, would cost as much as a small tile. */
PG_INLINE void next_pixels(strip *s, const pg_conv_plan *plan, const int count, pixels *p)
{
    const ptrdiff_t x = plan->x.column, y = plan->y.column;
    if (s->column + count >= s->width) {
        next_pixels_across(s, plan, count, p);
        return;
    }
    _Pragma("GCC unroll 12") for (int i = 0; i < count; i++)
    {
        p->x[i] = s->x + i * x;
        p->y[i] = s->y + i * y;
    }
    advance(s, count * x, count * y);
    s->column += count;
}

/* Results of a tile of which fewer channels are there than it has; sums has a row a pixel. */
static void finish_part(const pg_conv_gather *g, const strip *s, const pixels *p, int rows,
                        const float *sums)
{
    for (int r = 0; r < rows; r++, sums += PG_CONV_PANEL)
        for (int c = s->channel; c < s->channel + s->channels; c++) {
            float sum = sums[c - s->channel];
            if (g->bias) sum += g->bias[c];
            if (g->accumulate) sum += p->y[r][c];
            p->y[r][c] = g->relu && !(sum > 0) ? 0 : sum;
        }
}

/* ---- Pixels that weights join ---- */

typedef struct area {
    const float *x, *y;
    int height, width;
    ptrdiff_t x_row, x_column, y_row, y_column;
} area;

/* Rows without a gap are one; columns are taken for rows where those are shorter. */
static area lengthen(const area *a)
{
    area b = *a;
    if (a->x_row == a->width * a->x_column && a->y_row == a->width * a->y_column) {
        b.width = a->height * a->width;
        b.height = 1;
    } else if (a->height > a->width) {
        b = (area){a->x, a->y, a->width, a->height, a->x_column, a->x_row, a->y_column, a->y_row};
    }
    return b;
}

/* What lies within the rows that are wanted; none where its height is not positive. */
static area make_area(const pg_conv_sums *s, const pg_conv_rectangle *r)
{
    int begin = r->row > s->begin ? r->row : s->begin;
    int end = r->row + r->height < s->end ? r->row + r->height : s->end;
    const pg_conv_steps *x = &s->plan->x, *y = &s->y_step;
    area a = {s->x + r->x + (begin - r->row) * x->row,
              s->y + begin * y->row + r->column * y->column,
              end - begin,
              r->width,
              x->row,
              x->column,
              y->row,
              y->column};
    return a.height > 0 ? lengthen(&a) : a;
}

/* ---- Widths ---- */

/* 128-bit vectors are everywhere. Of sixteen registers: 12 sums, 3 factors, 1 product with a weight
 * from memory; of thirty-two, 20 sums, 5 factors, 4 weights. */
#define NAME conv_128
#define WIDTH 4
#if defined(__aarch64__)
#define SUMS 20
#else
#define SUMS 12
#endif
#define TARGET
#include "nn/conv-tile.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define CHOOSE_AT_RUN_TIME

/* Of sixteen registers: 12 sums, 2 weights, 1 factor. */
#define NAME conv_256
#define WIDTH 8
#define SUMS 12
#define TARGET __attribute__((target("avx2,fma")))
#include "nn/conv-tile.h"

/* Of thirty-two registers 12 sums: no more pixels have room for a pointer each. */
#define NAME conv_512
#define WIDTH 16
#define SUMS 12
#define TARGET __attribute__((target("avx512f")))
#include "nn/conv-tile.h"
#endif

static bool fits(int lanes, int wanted)
{
    return lanes * 32 <= PG_WIDEST && (!wanted || lanes == wanted);
}

const pg_conv_kernels *pg_conv_find_kernels(int lanes)
{
    static const pg_conv_kernels narrow = {4, conv_128_gather, conv_128_sums};
#ifdef CHOOSE_AT_RUN_TIME
    static const pg_conv_kernels middle = {8, conv_256_gather, conv_256_sums};
    static const pg_conv_kernels wide = {16, conv_512_gather, conv_512_sums};
    if (fits(16, lanes) && __builtin_cpu_supports("avx512f")) return &wide;
    if (fits(8, lanes) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &middle;
#endif
    return fits(4, lanes) ? &narrow : NULL;
}
