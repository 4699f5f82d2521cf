/* Convolution as patches (one row an output position) and a matrix product. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/blas.h"
#include "nn/conv_backend.h"
#include "nn/elementwise.h"

enum { STRIDE = 8 }; /* floats copied at a time */

typedef struct portable_conv {
    pg_conv_shape shape;
    pg_conv_options options;
    size_t positions; /* of one output image */
    size_t patch;     /* numbers in a patch: rows * columns * in */
    const float *weight;
    float *patches; /* positions x patch, of one image */
    float *padded;  /* the image inside its padding, of padded_width columns */
    int padded_width;
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
    free(conv->padded);
    free(conv->gradient);
    free(conv);
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* Memory for patches, with room for what generous copies read and write beyond. */
static bool plan_patches(portable_conv *conv)
{
    const pg_conv_shape *s = &conv->shape;
    if (is_pointwise(s)) return true;
    int rows = s->height + s->pad_top + most(pg_conv_pad_bottom(s), 0);
    conv->padded_width = s->width + s->pad_left + most(pg_conv_pad_right(s), 0);
    conv->padded = pg_allocate((size_t)rows * conv->padded_width * s->in + STRIDE, sizeof(float));
    conv->patches = pg_allocate(conv->positions * conv->patch + STRIDE, sizeof(float));
    return conv->padded && conv->patches;
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
    conv->gradient = pg_allocate(conv->patch * shape->out, sizeof(float));
    *state = conv;
    if (conv->gradient && plan_patches(conv)) return PG_OK;
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

/* The image inside its padding. */
static void fill_padded(const portable_conv *conv, const float *image)
{
    const pg_conv_shape *s = &conv->shape;
    size_t row = (size_t)s->width * s->in, pitch = (size_t)conv->padded_width * s->in;
    float *to = conv->padded + s->pad_top * pitch + (size_t)s->pad_left * s->in;
    for (int y = 0; y < s->height; y++, to += pitch, image += row)
        memcpy(to, image, row * sizeof *to);
}

/* Copies count floats, and up to STRIDE - 1 more that the next copy overwrites. */
static inline void copy_generously(const float *from, size_t count, float *to)
{
    for (size_t i = 0; i < count; i += STRIDE)
        memcpy(to + i, from + i, STRIDE * sizeof *to);
}

/* Rows of taps lie in one piece where the taps are neighbours. */
static void gather_rows(const portable_conv *conv)
{
    const pg_conv_shape *s = &conv->shape;
    size_t pitch = (size_t)conv->padded_width * s->in, count = (size_t)s->columns * s->in;
    float *to = conv->patches;
    for (int y = 0; y < s->out_height; y++)
        for (int x = 0; x < s->out_width; x++) {
            const float *from =
                conv->padded + y * s->stride * pitch + (size_t)x * s->stride * s->in;
            for (int r = 0; r < s->rows; r++, to += count)
                copy_generously(from + r * s->dilation * pitch, count, to);
        }
}

static void gather_taps(const portable_conv *conv)
{
    const pg_conv_shape *s = &conv->shape;
    size_t pitch = (size_t)conv->padded_width * s->in;
    float *to = conv->patches;
    for (int y = 0; y < s->out_height; y++)
        for (int x = 0; x < s->out_width; x++)
            for (int r = 0; r < s->rows; r++)
                for (int c = 0; c < s->columns; c++, to += s->in) {
                    size_t row = (size_t)y * s->stride + r * s->dilation;
                    size_t column = (size_t)x * s->stride + c * s->dilation;
                    copy_generously(conv->padded + row * pitch + column * s->in, s->in, to);
                }
}

static void gather_patches(const portable_conv *conv, const float *image)
{
    fill_padded(conv, image);
    if (conv->shape.dilation == 1)
        gather_rows(conv);
    else
        gather_taps(conv);
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

static void portable_forward(void *state, const void *source, const float *bias, void *target)
{
    const float *x = source;
    float *y = target;
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

static void portable_backward_data(void *state, const void *source, void *target)
{
    const float *dy = source;
    float *dx = target;
    portable_conv *conv = state;
    const pg_conv_shape *s = &conv->shape;
    for (int i = 0; i < s->images; i++, dx += input_size(s), dy += conv->positions * s->out) {
        float *columns = conv->patches ? conv->patches : dx;
        pg_matmul_backward_data(conv->positions, s->out, conv->patch, dy, conv->weight, 0, columns);
        if (conv->patches) scatter_patches(conv, dx);
    }
}

static void portable_backward_weights(void *state, const void *source, const void *gradient)
{
    const float *x = source, *dy = gradient;
    portable_conv *conv = state;
    const pg_conv_shape *s = &conv->shape;
    for (int i = 0; i < s->images; i++, x += input_size(s), dy += conv->positions * s->out) {
        const float *matrix = conv->options.keep_patches ? conv->patches : patch_matrix(conv, x);
        pg_matmul_backward_weights(conv->positions, s->out, conv->patch, matrix, dy, !conv->fresh,
                                   conv->gradient);
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
