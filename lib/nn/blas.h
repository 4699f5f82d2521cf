/* Row-major matrix products in single precision, on the calling thread. */
#ifndef PG_NN_BLAS_H
#define PG_NN_BLAS_H

#include "pixelgan/status.h"

/* Call this before the first product, with the number of threads that will compute at once. Loads
 * the BLAS, or fails and says why. Restricts the BLAS to the calling thread, if the BLAS supports
 * that. Without a BLAS, plain loops compute the products below. */
pg_status pg_blas_open(int threads, pg_error *err) PG_MUST_CHECK;

/* y (m x n) = x (m x k) w (k x n) + beta y */
void pg_matmul(int m, int n, int k, const float *x, const float *w, float beta, float *y);

/* dx (m x k) = dy (m x n) w^T (w is k x n) + beta dx */
void pg_matmul_backward_data(int m, int n, int k, const float *dy, const float *w, float beta,
                             float *dx);

/* dw (k x n) = x^T (x is m x k) dy (m x n) + beta dw */
void pg_matmul_backward_weights(int m, int n, int k, const float *x, const float *dy, float beta,
                                float *dw);

#endif
