/* How a convolution computes its outputs from its inputs.
 *
 * Promise: the outputs are divided into rectangles that see the same taps, all of them inside the
 * image, so that loops have no edge cases and never multiply by padding. All positions are indices
 * of numbers.
 */
#ifndef PG_NN_CONV_PLAN_H
#define PG_NN_CONV_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/conv.h"

/* Inputs of an output that are contiguous in memory, as are their weights. */
typedef struct pg_conv_run {
    ptrdiff_t x; /* relative to the position of the pixel */
    size_t row;  /* first row of the packed weights */
    size_t length;
} pg_conv_run;

typedef struct pg_conv_rectangle {
    ptrdiff_t x, y;  /* start of the inputs and outputs of the first pixel */
    int row, column; /* of the first pixel in y */
    int height, width;
    const pg_conv_run *run;
    int runs;
} pg_conv_rectangle;

typedef struct pg_conv_steps {
    ptrdiff_t image, row, column; /* from one pixel of a rectangle to the next */
} pg_conv_steps;

/* The pass reads x and writes y; the gradient of the weights reads both. */
typedef struct pg_conv_plan {
    int images, in, out; /* channels of x and y */
    int height;          /* rows of y */
    pg_conv_steps x, y;
    pg_conv_rectangle *rectangle;
    int rectangles;
    pg_conv_run *run;
    int runs;
    int *tap; /* row x columns + column of the kernel, by position in the packed weights */
    int taps;
} pg_conv_plan;

/* From the layer's inputs to its outputs. All three functions return false if there is not enough
 * memory. The plan must be freed in either case. */
bool pg_conv_plan_forward(pg_conv_plan *plan, const pg_conv_shape *shape);

/* From the layer's outputs to its inputs. */
bool pg_conv_plan_backward(pg_conv_plan *plan, const pg_conv_shape *shape);

/* For each run of weights, the pixels that it connects; packed as for the forward pass. */
bool pg_conv_plan_gradient(pg_conv_plan *plan, const pg_conv_shape *shape);

void pg_conv_plan_free(pg_conv_plan *plan);

#endif
