#include "nn/blas.h"

#include <stddef.h>
#include <string.h>

#include "nn/blas_load.h"

/* An operand: the number in row i and column j is at[i * row + j * column]. */
typedef struct operand {
    const float *at;
    size_t row, column;
} operand;

/* y (m x n) = a (m x k) b (k x n) + beta y, where there is no BLAS. */
static void plain_product(int m, int n, int k, operand a, operand b, float beta, float *y)
{
    for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++, y++) {
            float sum = 0;
            for (int l = 0; l < k; l++)
                sum += a.at[i * a.row + l * a.column] * b.at[l * b.row + j * b.column];
            *y = beta == 0 ? sum : sum + beta * *y;
        }
}

/* A single column (n is 1) is left to the routines for vectors, which are faster there; a sum over
 * no rows is not, for only the ones for matrices then still apply beta. */

void pg_matmul(int m, int n, int k, const float *x, const float *w, float beta, float *y)
{
    const pg_blas *blas = pg_blas_functions();
    if (!blas)
        plain_product(m, n, k, (operand){x, k, 1}, (operand){w, n, 1}, beta, y);
    else if (m && n == 1)
        blas->sgemv(CblasRowMajor, CblasNoTrans, m, k, 1, x, k, w, 1, beta, y, 1);
    else if (m)
        blas->sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, x, k, w, n, beta, y, n);
}

void pg_matmul_backward_data(int m, int n, int k, const float *dy, const float *w, float beta,
                             float *dx)
{
    const pg_blas *blas = pg_blas_functions();
    if (!blas) {
        plain_product(m, k, n, (operand){dy, n, 1}, (operand){w, 1, n}, beta, dx);
    } else if (m && n == 1 && beta == 0) {
        memset(dx, 0, sizeof *dx * m * k);
        blas->sger(CblasRowMajor, m, k, 1, dy, 1, w, 1, dx, k);
    } else if (m)
        blas->sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, n, 1, dy, n, w, n, beta, dx, k);
}

void pg_matmul_backward_weights(int m, int n, int k, const float *x, const float *dy, float beta,
                                float *dw)
{
    const pg_blas *blas = pg_blas_functions();
    if (!blas)
        plain_product(k, n, m, (operand){x, 1, k}, (operand){dy, n, 1}, beta, dw);
    else if (m && n == 1)
        blas->sgemv(CblasRowMajor, CblasTrans, m, k, 1, x, k, dy, 1, beta, dw, 1);
    else
        blas->sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, n, m, 1, x, k, dy, n, beta, dw, n);
}
