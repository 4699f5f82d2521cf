/* Fully connected layers: y = relu?(x w + b), for x rows x in, w in x out, y rows x out. */
#ifndef PG_NN_DENSE_H
#define PG_NN_DENSE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pg_dense {
    int in, out;
    bool relu;
} pg_dense;

/* bias may be NULL. */
void pg_dense_forward(const pg_dense *dense, size_t rows, const float *x, const float *weight,
                      const float *bias, float *y);

/* Takes x and y of the forward pass. Masks dy by the ReLU in place. Writes the gradients dweight
 * and dbias (each may be NULL), and dx = dy w^T + beta dx (NULL: not wanted). */
void pg_dense_backward(const pg_dense *dense, size_t rows, const float *x, const float *weight,
                       const float *y, float *dy, float *dweight, float *dbias, float beta,
                       float *dx);

#endif
