/* The inner loops of direct convolutions for each vector width; conv_direct.c calls them. */
#ifndef PG_NN_CONV_DIRECT_H
#define PG_NN_CONV_DIRECT_H

#include "nn/conv_plan.h"

/* Number of channels that are computed together; weights are packed accordingly. */
enum { PG_CONV_PANEL = 16 };

/* Forward, and gradient with respect to the data: every output is a sum over its runs. */
typedef struct pg_conv_gather {
    const pg_conv_plan *plan;
    const float *x;
    const float *weights; /* [panel][tap, channel of x][PG_CONV_PANEL] */
    const float *bias;    /* may be NULL */
    bool accumulate, relu;
    float *y;
} pg_conv_gather;

/* Gradient of the weights, for one image and one panel of y's channels: a sum over pixels. */
typedef struct pg_conv_sums {
    const pg_conv_plan *plan;
    const float *x;
    const float *y;
    pg_conv_steps y_step;
    int channels;   /* channels of y from here on: those of this panel, or more */
    int begin, end; /* rows of y */
    float *sums;    /* [tap, channel of x][PG_CONV_PANEL]; results are added */
} pg_conv_sums;

typedef struct pg_conv_kernels {
    int lanes; /* floats of a vector */
    /* Computes the panel of y that starts at a channel. */
    void (*gather)(const pg_conv_gather *, int channel);
    void (*sums)(const pg_conv_sums *);
} pg_conv_kernels;

/* The kernels for the widest vectors of this CPU, or for vectors of `lanes` floats; NULL if the CPU
 * has no such vectors. */
const pg_conv_kernels *pg_conv_find_kernels(int lanes);

#endif
