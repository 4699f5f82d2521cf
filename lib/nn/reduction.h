/* Sums gradients over the shards of all processes. Each process gets a slice of the sum.
 *
 * Promise: the sum is that of pg_parts_sum over the whole batch, bit for bit. Each process adds up
 * the largest nodes of the tree within its shards, and the owner of a slice adds up the nodes of
 * all processes. Each process then updates its slice and sends the result to all others
 * (reduce-scatter and all-gather, as in Rajbhandari et al. 2020, sec. 5).
 */
#ifndef PG_NN_REDUCTION_H
#define PG_NN_REDUCTION_H

#include "nn/group.h"

/* A node of the binary tree: neighbouring shards. */
typedef struct pg_node {
    int first, width;
} pg_node;

typedef struct pg_reduction {
    const pg_group *group;
    pg_node *node;                      /* nodes of the first process, then of the second ... */
    int *begin;                         /* first node of each process, and the end of the last */
    size_t *send_bytes, *receive_bytes; /* per process */
    float *send, *receive;
    const float **part; /* per shard, for the slice of this process */
    int *width;
} pg_reduction;

/* Allocates memory for gradients of up to `count` numbers; none if there is only one process. */
pg_status pg_reduction_plan(pg_reduction *reduction, const pg_group *group, size_t count,
                            pg_error *err) PG_MUST_CHECK;
void pg_reduction_free(pg_reduction *reduction);

/* A worker's piece of a slice: the numbers [begin, end) of a range, and the parts whose sum, from
 * `offset` on, is their gradient. */
typedef struct pg_slice {
    size_t begin, end;
    pg_parts parts;
    size_t offset;
} pg_slice;

/* Sums the gradients of the `count` numbers from `base` on, given those of this process's shards.
 * All workers call this once all gradients are complete. The parts stay valid until the second
 * barrier after the call. */
pg_slice pg_reduction_sum(pg_reduction *reduction, const pg_worker *worker,
                          const float *const *gradients, size_t base, size_t count);

/* Sends the slices of all processes, `count` numbers in total, to all processes. All workers call
 * this, each after completing its piece. It ends with a barrier. */
void pg_reduction_spread(const pg_reduction *reduction, const pg_worker *worker, float *data,
                         size_t count);

#endif
