/* How the outputs of a convolution are made of its inputs.
 *
 * Promise: rectangles of outputs that see the same taps, all of them inside the
 * image, so that no pass over them meets an edge or multiplies by padding. All
 * places are counted in numbers.
 */
#ifndef PG_NN_CONV_PLAN_H
#define PG_NN_CONV_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/conv.h"

/* Inputs of an output that lie in one piece, as do their weights. */
typedef struct pg_conv_run {
    ptrdiff_t x; /* after the pixel's own place */
    size_t row;  /* of the packed weights, the first one */
    size_t length;
} pg_conv_run;

typedef struct pg_conv_rectangle {
    ptrdiff_t x, y;  /* where the first pixel's inputs and outputs begin */
    int row, column; /* of y, the first pixel's */
    int height, width;
    const pg_conv_run *run;
    int runs;
} pg_conv_rectangle;

typedef struct pg_conv_steps {
    ptrdiff_t image, row, column; /* from one pixel of a rectangle to the next */
} pg_conv_steps;

/* x is what the pass reads and y what it writes; the gradient of weights reads both. */
typedef struct pg_conv_plan {
    int images, in, out; /* channels of x and y */
    int height;          /* rows of y */
    pg_conv_steps x, y;
    pg_conv_rectangle *rectangle;
    int rectangles;
    pg_conv_run *run;
    int runs;
    int *tap; /* row x columns + column of the kernel, by its place in the packed weights */
    int taps;
} pg_conv_plan;

/* From the layer's inputs to its outputs. All three return false where memory is short; what
 * they leave is to be freed either way. */
bool pg_conv_plan_forward(pg_conv_plan *plan, const pg_conv_shape *shape);

/* From the layer's outputs to its inputs. */
bool pg_conv_plan_backward(pg_conv_plan *plan, const pg_conv_shape *shape);

/* For each run of weights the pixels that it joins; packed as for the forward pass. */
bool pg_conv_plan_gradient(pg_conv_plan *plan, const pg_conv_shape *shape);

void pg_conv_plan_free(pg_conv_plan *plan);

#endif
