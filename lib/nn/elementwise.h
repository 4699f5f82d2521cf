/* Fused passes over feature maps: rows x channels, row by row.
 *
 * Each pass reads and writes memory in the cache once. If a bias gradient is needed, the same pass
 * computes the column sums.
 */
#ifndef PG_NN_ELEMENTWISE_H
#define PG_NN_ELEMENTWISE_H

#include <stdbool.h>
#include <stddef.h>

/* y = max(x, 0) */
void pg_relu(size_t count, const float *x, float *y);

/* True if every number is finite. */
bool pg_finite(size_t count, const float *x);

/* y += x */
void pg_add(size_t count, const float *x, float *y);

/* y = a + b */
void pg_sum(size_t count, const float *a, const float *b, float *y);

/* y = x + m; z = max(y, 0). y may be x. */
void pg_add_relu(size_t count, const float *x, const float *m, float *y, float *z);

/* y[row] += bias, then max(y, 0) if relu is set */
void pg_bias(size_t rows, int channels, const float *bias, int relu, float *y);

/* sums[c] += sum over rows of d */
void pg_column_sums(size_t rows, int channels, const float *d, float *sums);

/* d += t; sums[c] += column sums of the result. */
void pg_add_with_sums(size_t rows, int channels, const float *t, float *d, float *sums);

/* d = 0 wherever y = relu(.) is not positive */
void pg_mask(size_t count, const float *y, float *d);

/* Backward of y = relu(.): d = (d + extra) where y > 0, else 0; sums[c] += column
 * sums of the result. extra may be NULL. */
void pg_relu_backward(size_t rows, int channels, const float *y, const float *extra, float *d,
                      float *sums);

/* Backward of a residual branch that starts with y = relu(x): d += t where
 * y > 0; sums[c] += column sums of the result. */
void pg_residual_backward(size_t rows, int channels, const float *y, const float *t, float *d,
                          float *sums);

/* d = t where y > 0, else 0; sums[c] += column sums of the result. */
void pg_relu_mask(size_t rows, int channels, const float *y, const float *t, float *d, float *sums);

#endif
