#include <config.h>

#include "nn/conv.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "nn/conv_backend.h"

enum { CACHE_BYTES = 256 * 1024 }; /* of a core's second cache, to count on */

struct pg_conv {
    const pg_conv_backend_ops *ops;
    void *state;
};

static const pg_conv_backend_ops *choose(const pg_conv_options *options)
{
#ifdef HAVE_DNNL
    if (options->half) return &pg_conv_half;
#else
    (void)options;
#endif
    return &pg_conv_direct;
}

pg_status pg_conv_create(const pg_conv_shape *shape, const pg_conv_options *options, pg_conv **conv,
                         pg_error *err)
{
    if (options->half && !pg_conv_has_half())
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "precision bf16: needs oneDNN and a CPU with AVX-512 BF16; use fp32");
    *conv = pg_allocate(1, sizeof **conv);
    if (!*conv) return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
    (*conv)->ops = choose(options);
    pg_status status = (*conv)->ops->create(shape, options, &(*conv)->state, err);
    if (status == PG_OK) return PG_OK;
    pg_conv_free(*conv);
    *conv = NULL;
    return status;
}

void pg_conv_free(pg_conv *conv)
{
    if (!conv) return;
    conv->ops->release(conv->state);
    free(conv);
}

void pg_conv_load(pg_conv *conv, const float *weight)
{
    conv->ops->load(conv->state, weight);
}

void pg_conv_take_images(pg_conv *conv, int images)
{
    if (conv->ops->take_images) conv->ops->take_images(conv->state, images);
}

int pg_conv_good_images(const pg_conv_shape *shape)
{
    size_t numbers = (size_t)shape->height * shape->width * shape->in +
                     (size_t)shape->out_height * shape->out_width * shape->out;
    size_t images = CACHE_BYTES / sizeof(float) / numbers;
    return images > 1 ? (int)images : 1;
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
    conv->ops->backward_weights(conv->state, x, dy);
}

void pg_conv_take_gradient(pg_conv *conv, float *dweight)
{
    conv->ops->take_gradient(conv->state, dweight);
}

bool pg_conv_has_half(void)
{
#ifdef HAVE_DNNL
    return pg_conv_dnnl_has_half();
#else
    return false;
#endif
}
