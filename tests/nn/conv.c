/* Convolutions against straight loops, with vectors of every width that this CPU has; and that
 * their bytes depend on nothing but the numbers of one image. */
#include <config.h>

#include "nn/conv.h"
#include "nn/conv_direct.h"
#include "numbers.h"

/* Sums of at most a few hundred products of single precision. */
static const double tolerance = 1e-5;

static int lanes; /* of the vectors under test; 0: what the layer takes by itself */

/* ---- Straight loops, sums in double ---- */

typedef void visit_tap(void *with, size_t x, size_t w, size_t y);

/* Calls visit with the places in x, weights and y of every product there is. */
static void each_product(const pg_conv_shape *s, visit_tap *visit, void *with)
{
    for (int n = 0; n < s->images; n++)
        for (int v = 0; v < s->out_height; v++)
            for (int u = 0; u < s->out_width; u++)
                for (int r = 0; r < s->rows; r++)
                    for (int c = 0; c < s->columns; c++) {
                        int row = v * s->stride - s->pad_top + r * s->dilation;
                        int column = u * s->stride - s->pad_left + c * s->dilation;
                        if (row < 0 || row >= s->height || column < 0 || column >= s->width)
                            continue;
                        size_t x = (((size_t)n * s->height + row) * s->width + column) * s->in;
                        size_t w = (size_t)(r * s->columns + c) * s->in * s->out;
                        size_t y = (((size_t)n * s->out_height + v) * s->out_width + u) * s->out;
                        for (int i = 0; i < s->in; i++)
                            for (int o = 0; o < s->out; o++)
                                visit(with, x + i, w + (size_t)i * s->out + o, y + o);
                    }
}

typedef struct operands {
    const float *x, *w, *dy;
    double *result;
} operands;

static void visit_forward(void *with, size_t x, size_t w, size_t y)
{
    operands *o = with;
    o->result[y] += (double)o->x[x] * o->w[w];
}

static void visit_data(void *with, size_t x, size_t w, size_t y)
{
    operands *o = with;
    o->result[x] += (double)o->dy[y] * o->w[w];
}

static void visit_weights(void *with, size_t x, size_t w, size_t y)
{
    operands *o = with;
    o->result[w] += (double)o->x[x] * o->dy[y];
}

/* ---- One layer ---- */

typedef struct layer {
    pg_conv_shape shape;
    size_t inputs, weights, outputs; /* numbers of each, all images */
    float *x, *x2, *w, *w2, *bias, *before, *dy, *dy2;
} layer;

static void layer_init(layer *l, const pg_conv_shape *s)
{
    l->shape = *s;
    l->inputs = (size_t)s->images * s->height * s->width * s->in;
    l->weights = (size_t)s->rows * s->columns * s->in * s->out;
    l->outputs = (size_t)s->images * s->out_height * s->out_width * s->out;
    l->x = make_numbers(l->inputs, 1, 1);
    l->x2 = make_numbers(l->inputs, 2, 1);
    l->w = make_numbers(l->weights, 3, 0.5);
    l->w2 = make_numbers(l->weights, 4, 0.5);
    l->bias = make_numbers(s->out, 5, 1);
    l->before = make_numbers(l->outputs, 6, 1);
    l->dy = make_numbers(l->outputs, 7, 1);
    l->dy2 = make_numbers(l->outputs, 8, 1);
}

static void layer_free(layer *l)
{
    float *const memory[] = {l->x, l->x2, l->w, l->w2, l->bias, l->before, l->dy, l->dy2};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
}

static pg_conv *make(const layer *l, pg_conv_options options)
{
    pg_conv *conv;
    pg_error err;
    options.lanes = lanes;
    if (pg_conv_create(&l->shape, &options, &conv, &err) != PG_OK) bail_out(err.message);
    return conv;
}

static double *expected_forward(const layer *l, const float *w, const pg_conv_options *options)
{
    double *y = allocate(l->outputs, sizeof *y);
    operands o = {.x = l->x, .w = w, .result = y};
    each_product(&l->shape, visit_forward, &o);
    for (size_t i = 0; i < l->outputs; i++) {
        if (options->accumulate) y[i] += l->before[i];
        if (options->bias) y[i] += l->bias[i % l->shape.out];
        if (options->relu) y[i] = fmax(y[i], 0);
    }
    return y;
}

/* Forward with the options, of weights loaded last. */
static float *run_forward(const layer *l, pg_conv_options options)
{
    pg_conv *conv = make(l, options);
    float *y = make_rubbish(l->outputs);
    if (options.accumulate) memcpy(y, l->before, l->outputs * sizeof *y);
    pg_conv_load(conv, l->w2);
    pg_conv_load(conv, l->w);
    pg_conv_forward(conv, l->x, options.bias ? l->bias : NULL, y);
    pg_conv_free(conv);
    return y;
}

static void test_forward(const layer *l, const char *what)
{
    double worst = 0;
    for (int i = 0; i < 8; i++) {
        pg_conv_options options = {.bias = i & 1, .accumulate = i & 2, .relu = i & 4};
        double *expected = expected_forward(l, l->w, &options);
        float *y = run_forward(l, options);
        worst = worse_of(worst, relative_error(y, expected, l->outputs));
        free(expected);
        free(y);
    }
    is_close(worst, 0, tolerance, "%s: forward, with and without bias, sum, ReLU", what);
}

static void test_backward_data(const layer *l, pg_conv *conv, const char *what)
{
    double *expected = allocate(l->inputs, sizeof *expected);
    float *dx = make_rubbish(l->inputs);
    operands o = {.dy = l->dy, .w = l->w, .result = expected};
    each_product(&l->shape, visit_data, &o);
    pg_conv_backward_data(conv, l->dy, dx);
    is_close(relative_error(dx, expected, l->inputs), 0, tolerance, "%s: backward to data", what);
    free(expected);
    free(dx);
}

static void test_backward_weights(const layer *l, pg_conv *conv, const char *what)
{
    double *expected = allocate(l->weights, sizeof *expected);
    float *dw = make_rubbish(l->weights);
    operands first = {.x = l->x, .dy = l->dy, .result = expected};
    operands second = {.x = l->x2, .dy = l->dy2, .result = expected};
    each_product(&l->shape, visit_weights, &first);
    pg_conv_backward_weights(conv, l->x, l->dy);
    pg_conv_take_gradient(conv, dw);
    is_close(relative_error(dw, expected, l->weights), 0, tolerance, "%s: backward to weights",
             what);
    pg_conv_backward_weights(conv, l->x, l->dy);
    pg_conv_backward_weights(conv, l->x2, l->dy2);
    pg_conv_take_gradient(conv, dw);
    each_product(&l->shape, visit_weights, &second);
    is_close(relative_error(dw, expected, l->weights), 0, tolerance,
             "%s: taking the gradient starts a new sum over calls", what);
    pg_conv_take_gradient(conv, dw);
    bool zero = true;
    for (size_t i = 0; i < l->weights; i++)
        zero = zero && dw[i] == 0;
    ok(zero, "%s: no backward pass, no gradient", what);
    free(expected);
    free(dw);
}

/* Both backward passes of one layer, before and after its forward pass. */
static void test_backward(const layer *l, const char *what)
{
    pg_conv_options options = {.backward_data = true, .backward_weights = true};
    pg_conv *conv = make(l, options);
    pg_conv_load(conv, l->w);
    test_backward_data(l, conv, what);
    test_backward_weights(l, conv, what);
    double *expected = expected_forward(l, l->w, &options);
    float *y = make_rubbish(l->outputs);
    pg_conv_forward(conv, l->x, NULL, y);
    is_close(relative_error(y, expected, l->outputs), 0, tolerance, "%s: forward after backward",
             what);
    free(expected);
    free(y);
    pg_conv_free(conv);
}

/* ---- Bytes ---- */

/* What one layer makes of all images, or of one after the other, from memory that starts `shift`
 * numbers after an aligned place. */
typedef struct results {
    float *y, *dx, *dw;
} results;

static float *shifted(const float *from, size_t count, size_t shift, float **memory)
{
    *memory = allocate(count + shift, sizeof **memory);
    if (from) memcpy(*memory + shift, from, count * sizeof *from);
    return *memory + shift;
}

static results run_all(const layer *l, bool alone, size_t shift)
{
    layer call = *l;
    int calls = alone ? l->shape.images : 1;
    if (alone) call.shape.images = 1;
    results r = {.dw = allocate(l->weights, sizeof *r.dw)};
    float *memory[5];
    float *x = shifted(l->x, l->inputs, shift, &memory[0]);
    float *dy = shifted(l->dy, l->outputs, shift, &memory[1]);
    float *y = shifted(NULL, l->outputs, shift, &memory[2]);
    float *dx = shifted(NULL, l->inputs, shift, &memory[3]);
    float *bias = shifted(l->bias, l->shape.out, shift, &memory[4]);
    pg_conv *conv = make(
        &call, (pg_conv_options){.bias = true, .backward_data = true, .backward_weights = true});
    pg_conv_load(conv, l->w);
    size_t in = l->inputs / calls, out = l->outputs / calls;
    for (int i = 0; i < calls; i++) {
        pg_conv_forward(conv, x + i * in, bias, y + i * out);
        pg_conv_backward_weights(conv, x + i * in, dy + i * out);
        pg_conv_backward_data(conv, dy + i * out, dx + i * in);
    }
    pg_conv_take_gradient(conv, r.dw);
    pg_conv_free(conv);
    r.y = allocate(l->outputs, sizeof *r.y);
    r.dx = allocate(l->inputs, sizeof *r.dx);
    memcpy(r.y, y, l->outputs * sizeof *y);
    memcpy(r.dx, dx, l->inputs * sizeof *dx);
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    return r;
}

static void free_results(results *r)
{
    free(r->y);
    free(r->dx);
    free(r->dw);
}

static bool same_bytes(const layer *l, const results *a, const results *b)
{
    return memcmp(a->y, b->y, l->outputs * sizeof *a->y) == 0 &&
           memcmp(a->dx, b->dx, l->inputs * sizeof *a->dx) == 0 &&
           memcmp(a->dw, b->dw, l->weights * sizeof *a->dw) == 0;
}

static void test_bytes(const layer *l, const char *what)
{
    results together = run_all(l, false, 0), alone = run_all(l, true, 0);
    results moved = run_all(l, false, 3);
    ok(same_bytes(l, &together, &alone), "%s: the same bytes one image after the other", what);
    ok(same_bytes(l, &together, &moved), "%s: the same bytes from other addresses", what);
    free_results(&together);
    free_results(&alone);
    free_results(&moved);
}

/* ---- The shapes that the models use ---- */

/* A layer at stride 1 whose output is as large as the image. */
static pg_conv_shape same(int height, int width, int in, int out, int rows, int columns,
                          int dilation, int pad_top, int pad_left)
{
    return (pg_conv_shape){.height = height,
                           .width = width,
                           .in = in,
                           .out = out,
                           .rows = rows,
                           .columns = columns,
                           .stride = 1,
                           .dilation = dilation,
                           .pad_top = pad_top,
                           .pad_left = pad_left,
                           .out_height = height,
                           .out_width = width};
}

/* Halves the sides, rounding up. */
static pg_conv_shape half(int height, int width, int in, int out, int taps)
{
    pg_conv_shape s = same(height, width, in, out, taps, taps, 1, taps / 2, taps / 2);
    s.stride = 2;
    s.out_height = (height + 1) / 2;
    s.out_width = (width + 1) / 2;
    return s;
}

static void test_shape(pg_conv_shape shape, const char *what)
{
    for (int images = 1; images <= 4; images += 3) {
        layer l;
        char name[128];
        shape.images = images;
        layer_init(&l, &shape);
        snprintf(name, sizeof name, "%s, %dx%dx%d to %dx%dx%d, %d at a time, vectors of %d", what,
                 shape.height, shape.width, shape.in, shape.out_height, shape.out_width, shape.out,
                 images, lanes);
        test_forward(&l, name);
        test_backward(&l, name);
        if (images > 1) test_bytes(&l, name);
        layer_free(&l);
    }
}

/* ---- Any shape ---- */

static int draw(uint64_t *state, int low, int high)
{
    return low + (int)((next_number(state) + 1) / 2 * (high - low + 1));
}

/* Padding and sizes of the output that need not fit the kernel. */
static pg_conv_shape any_shape(uint64_t *state)
{
    pg_conv_shape s = {.height = draw(state, 1, 9),
                       .width = draw(state, 1, 9),
                       .in = draw(state, 1, 70),
                       .out = draw(state, 1, 70),
                       .rows = draw(state, 1, 5),
                       .columns = draw(state, 1, 5),
                       .stride = draw(state, 1, 3),
                       .dilation = draw(state, 1, 3)};
    s.pad_top = draw(state, 0, s.rows * s.dilation);
    s.pad_left = draw(state, 0, s.columns * s.dilation);
    s.out_height = draw(state, 1, s.height / s.stride + 2);
    s.out_width = draw(state, 1, s.width / s.stride + 2);
    return s;
}

static void test_any_shapes(void)
{
    uint64_t state = 77;
    for (int i = 0; i < 40; i++) {
        pg_conv_shape s = any_shape(&state);
        char what[96];
        snprintf(what, sizeof what, "%dx%d taps, stride %d, dilation %d, padding %d and %d", s.rows,
                 s.columns, s.stride, s.dilation, s.pad_top, s.pad_left);
        test_shape(s, what);
    }
}

static void test_channels(void)
{
    static const int channels[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 33, 48, 64, 70};
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++) {
        test_shape(same(5, 7, channels[i], 16, 2, 3, 1, 1, 1), "channels in");
        test_shape(same(5, 7, 16, channels[i], 2, 3, 1, 1, 1), "channels out");
    }
}

int main(void)
{
    const struct {
        pg_conv_shape shape;
        const char *what;
    } cases[] = {
        {same(9, 8, 1, 16, 3, 7, 1, 3, 3), "first vertical, rows above only"},
        {same(9, 8, 3, 16, 3, 7, 1, 3, 3), "first vertical, colour"},
        {same(9, 8, 1, 16, 1, 3, 1, 0, 3), "first horizontal, columns left only"},
        {same(5, 6, 1, 8, 1, 3, 1, 1, 1), "first vertical of radius 1"},
        {same(5, 6, 1, 8, 1, 1, 1, 0, 1), "first horizontal of radius 1"},
        {same(9, 7, 16, 16, 2, 3, 1, 1, 1), "vertical"},
        {same(9, 7, 20, 12, 2, 3, 2, 2, 2), "vertical, dilation 2"},
        {same(9, 7, 8, 8, 2, 3, 5, 5, 5), "vertical, dilation 5"},
        {same(9, 7, 16, 16, 2, 3, 3, 3, 3), "vertical, dilation 3"},
        {same(4, 7, 8, 8, 2, 3, 5, 5, 5), "vertical, dilation beyond the image"},
        {same(9, 7, 16, 16, 1, 2, 1, 0, 1), "horizontal"},
        {same(9, 7, 12, 20, 1, 2, 3, 0, 3), "horizontal, dilation 3"},
        {same(9, 7, 16, 16, 1, 1, 1, 0, 0), "pointwise"},
        {same(9, 7, 33, 9, 1, 1, 1, 0, 0), "pointwise, odd channels"},
        {same(9, 7, 4, 5, 1, 1, 1, 0, 0), "pointwise, few channels"},
        {half(12, 10, 1, 32, 5), "5x5 stride 2"},
        {half(12, 10, 16, 32, 5), "5x5 stride 2"},
        {half(9, 11, 9, 8, 5), "5x5 stride 2, odd sides"},
        {half(7, 7, 16, 16, 3), "3x3 stride 2, 7 to 4"},
        {half(8, 5, 24, 16, 3), "3x3 stride 2"},
        {half(1, 1, 8, 8, 3), "3x3 stride 2 of one pixel"},
        {half(1, 1, 8, 8, 5), "5x5 stride 2 of one pixel"},
        {same(1, 1, 8, 8, 2, 3, 1, 1, 1), "vertical of one pixel"},
        {same(2, 3, 5, 6, 5, 7, 1, 2, 3), "a kernel larger than the image"},
        {same(28, 28, 16, 16, 2, 3, 1, 1, 1), "vertical, many rows"},
        {same(30, 31, 1, 16, 3, 7, 1, 3, 3), "first vertical, many rows"},
        {same(3, 70, 40, 40, 1, 2, 1, 0, 1), "horizontal, long rows"},
        {half(28, 28, 1, 32, 5), "5x5 stride 2, many rows"},
    };
    static const int widths[] = {0, 4, 8, 16};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        lanes = widths[w];
        if (!pg_conv_find_kernels(lanes)) {
            diag("no vectors of %d numbers here", lanes);
            continue;
        }
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
            test_shape(cases[i].shape, cases[i].what);
        test_channels();
        test_any_shapes();
    }
    return done_testing();
}
