#include "nn/reduction.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"

/* ---- Who has which nodes ---- */

static bool is_alone(const pg_reduction *r)
{
    return !r->group->transport;
}

/* Adds the largest nodes below this one that lie within [first, last). */
static void add_nodes(pg_reduction *r, pg_node node, int first, int last, int *count)
{
    int end = node.first + node.width, half;
    if (end <= first || node.first >= last) return;
    if (node.first >= first && end <= last) {
        r->node[(*count)++] = node;
        return;
    }
    half = pg_half_of(node.width);
    add_nodes(r, (pg_node){node.first, half}, first, last, count);
    add_nodes(r, (pg_node){node.first + half, node.width - half}, first, last, count);
}

static void find_nodes(pg_reduction *r)
{
    const pg_group *group = r->group;
    int count = 0;
    for (int p = 0; p < group->size; p++) {
        r->begin[p] = count;
        add_nodes(r, (pg_node){0, group->shards},
                  (int)pg_group_share(group, (size_t)group->shards, p),
                  (int)pg_group_share(group, (size_t)group->shards, p + 1), &count);
    }
    r->begin[group->size] = count;
}

static size_t count_nodes(const pg_reduction *r, int process)
{
    return (size_t)(r->begin[process + 1] - r->begin[process]);
}

/* ---- Memory ---- */

static bool plan_lists(pg_reduction *r)
{
    size_t shards = (size_t)r->group->shards, size = (size_t)r->group->size;
    r->node = pg_allocate(shards, sizeof *r->node);
    r->part = pg_allocate(shards, sizeof *r->part);
    r->width = pg_allocate(shards, sizeof *r->width);
    r->begin = pg_allocate(size + 1, sizeof *r->begin);
    r->send_bytes = pg_allocate(size, sizeof *r->send_bytes);
    r->receive_bytes = pg_allocate(size, sizeof *r->receive_bytes);
    return r->node && r->part && r->width && r->begin && r->send_bytes && r->receive_bytes;
}

pg_status pg_reduction_plan(pg_reduction *r, const pg_group *group, size_t count, pg_error *err)
{
    *r = (pg_reduction){.group = group};
    if (is_alone(r)) return PG_OK;
    if (plan_lists(r)) {
        find_nodes(r);
        size_t slice = count / (size_t)group->size + 1;
        size_t sent = count_nodes(r, group->rank) * count;
        size_t received = (size_t)r->begin[group->size] * slice;
        if (count > INT32_MAX || sent > INT32_MAX ||
            received > INT32_MAX) /* what MPI counts with */
            return pg_fail(err, PG_ERR_LIMIT,
                           "training: %zu weights are too many for %d processes; use another "
                           "number of them, a power of two",
                           count, group->size);
        r->send = pg_allocate(sent, sizeof *r->send);
        r->receive = pg_allocate(received, sizeof *r->receive);
    }
    if (r->send && r->receive) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "training: out of memory for what processes exchange");
}

void pg_reduction_free(pg_reduction *r)
{
    void *const memory[] = {r->node,       r->part,          r->width, r->begin,
                            r->send_bytes, r->receive_bytes, r->send,  r->receive};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
}

/* ---- Sums ---- */

static pg_slice whole(const pg_reduction *r, const pg_worker *worker, const float *const *gradients,
                      size_t base, size_t count)
{
    pg_slice slice = {.parts = {gradients, NULL, r->group->shards}};
    pg_share(worker, count, &slice.begin, &slice.end);
    slice.offset = base + slice.begin;
    return slice;
}

/* A worker's share of what goes to one process: for each own node the numbers of its slice. */
static void fill(pg_reduction *r, const pg_worker *worker, int process,
                 const float *const *gradients, size_t base, size_t count)
{
    const pg_group *group = r->group;
    size_t from = pg_group_share(group, count, process), begin, end;
    size_t length = pg_group_share(group, count, process + 1) - from;
    float *to = r->send + count_nodes(r, group->rank) * from;
    pg_share(worker, length, &begin, &end);
    for (int i = r->begin[group->rank]; i < r->begin[group->rank + 1]; i++, to += length)
        pg_shards_sum(gradients + (r->node[i].first - group->first), r->node[i].width,
                      base + from + begin, end - begin, to + begin);
}

static void exchange(pg_reduction *r, size_t count)
{
    const pg_group *group = r->group;
    const pg_transport *t = group->transport;
    size_t own =
        pg_group_share(group, count, group->rank + 1) - pg_group_share(group, count, group->rank);
    for (int p = 0; p < group->size; p++) {
        size_t length = pg_group_share(group, count, p + 1) - pg_group_share(group, count, p);
        r->send_bytes[p] = count_nodes(r, group->rank) * length * sizeof(float);
        r->receive_bytes[p] = count_nodes(r, p) * own * sizeof(float);
    }
    t->exchange(t->state, r->send, r->send_bytes, r->receive, r->receive_bytes);
    for (int i = 0; i < r->begin[group->size]; i++) {
        r->part[r->node[i].first] = r->receive + (size_t)i * own;
        r->width[r->node[i].first] = r->node[i].width;
    }
}

pg_slice pg_reduction_sum(pg_reduction *r, const pg_worker *worker, const float *const *gradients,
                          size_t base, size_t count)
{
    const pg_group *group = r->group;
    if (is_alone(r)) return whole(r, worker, gradients, base, count);
    for (int p = 0; p < group->size; p++)
        fill(r, worker, p, gradients, base, count);
    pg_team_barrier();
    if (worker->id == 0) exchange(r, count);
    pg_team_barrier();
    pg_slice slice = {.parts = {r->part, r->width, group->shards}};
    size_t from = pg_group_share(group, count, group->rank);
    pg_share(worker, pg_group_share(group, count, group->rank + 1) - from, &slice.offset,
             &slice.end);
    slice.begin = from + slice.offset;
    slice.end += from;
    return slice;
}

void pg_reduction_spread(const pg_reduction *r, const pg_worker *worker, float *data, size_t count)
{
    const pg_transport *t = r->group->transport;
    pg_team_barrier();
    if (is_alone(r)) return;
    if (worker->id == 0) t->gather(t->state, data, count, sizeof *data);
    pg_team_barrier();
}
