/* Convolution as patches (one row an output position) and a matrix product. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/blas.h"
#include "nn/conv_backend.h"
#include "nn/elementwise.h"

typedef struct portable_conv {
    pg_conv_shape shape;
    pg_conv_options options;
    size_t positions; /* of one output image */
    size_t patch;     /* numbers in a patch: rows * columns * in */
    const float *weight;
    float *patches;  /* positions x patch, of one image */
    float *gradient; /* patch x out */
    bool fresh;      /* the gradient holds nothing yet */
} portable_conv;

/* A 1 x 1 kernel at stride 1 needs no patches: the image is the matrix. */
static bool is_pointwise(const pg_conv_shape *s)
{
    return s->rows == 1 && s->columns == 1 && s->stride == 1 && !s->pad_top && !s->pad_left &&
           s->out_height == s->height && s->out_width == s->width;
}

static void portable_release(void *state)
{
    portable_conv *conv = state;
    if (!conv) return;
    free(conv->patches);
    free(conv->gradient);
    free(conv);
}

static pg_status portable_create(const pg_conv_shape *shape, const pg_conv_options *options,
                                 void **state, pg_error *err)
{
    portable_conv *conv = pg_allocate(1, sizeof *conv);
    if (!conv) return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
    conv->shape = *shape;
    conv->options = *options;
    conv->positions = (size_t)shape->out_height * shape->out_width;
    conv->patch = (size_t)shape->rows * shape->columns * shape->in;
    conv->fresh = true;
    if (!is_pointwise(shape))
        conv->patches = pg_allocate(conv->positions * conv->patch, sizeof(float));
    conv->gradient = pg_allocate(conv->patch * shape->out, sizeof(float));
    *state = conv;
    if ((conv->patches || is_pointwise(shape)) && conv->gradient) return PG_OK;
    portable_release(conv);
    return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
}

static void portable_load(void *state, const float *weight)
{
    ((portable_conv *)state)->weight = weight;
}

/* Offset of the input numbers under one tap, or -1 in the padding. */
static ptrdiff_t tap_offset(const pg_conv_shape *s, int out_y, int out_x, int row, int column)
{
    int y = out_y * s->stride - s->pad_top + row * s->dilation;
    int x = out_x * s->stride - s->pad_left + column * s->dilation;
    if (y < 0 || y >= s->height || x < 0 || x >= s->width) return -1;
    return ((ptrdiff_t)y * s->width + x) * s->in;
}

/* One row of taps; where it lies inside the image it is one piece of memory. */
static void gather_row(const pg_conv_shape *s, const float *image, int y, int x, int row, float *to)
{
    int first = x * s->stride - s->pad_left;
    int last = first + s->columns - 1;
    ptrdiff_t start = tap_offset(s, y, x, row, 0);
    if (s->dilation == 1 && start >= 0 && last < s->width) {
        memcpy(to, image + start, (size_t)s->columns * s->in * sizeof *to);
        return;
    }
    for (int c = 0; c < s->columns; c++, to += s->in) {
        ptrdiff_t from = tap_offset(s, y, x, row, c);
        for (int i = 0; i < s->in; i++)
            to[i] = from < 0 ? 0 : image[from + i];
    }
}

static void gather_patches(const portable_conv *conv, const float *image)
{
    const pg_conv_shape *s = &conv->shape;
    float *to = conv->patches;
    for (int y = 0; y < s->out_height; y++)
        for (int x = 0; x < s->out_width; x++)
            for (int r = 0; r < s->rows; r++, to += (size_t)s->columns * s->in)
                gather_row(s, image, y, x, r, to);
}

static void scatter_patches(const portable_conv *conv, float *image)
{
    const pg_conv_shape *s = &conv->shape;
    const float *from = conv->patches;
    memset(image, 0, (size_t)s->height * s->width * s->in * sizeof(float));
    for (int y = 0; y < s->out_height; y++)
        for (int x = 0; x < s->out_width; x++)
            for (int r = 0; r < s->rows; r++)
                for (int c = 0; c < s->columns; c++, from += s->in) {
                    ptrdiff_t to = tap_offset(s, y, x, r, c);
                    if (to >= 0)
                        for (int i = 0; i < s->in; i++)
                            image[to + i] += from[i];
                }
}

/* The matrix whose rows are the patches of one image. */
static const float *patch_matrix(const portable_conv *conv, const float *image)
{
    if (!conv->patches) return image;
    gather_patches(conv, image);
    return conv->patches;
}

static size_t input_size(const pg_conv_shape *s)
{
    return (size_t)s->height * s->width * s->in;
}

static void portable_forward(void *state, const float *x, const float *bias, float *y)
{
    portable_conv *conv = state;
    const pg_conv_shape *s = &conv->shape;
    size_t outputs = conv->positions * s->out;
    for (int i = 0; i < s->images; i++, x += input_size(s), y += outputs) {
        pg_matmul(conv->positions, s->out, conv->patch, patch_matrix(conv, x), conv->weight,
                  conv->options.accumulate, y);
        if (conv->options.bias)
            pg_bias(conv->positions, s->out, bias, conv->options.relu, y);
        else if (conv->options.relu)
            pg_relu(outputs, y, y);
    }
}

static void portable_backward_data(void *state, const float *dy, float *dx)
{
    portable_conv *conv = state;
    const pg_conv_shape *s = &conv->shape;
    for (int i = 0; i < s->images; i++, dx += input_size(s), dy += conv->positions * s->out) {
        float *target = conv->patches ? conv->patches : dx;
        pg_matmul_backward_data(conv->positions, s->out, conv->patch, dy, conv->weight, 0, target);
        if (conv->patches) scatter_patches(conv, dx);
    }
}

static void portable_backward_weights(void *state, const float *x, const float *dy)
{
    portable_conv *conv = state;
    const pg_conv_shape *s = &conv->shape;
    for (int i = 0; i < s->images; i++, x += input_size(s), dy += conv->positions * s->out) {
        pg_matmul_backward_weights(conv->positions, s->out, conv->patch, patch_matrix(conv, x), dy,
                                   !conv->fresh, conv->gradient);
        conv->fresh = false;
    }
}

static void portable_take_gradient(void *state, float *dweight)
{
    portable_conv *conv = state;
    size_t bytes = conv->patch * conv->shape.out * sizeof(float);
    if (conv->fresh)
        memset(dweight, 0, bytes);
    else
        memcpy(dweight, conv->gradient, bytes);
    conv->fresh = true;
}

const pg_conv_backend_ops pg_conv_portable = {
    "portable",       portable_create,        portable_release,          portable_load,
    portable_forward, portable_backward_data, portable_backward_weights, portable_take_gradient,
};
