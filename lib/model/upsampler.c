#include "model/upsampler.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/elementwise.h"

enum { DENSE = PG_UPSAMPLER_DENSE };

/* ---- Declaration ---- */

/* The convolution from the finer map to the coarser one, which runs backward. */
static pg_conv_shape transposed_shape(int height, int width, int coarse, int fine)
{
    return (pg_conv_shape){
        .images = 1,
        .height = height,
        .width = width,
        .in = fine,
        .out = coarse,
        .rows = 5,
        .columns = 5,
        .stride = 2,
        .dilation = 1,
        .pad_top = 2,
        .pad_left = 2,
        .out_height = (height + 1) / 2,
        .out_width = (width + 1) / 2,
    };
}

static bool declare_dense(pg_upsampler *net, pg_parameters *p, const char *prefix, const int *width)
{
    bool ok = true;
    for (int i = 0; ok && i < DENSE; i++) {
        char name[32];
        pg_dense dense = {.in = width[i], .out = width[i + 1], .relu = true};
        snprintf(name, sizeof name, "dense%d", i + 1);
        ok = pg_dense_layer_declare(&net->dense[i], p, PG_GROUP_AUTOENCODER, prefix, name, dense,
                                    true);
    }
    return ok;
}

static bool declare_convs(pg_upsampler *net, pg_parameters *p, const char *prefix)
{
    for (int i = 0; i < net->convs; i++) {
        const pg_conv_shape *s = &net->shape[i];
        const int shape[] = {s->rows, s->columns, s->in, s->out};
        char name[32];
        snprintf(name, sizeof name, "conv%d", i + 1);
        net->conv_weight[i] = pg_layer_declare(p, PG_GROUP_AUTOENCODER, PG_INITIAL_FAN_IN, prefix,
                                               name, "weight", 4, shape);
        net->conv_bias[i] = pg_layer_declare(p, PG_GROUP_AUTOENCODER, PG_INITIAL_ZERO, prefix, name,
                                             "bias", 1, &s->in);
        if (net->conv_weight[i] < 0 || net->conv_bias[i] < 0) return false;
    }
    return true;
}

/* From the finest map, the last, to the coarsest. */
static void declare_shapes(pg_upsampler *net, const pg_config *config, int outputs)
{
    int height = config->height, width = config->width, fine = outputs;
    net->convs = config->upsampler_depth;
    for (int i = net->convs - 1; i >= 0; i--) {
        int coarse = (i == net->convs - 1 ? 1 : 2) * config->encoder_features;
        net->shape[i] = transposed_shape(height, width, coarse, fine);
        height = net->shape[i].out_height;
        width = net->shape[i].out_width;
        fine = coarse;
    }
}

pg_status pg_upsampler_declare(pg_upsampler *net, const pg_config *config, const char *prefix,
                               int outputs, pg_parameters *p, pg_error *err)
{
    size_t coarse;
    declare_shapes(net, config, outputs);
    const pg_conv_shape *first = &net->shape[0];
    if (!pg_size_multiply((size_t)first->out_height * first->out_width, first->out, &coarse) ||
        coarse > INT_MAX)
        return pg_fail(err, PG_ERR_LIMIT,
                       "decoder: %d maps of %dx%d numbers to start from are too many; use a larger "
                       "upsampler_depth",
                       first->out, first->out_height, first->out_width);
    const int width[] = {config->code_dim, config->hidden, (int)coarse};
    if (declare_dense(net, p, prefix, width) && declare_convs(net, p, prefix)) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for its parameters");
}

/* ---- Running ---- */

static size_t fine_size(const pg_conv_shape *s)
{
    return (size_t)s->height * s->width * s->in;
}

/* Numbers a code that layer i puts out. */
static size_t layer_size(const pg_upsampler *net, int i)
{
    return i < DENSE ? (size_t)net->dense[i].dense.out : fine_size(&net->shape[i - DENSE]);
}

static pg_status make_convs(pg_upsampler_run *run, bool training, pg_error *err)
{
    pg_conv_options options = {.backward_data = true, .backward_weights = training};
    for (int i = 0; i < run->net->convs; i++) {
        pg_status status = pg_conv_create(&run->net->shape[i], &options, &run->conv[i], err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

pg_status pg_upsampler_run_init(pg_upsampler_run *run, const pg_upsampler *net,
                                const pg_parameters *p, size_t capacity, bool training,
                                pg_error *err)
{
    memset(run, 0, sizeof *run);
    run->net = net;
    run->p = p;
    run->capacity = capacity;
    bool ok = true;
    for (int i = 0; i < DENSE + net->convs - 1; i++) {
        run->value[i] = pg_allocate(capacity * layer_size(net, i), sizeof(float));
        if (training) run->d[i] = pg_allocate(capacity * layer_size(net, i), sizeof(float));
        ok = ok && run->value[i] && (run->d[i] || !training);
    }
    pg_status status = ok ? make_convs(run, training, err)
                          : pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for its map");
    if (status == PG_OK)
        pg_upsampler_load(run);
    else
        pg_upsampler_run_free(run);
    return status;
}

void pg_upsampler_run_free(pg_upsampler_run *run)
{
    for (int i = 0; i < PG_UPSAMPLER_LAYERS; i++) {
        free(run->value[i]);
        free(run->d[i]);
    }
    for (int i = 0; i < PG_MAX_DEPTH; i++)
        pg_conv_free(run->conv[i]);
    memset(run, 0, sizeof *run);
}

void pg_upsampler_load(pg_upsampler_run *run)
{
    for (int i = 0; i < run->net->convs; i++)
        pg_conv_load(run->conv[i], pg_parameter(run->p, run->net->conv_weight[i]));
}

/* Images of a convolution's next call, of those that are left. */
static size_t take_images(pg_upsampler_run *run, int i, size_t left)
{
    size_t images = (size_t)pg_conv_good_images(&run->net->shape[i]);
    if (images > left) images = left;
    pg_conv_take_images(run->conv[i], (int)images);
    return images;
}

/* y = transposed convolution of x, plus bias; ReLU but for the last. */
static void conv_forward(pg_upsampler_run *run, int i, const float *x, size_t rows, float *y)
{
    const pg_conv_shape *s = &run->net->shape[i];
    size_t in = layer_size(run->net, DENSE + i - 1), out = fine_size(s);
    const float *bias = pg_parameter(run->p, run->net->conv_bias[i]);
    for (size_t r = 0, images; r < rows; r += images) {
        images = take_images(run, i, rows - r);
        pg_conv_backward_data(run->conv[i], x + r * in, y + r * out);
        pg_bias(images * s->height * s->width, s->in, bias, i < run->net->convs - 1, y + r * out);
    }
}

void pg_upsampler_forward(pg_upsampler_run *run, const float *codes, size_t rows, float *maps)
{
    const float *x = codes;
    for (int i = 0; i < DENSE; i++) {
        pg_dense_layer_forward(&run->net->dense[i], run->p, rows, x, run->value[i]);
        x = run->value[i];
    }
    for (int i = 0; i < run->net->convs; i++) {
        float *y = i < run->net->convs - 1 ? run->value[DENSE + i] : maps;
        conv_forward(run, i, x, rows, y);
        x = y;
    }
}

/* From dy, the gradient by the output before its ReLU, to the input's. */
static void conv_backward(pg_upsampler_run *run, int i, size_t rows, const float *dy,
                          float *gradient)
{
    const pg_conv_shape *s = &run->net->shape[i];
    size_t in = layer_size(run->net, DENSE + i - 1), out = fine_size(s);
    const float *x = run->value[DENSE + i - 1];
    float *dx = run->d[DENSE + i - 1];
    float *bias = pg_gradient(run->p, gradient, run->net->conv_bias[i]);
    memset(bias, 0, s->in * sizeof *bias);
    for (size_t r = 0, images; r < rows; r += images) {
        images = take_images(run, i, rows - r);
        pg_column_sums(images * s->height * s->width, s->in, dy + r * out, bias);
        pg_conv_backward_weights(run->conv[i], dy + r * out, x + r * in);
        pg_conv_forward(run->conv[i], dy + r * out, NULL, dx + r * in);
    }
    pg_conv_take_gradient(run->conv[i], pg_gradient(run->p, gradient, run->net->conv_weight[i]));
}

void pg_upsampler_backward(pg_upsampler_run *run, const float *codes, size_t rows,
                           const float *dmaps, float *gradient, float *dcodes)
{
    for (int i = run->net->convs - 1; i >= 0; i--) {
        float *d = run->d[DENSE + i];
        if (i < run->net->convs - 1)
            pg_mask(rows * layer_size(run->net, DENSE + i), run->value[DENSE + i], d);
        conv_backward(run, i, rows, i == run->net->convs - 1 ? dmaps : d, gradient);
    }
    for (int i = DENSE - 1; i >= 0; i--)
        pg_dense_layer_backward(&run->net->dense[i], run->p, gradient, rows,
                                i ? run->value[i - 1] : codes, run->value[i], run->d[i], i ? 0 : 1,
                                i ? run->d[i - 1] : dcodes);
}
