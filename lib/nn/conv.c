#include <config.h>

#include "nn/conv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/conv_backend.h"

/* A row of a kernel as a layer of its own, for the gradient of its weights. */
typedef struct kernel_row {
    pg_conv *conv;           /* NULL: its taps lie outside the image everywhere */
    size_t x_begin, y_begin; /* bytes before the first rows of the image that it joins */
} kernel_row;

struct pg_conv {
    const pg_conv_backend_ops *ops;
    void *state;
    /* Where oneDNN has no fast code for all rows of a bfloat16 kernel at once; else rows is 0. */
    int rows;
    size_t row_weights; /* numbers */
    kernel_row *row;
};

static const pg_conv_backend_ops *choose(const pg_conv_options *options)
{
#ifdef HAVE_DNNL
    if (options->half) return &pg_conv_dnnl;
#else
    (void)options;
#endif
    return &pg_conv_direct;
}

/* ---- Kernels whose rows are apart ----
 *
 * For the weights' gradient of these oneDNN has no direct code, but products of patches or its
 * reference, up to a thousand times slower. A row of the kernel alone is no such case: it joins
 * rows of x and of y that lie in one piece. */

static bool rows_apart(const pg_conv_shape *shape, const pg_conv_options *options)
{
    return options->half && options->backward_weights && shape->rows > 1 && shape->dilation > 1 &&
           shape->stride == 1 && shape->images == 1;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static pg_status make_row(const pg_conv_shape *shape, int r, kernel_row *row, pg_error *err)
{
    const size_t number = sizeof(uint16_t);
    int below = r * shape->dilation - shape->pad_top; /* of x, against y */
    int first = below < 0 ? -below : 0;
    int count = least(shape->out_height, shape->height - below) - first;
    if (count <= 0) return PG_OK;
    pg_conv_shape alone = *shape;
    alone.rows = 1;
    alone.pad_top = 0;
    alone.height = alone.out_height = count;
    row->x_begin = (size_t)(first + below) * shape->width * shape->in * number;
    row->y_begin = (size_t)first * shape->out_width * shape->out * number;
    pg_conv_options weights_only = {.backward_weights = true, .half = true};
    return pg_conv_create(&alone, &weights_only, &row->conv, err);
}

static pg_status make_rows(pg_conv *conv, const pg_conv_shape *shape, pg_error *err)
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

/* ---- Layers ---- */

static pg_status make(pg_conv *conv, const pg_conv_shape *shape, const pg_conv_options *options,
                      pg_error *err)
{
    pg_conv_options own = *options;
    bool apart = rows_apart(shape, options);
    if (apart) own.backward_weights = false;
    conv->ops = choose(options);
    pg_status status = conv->ops->create(shape, &own, &conv->state, err);
    return status == PG_OK && apart ? make_rows(conv, shape, err) : status;
}

pg_status pg_conv_create(const pg_conv_shape *shape, const pg_conv_options *options, pg_conv **conv,
                         pg_error *err)
{
    if (options->half && !pg_conv_has_half())
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "precision bf16: needs oneDNN and a CPU with AVX-512 BF16; use fp32");
    *conv = pg_allocate(1, sizeof **conv);
    if (!*conv) return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
    pg_status status = make(*conv, shape, options, err);
    if (status == PG_OK) return PG_OK;
    pg_conv_free(*conv);
    *conv = NULL;
    return status;
}

void pg_conv_free(pg_conv *conv)
{
    if (!conv) return;
    for (int r = 0; r < conv->rows; r++)
        pg_conv_free(conv->row[r].conv);
    free(conv->row);
    if (conv->state) conv->ops->release(conv->state);
    free(conv);
}

void pg_conv_load(pg_conv *conv, const float *weight)
{
    conv->ops->load(conv->state, weight);
}

void pg_conv_forward(pg_conv *conv, const void *x, const float *bias, void *y)
{
    conv->ops->forward(conv->state, x, bias, y);
}

void pg_conv_backward_data(pg_conv *conv, const void *dy, void *dx)
{
    conv->ops->backward_data(conv->state, dy, dx);
}

void pg_conv_backward_weights(pg_conv *conv, const void *x, const void *dy)
{
    if (!conv->rows) conv->ops->backward_weights(conv->state, x, dy);
    for (int r = 0; r < conv->rows; r++) {
        const kernel_row *row = &conv->row[r];
        if (row->conv)
            pg_conv_backward_weights(row->conv, (const char *)x + row->x_begin,
                                     (const char *)dy + row->y_begin);
    }
}

void pg_conv_take_gradient(pg_conv *conv, float *dweight)
{
    if (!conv->rows) conv->ops->take_gradient(conv->state, dweight);
    for (int r = 0; r < conv->rows; r++, dweight += conv->row_weights) {
        if (conv->row[r].conv)
            pg_conv_take_gradient(conv->row[r].conv, dweight);
        else
            memset(dweight, 0, conv->row_weights * sizeof *dweight);
    }
}

bool pg_conv_has_half(void)
{
#ifdef HAVE_DNNL
    return pg_conv_dnnl_has_half();
#else
    return false;
#endif
}
