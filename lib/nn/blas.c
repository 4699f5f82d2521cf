#include <config.h>

#include "nn/blas.h"

#include <cblas.h>
#include <string.h>

void pg_blas_use_one_thread(void)
{
#ifdef HAVE_OPENBLAS_SET_NUM_THREADS
    openblas_set_num_threads(1);
#endif
}

/* A single column (n is 1) is left to the routines for vectors, which are faster there; a sum over
 * no rows is not, for only the ones for matrices then still apply beta. */

void pg_matmul(int m, int n, int k, const float *x, const float *w, float beta, float *y)
{
    if (m && n == 1)
        cblas_sgemv(CblasRowMajor, CblasNoTrans, m, k, 1, x, k, w, 1, beta, y, 1);
    else if (m)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, x, k, w, n, beta, y, n);
}

void pg_matmul_backward_data(int m, int n, int k, const float *dy, const float *w, float beta,
                             float *dx)
{
    if (m && n == 1 && beta == 0) {
        memset(dx, 0, sizeof *dx * m * k);
        cblas_sger(CblasRowMajor, m, k, 1, dy, 1, w, 1, dx, k);
    } else if (m)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, k, n, 1, dy, n, w, n, beta, dx, k);
}

void pg_matmul_backward_weights(int m, int n, int k, const float *x, const float *dy, float beta,
                                float *dw)
{
    if (m && n == 1)
        cblas_sgemv(CblasRowMajor, CblasTrans, m, k, 1, x, k, dy, 1, beta, dw, 1);
    else
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, n, m, 1, x, k, dy, n, beta, dw, n);
}
