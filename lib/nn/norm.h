/* Batch normalisation (Ioffe & Szegedy 2015) over the shards of a batch.
 *
 * A table of rows x channels; a row of the batch is `positions` rows of it. The passes are called
 * by all workers with the tables of the process's whole part of the batch; each does its own
 * shards, and statistics are those of all rows of all processes.
 */
#ifndef PG_NN_NORM_H
#define PG_NN_NORM_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/group.h"

typedef struct pg_norm {
    int channels;
    size_t positions;          /* rows of the table for a row of the batch */
    bool relu;                 /* y = max(., 0) */
    const float *gamma, *beta; /* channels */
    float *mean, *variance;    /* running, channels */
    const pg_shards *shards;
    const pg_group *group; /* NULL: running statistics only */
    size_t total_rows;     /* of the whole batch's table */
    double *parts, *sums;  /* shards of the group x 2 x channels, and their sums */
    float *memory;         /* what follows lies here */
    float *shard_sums;     /* 2 x channels for each shard of this process */
    float *batch_mean, *batch_inv, *scale, *shift, *slope; /* channels */
} pg_norm;

/* Plans the memory of a norm whose fields up to total_rows are set; false where it is short. */
bool pg_norm_plan(pg_norm *norm);
void pg_norm_free(pg_norm *norm);

/* Takes gamma, beta and the running statistics, for pg_norm_apply. */
void pg_norm_load(pg_norm *norm);

/* y = relu?(gamma (x - mean) / sd + beta) with the running statistics; no barrier. */
void pg_norm_apply(const pg_norm *norm, const pg_worker *worker, const float *x, float *y);

/* The same with the batch's statistics; updates the running ones. y may be x only where relu is
 * off and no backward pass follows. */
void pg_norm_forward(pg_norm *norm, const pg_worker *worker, const float *x, float *y);

/* Turns dy into dx in place, given the forward pass's x and y; writes the gradients of gamma and
 * beta of each shard s into gradient[s] at these offsets. */
void pg_norm_backward(pg_norm *norm, const pg_worker *worker, const float *x, const float *y,
                      float *d, float *const *gradient, size_t gamma, size_t beta);

#endif
