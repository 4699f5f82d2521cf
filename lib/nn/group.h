/* One batch, cut into shards that threads and processes share, and sums over all of it.
 *
 * Promise: a batch is cut in the same way whoever does the work, and a sum takes the shards in
 * the same order, so that results are the same, bit for bit, for any number of threads in any
 * number of processes. A run without other processes is a group of one.
 *
 * Three things that are easily mixed up:
 *   the batch   all rows of a step; scales losses
 *   a shard     a fixed part of its rows; has sums and gradients of its own
 *   a worker    a thread of this process; does the shards that are dealt to it
 */
#ifndef PG_NN_GROUP_H
#define PG_NN_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/team.h"
#include "pixelgan/transport.h"

enum { PG_MAX_SHARDS = 1024 };

/* The shards of this process: its shard s has rows [begin[s], begin[s + 1]). */
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

/* The shards [*begin, *end) of this process that a worker does. */
static inline void pg_own_shards(const pg_shards *shards, const pg_worker *worker, int *begin,
                                 int *end)
{
    size_t from, to;
    pg_share(worker, (size_t)shards->count, &from, &to);
    *begin = (int)from;
    *end = (int)to;
}

typedef struct pg_group {
    int rank, size;                /* this process, all of them */
    int shards;                    /* of the whole batch */
    int first, last;               /* those of this process: [first, last) */
    const pg_transport *transport; /* NULL: there is no other process */
} pg_group;

/* A group of one process that does all shards. */
pg_group pg_group_alone(int shards);

/* This process among those of the transport (NULL: alone), the shards dealt in their order; a
 * process may have none. */
pg_group pg_group_among(const pg_transport *transport, int shards);

/* The first of `total` things that are process r's; those of the next follow. */
static inline size_t pg_group_share(const pg_group *group, size_t total, int r)
{
    return total * (size_t)r / (size_t)group->size;
}

/* sums[i] = sum over all shards s, in their order, of parts[s * count + i].
 *
 * parts has room for the whole batch's shards; each worker has filled those of its own, and other
 * processes send theirs. All workers call it; it waits for them, and returns true to the one that
 * did the sums. The others may read them, and anyone may fill parts again, after the next barrier.
 */
bool pg_group_sum(const pg_group *group, const pg_worker *worker, size_t count, double *parts,
                  double *sums);

/* Where a process's shard s has its part. */
static inline double *pg_group_part(const pg_group *group, double *parts, size_t count, int s)
{
    return parts + (size_t)(group->first + s) * count;
}

/* Arrays to add up. part[s] is the sum of the shards [s, s + width[s]), which are a node of the
 * tree below; parts within it are not looked at. width NULL: of one shard each. */
typedef struct pg_parts {
    const float *const *part;
    const int *width;
    int shards;
} pg_parts;

/* Where the right half of so many shards begins: the largest power of two below their number. */
int pg_half_of(int shards);

/* sum[i] = sum over the shards of part[s][offset + i]: float32, by halves (a fixed binary tree),
 * so that processes with neighbouring shards can add up their own first. */
void pg_parts_sum(const pg_parts *parts, size_t offset, size_t count, float *sum);

/* The same of parts of one shard each. */
void pg_shards_sum(const float *const *part, int shards, size_t offset, size_t count, float *sum);

#endif
