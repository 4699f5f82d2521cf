/* bfloat16: convolutions against those of float32 on the same rounded numbers, and the passes
 * between them against those of single precision. */
#include <config.h>

#include "nn/conv.h"
#include "nn/passes.h"
#include "numbers.h"

/* Half a unit in the last of 8 bits, and the same of a sum that is near the largest. */
static const double rounding = 1.0 / 256;

static uint16_t narrow(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static float widen(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Numbers that bfloat16 holds exactly, in both forms. */
typedef struct numbers {
    size_t count;
    float *wide;
    uint16_t *half;
} numbers;

static numbers make(size_t count, uint64_t seed, double scale)
{
    numbers n = {count, make_numbers(count, seed, scale), allocate(count, sizeof(uint16_t))};
    for (size_t i = 0; i < count; i++) {
        n.half[i] = narrow(n.wide[i]);
        n.wide[i] = widen(n.half[i]);
    }
    return n;
}

static void release(numbers *n)
{
    free(n->wide);
    free(n->half);
}

static double half_error(const uint16_t *got, const float *expected, size_t count)
{
    float *wide = allocate(count, sizeof *wide);
    for (size_t i = 0; i < count; i++)
        wide[i] = widen(got[i]);
    double error = relative_difference(wide, expected, count);
    free(wide);
    return error;
}

/* ---- Convolutions ---- */

typedef struct layer {
    pg_conv_shape shape;
    numbers x, w, y, dy;
    float *bias;
} layer;

static pg_conv *make_conv(const layer *l, pg_conv_options options)
{
    pg_conv *conv;
    pg_error err;
    if (pg_conv_create(&l->shape, &options, &conv, &err) != PG_OK) bail_out(err.message);
    pg_conv_load(conv, l->w.wide);
    return conv;
}

/* What is added to, and added, is rounded as well where y is. */
static void test_forward(const layer *l, bool accumulate, bool relu, bool wide, const char *what)
{
    size_t count = l->y.count;
    pg_conv_options options = {.bias = true, .accumulate = accumulate, .relu = relu};
    float *expected = allocate(count, sizeof *expected), *got_wide = allocate(count, sizeof(float));
    uint16_t *got = allocate(count, sizeof *got);
    pg_conv *conv = make_conv(l, options);
    memcpy(expected, l->y.wide, count * sizeof *expected);
    pg_conv_forward(conv, l->x.wide, l->bias, expected);
    pg_conv_free(conv);
    options.half = true;
    options.wide = wide;
    conv = make_conv(l, options);
    memcpy(got_wide, l->y.wide, count * sizeof *got_wide);
    memcpy(got, l->y.half, count * sizeof *got);
    pg_conv_forward(conv, l->x.half, l->bias, wide ? (void *)got_wide : got);
    pg_conv_free(conv);
    double error =
        wide ? relative_difference(got_wide, expected, count) : half_error(got, expected, count);
    is_close(error, 0, wide ? 1e-5 : rounding, "%s: forward, %s%s%s", what,
             wide ? "wide" : "rounded", accumulate ? ", sum" : "", relu ? ", ReLU" : "");
    free(expected);
    free(got);
    free(got_wide);
}

static void test_backward(const layer *l, const char *what)
{
    pg_conv_options options = {.backward_data = true, .backward_weights = true};
    float *dx = allocate(l->x.count, sizeof *dx), *dw = allocate(l->w.count, sizeof *dw);
    uint16_t *dx_half = allocate(l->x.count, sizeof *dx_half);
    float *dw_half = allocate(l->w.count, sizeof *dw_half);
    pg_conv *conv = make_conv(l, options);
    pg_conv_backward_data(conv, l->dy.wide, dx);
    for (int i = 0; i < 2; i++)
        pg_conv_backward_weights(conv, l->x.wide, l->dy.wide);
    pg_conv_take_gradient(conv, dw);
    pg_conv_free(conv);
    options.half = true;
    conv = make_conv(l, options);
    pg_conv_backward_data(conv, l->dy.half, dx_half);
    for (int i = 0; i < 2; i++)
        pg_conv_backward_weights(conv, l->x.half, l->dy.half);
    pg_conv_take_gradient(conv, dw_half);
    pg_conv_free(conv);
    is_close(half_error(dx_half, dx, l->x.count), 0, rounding, "%s: backward to data", what);
    is_close(relative_difference(dw_half, dw, l->w.count), 0, 1e-5, "%s: backward to weights",
             what);
    float *const memory[] = {dx, dw, dw_half};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    free(dx_half);
}

static void test_layer(int rows, int columns, int dilation, int in, int out)
{
    enum { HEIGHT = 9, WIDTH = 7 };
    layer l = {.shape = {.images = 1,
                         .height = HEIGHT,
                         .width = WIDTH,
                         .in = in,
                         .out = out,
                         .rows = rows,
                         .columns = columns,
                         .stride = 1,
                         .dilation = dilation,
                         .pad_top = (rows - 1) * dilation,
                         .pad_left = columns / 2 * dilation,
                         .out_height = HEIGHT,
                         .out_width = WIDTH}};
    char what[64];
    snprintf(what, sizeof what, "%dx%d taps, dilation %d, %d to %d", rows, columns, dilation, in,
             out);
    l.x = make((size_t)HEIGHT * WIDTH * in, 1, 1);
    l.w = make((size_t)rows * columns * in * out, 2, 0.5);
    l.y = make((size_t)HEIGHT * WIDTH * out, 3, 1);
    l.dy = make((size_t)HEIGHT * WIDTH * out, 4, 1);
    l.bias = make_numbers(out, 5, 1);
    for (int i = 0; i < 8; i++)
        test_forward(&l, i & 1, i & 2, i & 4, what);
    test_backward(&l, what);
    release(&l.x);
    release(&l.w);
    release(&l.y);
    release(&l.dy);
    free(l.bias);
}

/* ---- Passes ---- */

enum { ROWS = 9, CHANNELS = 37, COUNT = ROWS * CHANNELS };

typedef struct pass_data {
    numbers x, y, t;
    float sums[CHANNELS], sums_half[CHANNELS];
} pass_data;

static pass_data make_data(void)
{
    pass_data p = {.x = make(COUNT, 1, 1), .y = make(COUNT, 2, 1), .t = make(COUNT, 3, 1)};
    p.y.wide[3] = 0; /* passes nothing back */
    p.y.half[3] = 0;
    fill_numbers(p.sums, CHANNELS, 4, 1);
    memcpy(p.sums_half, p.sums, sizeof p.sums);
    return p;
}

static void release_data(pass_data *p)
{
    release(&p->x);
    release(&p->y);
    release(&p->t);
}

static void check_sums(const pass_data *p, const char *what)
{
    is_close(relative_difference(p->sums_half, p->sums, CHANNELS), 0, rounding, "%s: column sums",
             what);
}

static void test_storing(void)
{
    pass_data p = make_data();
    float expected[COUNT];
    uint16_t got[COUNT];
    pg_passes_half.store(COUNT, p.x.wide, got);
    ok(memcmp(got, p.x.half, sizeof got) == 0, "what fits is stored as it is");
    fill_numbers(expected, COUNT, 9, 1);
    pg_passes_half.store(COUNT, expected, got);
    is_close(half_error(got, expected, COUNT), 0, rounding, "what does not is rounded");
    pg_passes_float.relu(COUNT, p.x.wide, expected);
    pg_passes_half.relu(COUNT, p.x.wide, got);
    ok(half_error(got, expected, COUNT) == 0, "ReLU");
    float sum[COUNT], sum_half[COUNT];
    pg_passes_float.add_relu(COUNT, p.x.wide, p.t.wide, sum, expected);
    pg_passes_half.add_relu(COUNT, p.x.wide, p.t.wide, sum_half, got);
    is_close(half_error(got, expected, COUNT), 0, rounding, "ReLU of a sum");
    ok(memcmp(sum, sum_half, sizeof sum) == 0, "the sum itself is not rounded");
    is_int((intmax_t)pg_passes_half.size, 2, "bytes of a number");
    release_data(&p);
}

static void test_relu_backward(bool extra)
{
    pass_data p = make_data();
    const char *what = extra ? "ReLU backward, two branches" : "ReLU backward";
    pg_passes_float.relu_backward(ROWS, CHANNELS, p.y.wide, extra ? p.t.wide : NULL, p.x.wide,
                                  p.sums);
    pg_passes_half.relu_backward(ROWS, CHANNELS, p.y.half, extra ? p.t.half : NULL, p.x.half,
                                 p.sums_half);
    is_close(half_error(p.x.half, p.x.wide, COUNT), 0, rounding, "%s", what);
    check_sums(&p, what);
    release_data(&p);
}

typedef void mask_pass(size_t rows, int channels, const void *y, const void *t, float *d,
                       void *copy, float *sums);

/* Passes whose result is kept in single precision, and stored as well. */
static void test_mask(mask_pass *single, mask_pass *half, const char *what)
{
    pass_data p = make_data();
    float d[COUNT], d_half[COUNT];
    uint16_t copy[COUNT];
    fill_numbers(d, COUNT, 9, 1);
    memcpy(d_half, d, sizeof d);
    single(ROWS, CHANNELS, p.y.wide, p.t.wide, d, d, p.sums);
    half(ROWS, CHANNELS, p.y.half, p.t.half, d_half, copy, p.sums_half);
    is_close(relative_difference(d_half, d, COUNT), 0, 1e-6, "%s", what);
    is_close(half_error(copy, d, COUNT), 0, rounding, "%s: what is stored", what);
    check_sums(&p, what);
    release_data(&p);
}

int main(void)
{
    test_storing();
    test_relu_backward(false);
    test_relu_backward(true);
    test_mask(pg_passes_float.residual_backward, pg_passes_half.residual_backward,
              "residual backward");
    test_mask(pg_passes_float.relu_mask, pg_passes_half.relu_mask, "mask");
    if (pg_conv_has_half()) {
        test_layer(2, 3, 1, 16, 16);
        test_layer(2, 3, 3, 32, 16);
        test_layer(1, 2, 1, 16, 16);
        test_layer(1, 1, 1, 16, 16);
        test_layer(2, 3, 2, 20, 12);
        test_layer(1, 1, 1, 33, 9);
    } else {
        diag("no bfloat16 in this build or CPU: convolutions not tested");
    }
    return done_testing();
}
