/* The fused passes between convolutions, for each type of stored activations.
 *
 * Sums, residual streams and their gradients are always float32. The inputs of convolutions are
 * stored as float32 or as bfloat16 (half the memory, and twice the arithmetic speed if the CPU
 * supports it). All tables are rows x channels.
 */
#ifndef PG_NN_PASSES_H
#define PG_NN_PASSES_H

#include <stdbool.h>
#include <stddef.h>

typedef struct pg_passes {
    bool half;
    size_t size; /* bytes of a stored number */

    /* stored y = x */
    void (*store)(size_t count, const float *x, void *y);

    /* stored y = max(x, 0) */
    void (*relu)(size_t count, const float *x, void *y);

    /* y = x + m; stored z = max(y, 0). y may be x. */
    void (*add_relu)(size_t count, const float *x, const float *m, float *y, void *z);

    /* Backward of stored y = relu(.): d = d + extra where y > 0, else 0; sums[c]
     * += column sums of the result. extra may be NULL. */
    void (*relu_backward)(size_t rows, int channels, const void *y, const void *extra, void *d,
                          float *sums);

    /* Backward of a residual branch that starts with y = relu(x): d += t where
     * y > 0; stored copy = d; sums[c] += column sums. */
    void (*residual_backward)(size_t rows, int channels, const void *y, const void *t, float *d,
                              void *copy, float *sums);

    /* d = t where y > 0, else 0; stored copy = d; sums[c] += column sums. */
    void (*relu_mask)(size_t rows, int channels, const void *y, const void *t, float *d, void *copy,
                      float *sums);
} pg_passes;

/* With float32 storage a stored copy of d is d itself: pass the same address. */
extern const pg_passes pg_passes_float, pg_passes_half;

#endif
