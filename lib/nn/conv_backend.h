/* The interface between conv.c and the implementations of convolutions. */
#ifndef PG_NN_CONV_BACKEND_H
#define PG_NN_CONV_BACKEND_H

#include "nn/conv.h"

typedef struct pg_conv_backend_ops {
    pg_status (*create)(const pg_conv_shape *, const pg_conv_options *, void **state, pg_error *);
    void (*release)(void *state);
    void (*load)(void *state, const float *weight);
    void (*forward)(void *state, const void *x, const float *bias, void *y);
    void (*backward_data)(void *state, const void *dy, void *dx);
    void (*backward_weights)(void *state, const void *x, const void *dy);
    void (*take_gradient)(void *state, float *dweight);
    void (*take_images)(void *state, int images); /* NULL: always the number in the shape */
} pg_conv_backend_ops;

extern const pg_conv_backend_ops pg_conv_direct;
#ifdef HAVE_DNNL
extern const pg_conv_backend_ops pg_conv_half, pg_conv_dnnl;
bool pg_conv_dnnl_has_half(void);
#endif

/* Padding below and to the right that the output size implies. It is negative if no output sees the
 * last rows or columns of the input. */
static inline int pg_conv_pad_bottom(const pg_conv_shape *s)
{
    return (s->out_height - 1) * s->stride + (s->rows - 1) * s->dilation + 1 - s->height -
           s->pad_top;
}

static inline int pg_conv_pad_right(const pg_conv_shape *s)
{
    return (s->out_width - 1) * s->stride + (s->columns - 1) * s->dilation + 1 - s->width -
           s->pad_left;
}

#endif
