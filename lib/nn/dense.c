#include "nn/dense.h"

#include <string.h>

#include "nn/blas.h"
#include "nn/elementwise.h"

void pg_dense_forward(const pg_dense *dense, size_t rows, const float *x, const float *weight,
                      const float *bias, float *y)
{
    pg_matmul((int)rows, dense->out, dense->in, x, weight, 0, y);
    if (bias)
        pg_bias(rows, dense->out, bias, dense->relu, y);
    else if (dense->relu)
        pg_relu(rows * (size_t)dense->out, y, y);
}

void pg_dense_backward(const pg_dense *dense, size_t rows, const float *x, const float *weight,
                       const float *y, float *dy, float *dweight, float *dbias, float beta,
                       float *dx)
{
    int in = dense->in, out = dense->out;
    if (dense->relu) pg_mask(rows * (size_t)out, y, dy);
    if (dbias) {
        memset(dbias, 0, (size_t)out * sizeof *dbias);
        pg_column_sums(rows, out, dy, dbias);
    }
    if (dweight) pg_matmul_backward_weights((int)rows, out, in, x, dy, 0, dweight);
    if (dx) pg_matmul_backward_data((int)rows, out, in, dy, weight, beta, dx);
}
