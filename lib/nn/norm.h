/* Batch normalisation (Ioffe & Szegedy 2015) over the shards of a batch.
 *
 * The data are tables of rows x channels, with `positions` rows per row of the batch. All workers
 * call a pass with the tables for all shards of the process. Each worker processes its own shards.
 * Statistics are taken over all rows of all processes.
 */
#ifndef PG_NN_NORM_H
#define PG_NN_NORM_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/group.h"

typedef struct pg_norm {
    int channels;
    size_t positions;          /* rows of the table per row of the batch */
    bool relu;                 /* y = max(., 0) */
    const float *gamma, *beta; /* channels */
    float *mean, *variance;    /* running, channels */
    const pg_shards *shards;
    const pg_group *group; /* NULL: running statistics only */
    size_t total_rows;     /* of the table of the whole batch */
    double *parts, *sums;  /* shards of the group x 2 x channels, and their sums */
    float *memory;         /* holds the following arrays */
    float *shard_sums;     /* 2 x channels per shard of this process */
    float *batch_mean, *batch_inv, *scale, *shift, *slope; /* channels */
} pg_norm;

/* Allocates the memory of a norm whose fields up to total_rows are set; false if there is not
 * enough. */
bool pg_norm_plan(pg_norm *norm);
void pg_norm_free(pg_norm *norm);

/* Loads gamma, beta and the running statistics for pg_norm_apply. */
void pg_norm_load(pg_norm *norm);

/* y = relu?(gamma (x - mean) / sd + beta) with the running statistics; no barrier. */
void pg_norm_apply(const pg_norm *norm, const pg_worker *worker, const float *x, float *y);

/* The same with the statistics of the batch; updates the running statistics. y may be x only if
 * relu is off and no backward pass follows. */
void pg_norm_forward(pg_norm *norm, const pg_worker *worker, const float *x, float *y);

/* Converts dy to dx in place in d, given x and y of the forward pass. Writes the gradients of gamma
 * and beta from shard s to gradient[s] at these offsets. */
void pg_norm_backward(pg_norm *norm, const pg_worker *worker, const float *x, const float *y,
                      float *d, float *const *gradient, size_t gamma, size_t beta);

#endif
