/* Direct convolution: tiles of outputs in registers, walked over taps and channels. */
#include <config.h>

#include "nn/conv_direct.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/conv_backend.h"

enum {
    PANEL = PG_CONV_PANEL,
    FIRST_CACHE = 24 * 1024, /* bytes of it to count on */
};

typedef struct direct_conv {
    pg_conv_shape shape;
    pg_conv_options options;
    const pg_conv_kernels *kernels, *half_kernels; /* for panels of which half is there */
    pg_conv_plan forward, backward, gradient;
    float *forward_weights, *backward_weights;
    float *sums;      /* of the gradient, laid out as the forward weights */
    size_t sums_size; /* numbers */
    float *part;      /* channels of dy that do not fill a panel, of one image */
    int rows;         /* of dy, taken at a time so that the first cache holds them */
} direct_conv;

static size_t panels(int channels)
{
    return (channels + PANEL - 1) / PANEL;
}

static size_t packed_size(const pg_conv_plan *plan)
{
    return panels(plan->out) * plan->taps * plan->in * PANEL;
}

static void direct_release(void *state)
{
    direct_conv *conv = state;
    if (!conv) return;
    pg_conv_plan_free(&conv->forward);
    pg_conv_plan_free(&conv->backward);
    pg_conv_plan_free(&conv->gradient);
    free(conv->forward_weights);
    free(conv->backward_weights);
    free(conv->sums);
    free(conv->part);
    free(conv);
}

static bool make_gather(pg_conv_plan *plan, float **weights)
{
    *weights = pg_allocate(packed_size(plan), sizeof **weights);
    return *weights;
}

static int rows_in_cache(const pg_conv_plan *plan)
{
    size_t row = (size_t)plan->x.row + plan->y.row / plan->out * PANEL;
    size_t rows = FIRST_CACHE / sizeof(float) / row;
    return rows > 1 ? (int)rows : 1;
}

static bool make_gradient(direct_conv *conv)
{
    const pg_conv_plan *plan = &conv->gradient;
    size_t positions = (size_t)plan->y.image / plan->out;
    conv->rows = rows_in_cache(plan);
    conv->sums_size = packed_size(plan);
    conv->sums = pg_allocate(conv->sums_size, sizeof *conv->sums);
    conv->part = pg_allocate(plan->out % PANEL ? positions * PANEL : 0, sizeof *conv->part);
    return conv->sums && conv->part;
}

static bool make(direct_conv *conv)
{
    const pg_conv_shape *s = &conv->shape;
    bool ok = pg_conv_plan_forward(&conv->forward, s) &&
              make_gather(&conv->forward, &conv->forward_weights);
    if (ok && conv->options.backward_data)
        ok = pg_conv_plan_backward(&conv->backward, s) &&
             make_gather(&conv->backward, &conv->backward_weights);
    if (ok && conv->options.backward_weights)
        ok = pg_conv_plan_gradient(&conv->gradient, s) && make_gradient(conv);
    return ok;
}

/* Vectors as long as a panel would be half empty where half of it suffices. */
static const pg_conv_kernels *find_half_kernels(int lanes)
{
    const pg_conv_kernels *half = pg_conv_find_kernels(PANEL / 2);
    return half && !lanes ? half : pg_conv_find_kernels(lanes);
}

static pg_status direct_create(const pg_conv_shape *shape, const pg_conv_options *options,
                               void **state, pg_error *err)
{
    if (!pg_conv_find_kernels(options->lanes))
        return pg_fail(err, PG_ERR_UNSUPPORTED, "convolution: no vectors of %d numbers here",
                       options->lanes);
    direct_conv *conv = pg_allocate(1, sizeof *conv);
    if (!conv) return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
    conv->shape = *shape;
    conv->options = *options;
    conv->kernels = pg_conv_find_kernels(options->lanes);
    conv->half_kernels = find_half_kernels(options->lanes);
    *state = conv;
    if (make(conv)) return PG_OK;
    direct_release(conv);
    *state = NULL;
    return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
}

/* ---- Weights: the layer's are [tap][in][out] ---- */

/* Rows of one tap for one panel: channels of x, strided, by up to PANEL channels of y. */
static void pack_tap(const float *from, int rows, ptrdiff_t row, int count, ptrdiff_t column,
                     float *to)
{
    for (int r = 0; r < rows; r++, from += row, to += PANEL)
        for (int c = 0; c < count; c++)
            to[c] = from[c * column];
}

static int panel_channels(const pg_conv_plan *plan, int channel)
{
    return plan->out - channel < PANEL ? plan->out - channel : PANEL;
}

/* row, column: from one channel of x, and of y, to the next in the layer's weights. */
static void pack(const pg_conv_plan *plan, const float *weight, ptrdiff_t row, ptrdiff_t column,
                 float *packed)
{
    for (int channel = 0; channel < plan->out; channel += PANEL)
        for (int t = 0; t < plan->taps; t++, packed += (size_t)plan->in * PANEL)
            pack_tap(weight + (size_t)plan->tap[t] * plan->in * plan->out + channel * column,
                     plan->in, row, panel_channels(plan, channel), column, packed);
}

static void direct_load(void *state, const float *weight)
{
    direct_conv *conv = state;
    pack(&conv->forward, weight, conv->shape.out, 1, conv->forward_weights);
    if (conv->options.backward_data)
        pack(&conv->backward, weight, 1, conv->shape.out, conv->backward_weights);
}

/* The reverse for the gradient, whose taps are in the layer's order; it starts anew. */
static void direct_take_gradient(void *state, float *dweight)
{
    direct_conv *conv = state;
    const pg_conv_plan *plan = &conv->gradient;
    const float *from = conv->sums;
    size_t rows = (size_t)plan->taps * plan->in;
    for (int channel = 0; channel < plan->out; channel += PANEL)
        for (size_t r = 0; r < rows; r++, from += PANEL)
            memcpy(dweight + r * plan->out + channel, from,
                   panel_channels(plan, channel) * sizeof *from);
    memset(conv->sums, 0, conv->sums_size * sizeof *conv->sums);
}

/* ---- The passes ---- */

static const pg_conv_kernels *kernels_for(const direct_conv *conv, int channels)
{
    return channels <= PANEL / 2 ? conv->half_kernels : conv->kernels;
}

static void gather(const direct_conv *conv, const pg_conv_gather *g)
{
    for (int channel = 0; channel < g->plan->out; channel += PANEL)
        kernels_for(conv, g->plan->out - channel)->gather(g, channel);
}

static void direct_forward(void *state, const void *x, const float *bias, void *y)
{
    const direct_conv *conv = state;
    const pg_conv_gather g = {
        .plan = &conv->forward,
        .x = x,
        .weights = conv->forward_weights,
        .bias = conv->options.bias ? bias : NULL,
        .accumulate = conv->options.accumulate,
        .relu = conv->options.relu,
        .y = y,
    };
    gather(conv, &g);
}

static void direct_backward_data(void *state, const void *dy, void *dx)
{
    const direct_conv *conv = state;
    const pg_conv_gather g = {
        .plan = &conv->backward,
        .x = dy,
        .weights = conv->backward_weights,
        .accumulate = conv->options.add_data,
        .y = dx,
    };
    gather(conv, &g);
}

/* What is left over by whole panels of dy, with room to read whole vectors. */
static const float *separate(const direct_conv *conv, const float *dy, int channel)
{
    const pg_conv_plan *plan = &conv->gradient;
    size_t positions = (size_t)plan->y.image / plan->out, count = plan->out - channel;
    dy += channel;
    for (size_t i = 0; i < positions; i++, dy += plan->out)
        memcpy(conv->part + i * PANEL, dy, count * sizeof *dy);
    return conv->part;
}

static void add_panel(const direct_conv *conv, const float *x, const float *dy, int channel)
{
    const pg_conv_plan *plan = &conv->gradient;
    pg_conv_sums sums = {.plan = plan,
                         .x = x,
                         .y = dy + channel,
                         .y_step = plan->y,
                         .channels = panel_channels(plan, channel)};
    sums.sums = conv->sums + (size_t)channel * plan->taps * plan->in;
    if (sums.channels < PANEL) {
        sums.y = separate(conv, dy, channel);
        sums.y_step.row = plan->y.row / plan->out * PANEL;
        sums.y_step.column = PANEL;
    }
    for (int row = 0; row < plan->height; row += conv->rows) {
        sums.begin = row;
        sums.end = row + conv->rows;
        kernels_for(conv, sums.channels)->sums(&sums);
    }
}

/* One image after the other, so that the sums do not depend on how many a call gets. */
static void direct_backward_weights(void *state, const void *x, const void *dy)
{
    const direct_conv *conv = state;
    const pg_conv_plan *plan = &conv->gradient;
    const pg_conv_shape *s = &conv->shape;
    for (int i = 0; i < s->images; i++)
        for (int channel = 0; channel < s->out; channel += PANEL)
            add_panel(conv, (const float *)x + i * plan->x.image,
                      (const float *)dy + i * plan->y.image, channel);
}

static void direct_take_images(void *state, int images)
{
    direct_conv *conv = state;
    conv->shape.images = conv->forward.images = conv->backward.images = images;
}

const pg_conv_backend_ops pg_conv_direct = {
    direct_create,        direct_release,          direct_load,          direct_forward,
    direct_backward_data, direct_backward_weights, direct_take_gradient, direct_take_images,
};
