#include <config.h>

#include "nn/group.h"

#include <string.h>

#include "nn/clones.h"

pg_group pg_group_alone(int shards)
{
    return (pg_group){.rank = 0, .size = 1, .shards = shards, .first = 0, .last = shards};
}

pg_group pg_group_among(const pg_transport *transport, int shards)
{
    pg_group group = pg_group_alone(shards);
    if (!transport || transport->size == 1) return group;
    group.transport = transport;
    group.rank = transport->rank;
    group.size = transport->size;
    group.first = (int)pg_group_share(&group, (size_t)shards, group.rank);
    group.last = (int)pg_group_share(&group, (size_t)shards, group.rank + 1);
    return group;
}

bool pg_group_sum(const pg_group *group, const pg_worker *worker, size_t count, double *parts,
                  double *sums)
{
    pg_team_barrier();
    if (worker->id) return false;
    const pg_transport *t = group->transport;
    if (t) t->gather(t->state, parts, (size_t)group->shards, count * sizeof *parts);
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

int pg_half_of(int shards)
{
    int half = 1;
    while (2 * half < shards)
        half *= 2;
    return half;
}

static bool is_one_part(const pg_parts *parts)
{
    return parts->shards == (parts->width ? parts->width[0] : 1);
}

static pg_parts some_of(const pg_parts *parts, int from, int shards)
{
    return (pg_parts){parts->part + from, parts->width ? parts->width + from : NULL, shards};
}

static void sum_block(const pg_parts *parts, size_t offset, size_t count, float *sum)
{
    if (is_one_part(parts)) {
        memcpy(sum, parts->part[0] + offset, count * sizeof *sum);
        return;
    }
    int half = pg_half_of(parts->shards);
    pg_parts left = some_of(parts, 0, half), right = some_of(parts, half, parts->shards - half);
    if (is_one_part(&left) && is_one_part(&right)) {
        add(count, left.part[0] + offset, right.part[0] + offset, sum);
    } else {
        float right_sum[BLOCK];
        sum_block(&left, offset, count, sum);
        sum_block(&right, offset, count, right_sum);
        add_to(count, right_sum, sum);
    }
}

void pg_parts_sum(const pg_parts *parts, size_t offset, size_t count, float *sum)
{
    for (size_t done = 0; done < count; done += BLOCK) {
        size_t n = count - done < BLOCK ? count - done : BLOCK;
        sum_block(parts, offset + done, n, sum + done);
    }
}

void pg_shards_sum(const float *const *part, int shards, size_t offset, size_t count, float *sum)
{
    pg_parts parts = {part, NULL, shards};
    pg_parts_sum(&parts, offset, count, sum);
}
