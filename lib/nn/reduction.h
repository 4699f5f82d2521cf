/* Gradients summed over the shards of all processes, a slice of the sum for each process.
 *
 * Promise: the sum is that of pg_parts_sum over the whole batch, bit for bit. A process adds up
 * what it can, which are the largest nodes of the tree within its shards, and the owner of a
 * slice adds up those of all processes. What it makes of its slice, all then get from it
 * (reduce-scatter and all-gather, as in Rajbhandari et al. 2020, sec. 5).
 */
#ifndef PG_NN_REDUCTION_H
#define PG_NN_REDUCTION_H

#include "nn/group.h"

/* A node of the tree of halves: neighbouring shards. */
typedef struct pg_node {
    int first, width;
} pg_node;

typedef struct pg_reduction {
    const pg_group *group;
    pg_node *node;                      /* those of the first process, then of the second ... */
    int *begin;                         /* of each process's nodes, and where the last end */
    size_t *send_bytes, *receive_bytes; /* by process */
    float *send, *receive;
    const float **part; /* by shard, of this process's slice */
    int *width;
} pg_reduction;

/* Plans memory for gradients of up to `count` numbers; nothing where the process is alone. */
pg_status pg_reduction_plan(pg_reduction *reduction, const pg_group *group, size_t count,
                            pg_error *err) PG_MUST_CHECK;
void pg_reduction_free(pg_reduction *reduction);

/* A worker's piece of a slice: numbers [begin, end) of a range, and what their gradients are the
 * sum of, from an offset on. */
typedef struct pg_slice {
    size_t begin, end;
    pg_parts parts;
    size_t offset;
} pg_slice;

/* The gradients, of this process's shards, of the `count` numbers from base on. All workers call
 * it, once all are there; the parts stay until the next barrier but one. */
pg_slice pg_reduction_sum(pg_reduction *reduction, const pg_worker *worker,
                          const float *const *gradients, size_t base, size_t count);

/* Gives all processes the slices of all, `count` numbers. All workers call it, each with its piece
 * done; it ends with a barrier. */
void pg_reduction_spread(const pg_reduction *reduction, const pg_worker *worker, float *data,
                         size_t count);

#endif
