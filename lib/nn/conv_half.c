/* Convolution of bfloat16: oneDNN's, and the gradient of dilated kernels row by row.
 *
 * For the weights' gradient of kernels whose rows are apart oneDNN has no direct code, but products
 * of patches or its reference, up to a thousand times slower. A row of the kernel alone is no such
 * case: it joins rows of x and of y that lie in one piece. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/conv_backend.h"

/* A row of a kernel as a layer of its own, for the gradient of its weights. */
typedef struct kernel_row {
    void *layer;             /* NULL: its taps lie outside the image everywhere */
    size_t x_begin, y_begin; /* numbers before the first rows of the image that it joins */
} kernel_row;

typedef struct half_conv {
    void *layer;
    int rows;           /* 0 unless they are apart */
    size_t row_weights; /* numbers */
    kernel_row *row;
} half_conv;

static bool rows_apart(const pg_conv_shape *shape, const pg_conv_options *options)
{
    return options->backward_weights && shape->rows > 1 && shape->dilation > 1 &&
           shape->stride == 1 && shape->images == 1;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static pg_status make_row(const pg_conv_shape *shape, int r, kernel_row *row, pg_error *err)
{
    int below = r * shape->dilation - shape->pad_top; /* of x, against y */
    int first = below < 0 ? -below : 0;
    int count = least(shape->out_height, shape->height - below) - first;
    if (count <= 0) return PG_OK;
    pg_conv_shape alone = *shape;
    alone.rows = 1;
    alone.pad_top = 0;
    alone.height = alone.out_height = count;
    row->x_begin = (size_t)(first + below) * shape->width * shape->in;
    row->y_begin = (size_t)first * shape->out_width * shape->out;
    pg_conv_options weights_only = {.backward_weights = true, .half = true};
    return pg_conv_dnnl.create(&alone, &weights_only, &row->layer, err);
}

static pg_status make_rows(half_conv *conv, const pg_conv_shape *shape, pg_error *err)
{
    conv->row = pg_allocate(shape->rows, sizeof *conv->row);
    if (!conv->row) return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
    conv->rows = shape->rows;
    conv->row_weights = (size_t)shape->columns * shape->in * shape->out;
    pg_status status = PG_OK;
    for (int r = 0; r < conv->rows && status == PG_OK; r++)
        status = make_row(shape, r, &conv->row[r], err);
    return status;
}

static void half_release(void *state)
{
    half_conv *conv = state;
    if (!conv) return;
    for (int r = 0; r < conv->rows; r++)
        pg_conv_dnnl.release(conv->row[r].layer);
    pg_conv_dnnl.release(conv->layer);
    free(conv->row);
    free(conv);
}

static pg_status half_create(const pg_conv_shape *shape, const pg_conv_options *options,
                             void **state, pg_error *err)
{
    half_conv *conv = pg_allocate(1, sizeof *conv);
    if (!conv) return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
    bool apart = rows_apart(shape, options);
    pg_conv_options own = *options;
    if (apart) own.backward_weights = false;
    pg_status status = pg_conv_dnnl.create(shape, &own, &conv->layer, err);
    if (status == PG_OK && apart) status = make_rows(conv, shape, err);
    if (status == PG_OK)
        *state = conv;
    else
        half_release(conv);
    return status;
}

static void half_load(void *state, const float *weight)
{
    pg_conv_dnnl.load(((half_conv *)state)->layer, weight);
}

static void half_forward(void *state, const void *x, const float *bias, void *y)
{
    pg_conv_dnnl.forward(((half_conv *)state)->layer, x, bias, y);
}

static void half_backward_data(void *state, const void *dy, void *dx)
{
    pg_conv_dnnl.backward_data(((half_conv *)state)->layer, dy, dx);
}

static void half_backward_weights(void *state, const void *x, const void *dy)
{
    const half_conv *conv = state;
    if (!conv->rows) pg_conv_dnnl.backward_weights(conv->layer, x, dy);
    for (int r = 0; r < conv->rows; r++) {
        const kernel_row *row = &conv->row[r];
        if (row->layer)
            pg_conv_dnnl.backward_weights(row->layer, (const uint16_t *)x + row->x_begin,
                                          (const uint16_t *)dy + row->y_begin);
    }
}

static void half_take_gradient(void *state, float *dweight)
{
    const half_conv *conv = state;
    if (!conv->rows) pg_conv_dnnl.take_gradient(conv->layer, dweight);
    for (int r = 0; r < conv->rows; r++, dweight += conv->row_weights) {
        if (conv->row[r].layer)
            pg_conv_dnnl.take_gradient(conv->row[r].layer, dweight);
        else
            memset(dweight, 0, conv->row_weights * sizeof *dweight);
    }
}

const pg_conv_backend_ops pg_conv_half = {
    half_create,        half_release,          half_load,          half_forward,
    half_backward_data, half_backward_weights, half_take_gradient, NULL,
};
