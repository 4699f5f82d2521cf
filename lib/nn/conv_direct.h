/* The inner loops of direct convolutions, by vector width; conv_direct.c drives them. */
#ifndef PG_NN_CONV_DIRECT_H
#define PG_NN_CONV_DIRECT_H

#include "nn/conv_plan.h"

/* Channels that are computed together; weights are packed by as many. */
enum { PG_CONV_PANEL = 16 };

/* Every output is a sum over its runs; forward, and backward to the data. */
typedef struct pg_conv_gather {
    const pg_conv_plan *plan;
    const float *x;
    const float *weights; /* [panel][tap, channel of x][PG_CONV_PANEL] */
    const float *bias;    /* may be NULL */
    bool accumulate, relu;
    float *y;
} pg_conv_gather;

/* Every weight is a sum over pixels; one image and one panel of y's channels. */
typedef struct pg_conv_sums {
    const pg_conv_plan *plan;
    const float *x;
    const float *y;
    pg_conv_steps y_step;
    int channels;   /* of y that are there, of a panel or more */
    int begin, end; /* rows of y */
    float *sums;    /* [tap, channel of x][PG_CONV_PANEL], added to */
} pg_conv_sums;

typedef struct pg_conv_kernels {
    int lanes; /* floats of a vector */
    /* The panel of y that starts at a channel. */
    void (*gather)(const pg_conv_gather *, int channel);
    void (*sums)(const pg_conv_sums *);
} pg_conv_kernels;

/* Those of the widest vectors that this CPU has, or of `lanes` floats; NULL where it has none such.
 */
const pg_conv_kernels *pg_conv_find_kernels(int lanes);

#endif
