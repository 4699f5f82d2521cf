#include <config.h>

#include "nn/group.h"

#include <string.h>

#include "nn/clones.h"

pg_group pg_group_alone(int shards)
{
    return (pg_group){.rank = 0, .size = 1, .shards = shards, .first = 0, .last = shards};
}

bool pg_group_sum(const pg_group *group, const pg_worker *worker, size_t count, const double *parts,
                  double *sums)
{
    pg_team_barrier();
    if (worker->id) return false;
    memset(sums, 0, count * sizeof *sums);
    for (int s = 0; s < group->shards; s++, parts += count)
        for (size_t i = 0; i < count; i++)
            sums[i] += parts[i];
    return true;
}

/* ---- Sums by halves ---- */

enum { BLOCK = 2048 }; /* numbers at a time, in the first-level cache */

PG_CLONES static void add(size_t count, const float *restrict x, const float *restrict y,
                          float *restrict sum)
{
    for (size_t i = 0; i < count; i++)
        sum[i] = x[i] + y[i];
}

PG_CLONES static void add_to(size_t count, const float *restrict x, float *restrict sum)
{
    for (size_t i = 0; i < count; i++)
        sum[i] += x[i];
}

/* The largest power of two below count: where the right half begins. */
static int half_of(int count)
{
    int half = 1;
    while (2 * half < count)
        half *= 2;
    return half;
}

static void sum_block(const float *const *part, int shards, size_t offset, size_t count, float *sum)
{
    if (shards == 1) {
        memcpy(sum, part[0] + offset, count * sizeof *sum);
    } else if (shards == 2) {
        add(count, part[0] + offset, part[1] + offset, sum);
    } else {
        float right[BLOCK];
        int half = half_of(shards);
        sum_block(part, half, offset, count, sum);
        sum_block(part + half, shards - half, offset, count, right);
        add_to(count, right, sum);
    }
}

void pg_shards_sum(const float *const *part, int shards, size_t offset, size_t count, float *sum)
{
    for (size_t done = 0; done < count; done += BLOCK) {
        size_t n = count - done < BLOCK ? count - done : BLOCK;
        sum_block(part, shards, offset + done, n, sum + done);
    }
}
