/* Row-major single-precision matrix products, on the calling thread. */
#ifndef PG_NN_BLAS_H
#define PG_NN_BLAS_H

/* Makes the BLAS in use stay on the calling thread, where it can be told to. */
void pg_blas_use_one_thread(void);

/* y (m x n) = x (m x k) w (k x n) + beta y */
void pg_matmul(int m, int n, int k, const float *x, const float *w, float beta, float *y);

/* dx (m x k) = dy (m x n) w^T (w is k x n) + beta dx */
void pg_matmul_backward_data(int m, int n, int k, const float *dy, const float *w, float beta,
                             float *dx);

/* dw (k x n) = x^T (x is m x k) dy (m x n) + beta dw */
void pg_matmul_backward_weights(int m, int n, int k, const float *x, const float *dy, float beta,
                                float *dw);

#endif
