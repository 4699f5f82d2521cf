/* Batch normalisation (Ioffe & Szegedy 2015) shared by a team of workers.
 *
 * Rows x channels, normalised over all rows of all workers. Each worker passes
 * its own rows; the calls contain barriers, so all workers must make them.
 */
#ifndef PG_NN_NORM_H
#define PG_NN_NORM_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/team.h"

typedef struct pg_norm {
    int channels;
    bool relu;                     /* y = max(., 0) */
    const float *gamma, *beta;     /* channels */
    float *mean, *variance;        /* running, channels */
    float *partial;                /* workers x 5 x channels: sums and factors */
    float *batch_mean, *batch_inv; /* of this batch, channels */
} pg_norm;

/* Floats that partial, batch_mean and batch_inv take together. */
size_t pg_norm_workspace(int channels, int workers);

/* Places the workspace of that size. */
void pg_norm_place(pg_norm *norm, int channels, int workers, float *memory);

/* y = relu?(gamma (x - mean) / sd + beta) with the batch's statistics over
 * total_rows; updates the running ones. y may be x only where relu is off and
 * no backward pass follows. */
void pg_norm_forward(const pg_norm *norm, const pg_worker *worker, size_t rows, size_t total_rows,
                     const float *x, float *y);

/* The same with the running statistics; no barrier. */
void pg_norm_apply(const pg_norm *norm, const pg_worker *worker, size_t rows, const float *x,
                   float *y);

/* Turns dy into dx in place, given the forward pass's x and y; writes this
 * worker's dgamma and dbeta. */
void pg_norm_backward(const pg_norm *norm, const pg_worker *worker, size_t rows, size_t total_rows,
                      const float *x, const float *y, float *d, float *dgamma, float *dbeta);

#endif
