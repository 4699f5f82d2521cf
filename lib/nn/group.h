/* Cuts a batch into shards, which are divided among threads and processes, and computes sums over
 * the whole batch.
 *
 * Promise: a batch is always cut in the same way, and sums take the shards in the same order, so
 * that results are the same, bit for bit, for any number of threads and processes. A run without
 * other processes is a group of one.
 *
 * Three terms that are easily confused:
 *   the batch   all rows of a step; losses are scaled by its size
 *   a shard     a fixed part of the rows, with its own sums and gradients
 *   a worker    a thread of this process, which processes the shards assigned to it
 */
#ifndef PG_NN_GROUP_H
#define PG_NN_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/team.h"
#include "pixelgan/transport.h"

enum { PG_MAX_SHARDS = 1024 };

/* The shards of this process. Shard s has the rows [begin[s], begin[s + 1]). */
typedef struct pg_shards {
    int count;
    size_t begin[PG_MAX_SHARDS + 1];
} pg_shards;

static inline size_t pg_shard_rows(const pg_shards *shards, int s)
{
    return shards->begin[s + 1] - shards->begin[s];
}

static inline size_t pg_shards_total(const pg_shards *shards)
{
    return shards->begin[shards->count];
}

/* The shards [*begin, *end) of this process that belong to a worker. */
static inline void pg_own_shards(const pg_shards *shards, const pg_worker *worker, int *begin,
                                 int *end)
{
    size_t from, to;
    pg_share(worker, (size_t)shards->count, &from, &to);
    *begin = (int)from;
    *end = (int)to;
}

typedef struct pg_group {
    int rank, size;                /* number of this process; number of processes */
    int shards;                    /* of the whole batch */
    int first, last;               /* shards of this process: [first, last) */
    const pg_transport *transport; /* NULL: no other process */
} pg_group;

/* A group of one process with all shards. */
pg_group pg_group_alone(int shards);

/* A group of the processes of the transport (NULL: this process alone). Shards are assigned in
 * order; a process may have none. */
pg_group pg_group_among(const pg_transport *transport, int shards);

/* Index of the first of `total` items that belong to process r; those of the next process follow.
 */
static inline size_t pg_group_share(const pg_group *group, size_t total, int r)
{
    return total * (size_t)r / (size_t)group->size;
}

/* sums[i] = sum over all shards s, in their order, of parts[s * count + i].
 *
 * parts has room for all shards of the batch. Each worker must have filled the parts of its own
 * shards; other processes send theirs. All workers must call this function. It waits for them and
 * returns true to the one that computed the sums. After the next barrier, the other workers may
 * read the sums, and parts may be filled again.
 */
bool pg_group_sum(const pg_group *group, const pg_worker *worker, size_t count, double *parts,
                  double *sums);

/* The part of shard s of this process. */
static inline double *pg_group_part(const pg_group *group, double *parts, size_t count, int s)
{
    return parts + (size_t)(group->first + s) * count;
}

/* Arrays to add up. part[s] is the sum of the shards [s, s + width[s]), which form a node of the
 * tree below; the other parts of the node are ignored. width NULL: one shard per part. */
typedef struct pg_parts {
    const float *const *part;
    const int *width;
    int shards;
} pg_parts;

/* Start of the right half of so many shards: the largest power of two below their number. */
int pg_half_of(int shards);

/* sum[i] = sum over the shards of part[s][offset + i], in float32. Halves are added recursively (a
 * fixed binary tree), so that processes with neighbouring shards can add up their own first. */
void pg_parts_sum(const pg_parts *parts, size_t offset, size_t count, float *sum);

/* The same for parts of one shard each. */
void pg_shards_sum(const float *const *part, int shards, size_t offset, size_t count, float *sum);

#endif
