/* Small matrix products, fused with addends and ReLU.
 *
 * Promise: row i of the result depends only on row i of the operands. The order of summation does
 * not depend on the number of rows, so that splitting a batch never changes a bit of the result. (A
 * general SGEMM does not promise that, and needs extra passes for addends and ReLU.)
 */
#ifndef PG_SAMPLE_PRODUCT_H
#define PG_SAMPLE_PRODUCT_H

#include <stddef.h>

enum {
    PG_LANES = 16,    /* columns of a panel: the floats of an AVX-512 register */
    PG_MAX_TERMS = 64 /* operand pairs of one product */
};

/* One operand pair: a matrix of rows, M x depth, and a matrix in column panels. */
typedef struct pg_term {
    const float *rows;
    size_t stride;        /* floats between rows */
    const float *weights; /* panel p at weights + p*panel_stride: depth x PG_LANES, aligned */
    size_t panel_stride;
    size_t depth;
} pg_term;

/* result = first + second + the terms' products: M x panels*PG_LANES, rows aligned. */
typedef struct pg_product {
    size_t rows, panels;
    size_t stride;      /* floats between rows of the results */
    const float *first; /* addends, may be NULL; may be a result */
    const float *second;
    size_t first_stride, second_stride; /* 0: the same row for all */
    float *sum;                         /* the result itself, or NULL */
    float *rectified;                   /* max(result, 0), or NULL */
    size_t term_count;
    pg_term term[PG_MAX_TERMS];
} pg_product;

void pg_multiply(const pg_product *product);

#endif
