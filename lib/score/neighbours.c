#include <config.h>

#include "score/neighbours.h"

#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/clones.h"
#include "nn/team.h"
#include "score/team.h"

enum {
    LANES = 16,          /* references side by side in one vector */
    QUERIES = 4,         /* queries that share a loaded vector */
    QUERY_BLOCK = 64,    /* queries that share a block of references; a thread's unit of work */
    BLOCK_FLOATS = 32768 /* of references in a block: half of a usual second-level cache */
};

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

pg_status pg_neighbour_index_init(pg_neighbour_index *index, const float *codes, size_t count,
                                  int dim, pg_error *err)
{
    size_t tiles = count / LANES + (count % LANES != 0), vectors;
    *index = (pg_neighbour_index){.dim = dim, .count = count, .tiles = tiles};
    if (count > UINT32_MAX)
        return pg_fail(err, PG_ERR_LIMIT, "nearest neighbours: more than %lu references",
                       (unsigned long)UINT32_MAX);
    if (pg_size_multiply(tiles, (size_t)dim, &vectors))
        index->packed = pg_allocate(vectors, sizeof(lanes));
    if (!index->packed)
        return pg_fail(err, PG_ERR_MEMORY, "nearest neighbours: out of memory for %zu codes",
                       count);
    for (size_t n = 0; n < tiles * LANES; n++) {
        float *lane = index->packed + n / LANES * LANES * (size_t)dim + n % LANES;
        for (int d = 0; d < dim; d++) /* the last tile is filled with points infinitely far */
            lane[d * LANES] = n < count ? codes[n * (size_t)dim + (size_t)d] : INFINITY;
    }
    return PG_OK;
}

void pg_neighbour_index_free(pg_neighbour_index *index)
{
    free(index->packed);
    *index = (pg_neighbour_index){0};
}

/* Squared distances, QUERIES x LANES, between queries (QUERIES x dim) and a tile (dim x LANES).
 * Sums of squared differences: slower than by inner products, but nothing cancels, and equal
 * codes get equal distances wherever they stand. */
PG_CLONES static void measure(const float *queries, const float *tile, int dim, float *distances)
{
    lanes sum[QUERIES] = {{0}};
    for (int d = 0; d < dim; d++) {
        const lanes reference = *(const lanes *)(tile + d * LANES);
        for (int q = 0; q < QUERIES; q++) {
            lanes difference = reference - queries[q * dim + d];
            sum[q] += difference * difference;
        }
    }
    memcpy(distances, sum, sizeof sum);
}

/* Inserts a candidate that is nearer than the last of the k into its place, after its equals. */
static void insert(pg_neighbour *nearest, int k, float distance, size_t index)
{
    int at = k - 1;
    for (; at > 0 && nearest[at - 1].distance > distance; at--)
        nearest[at] = nearest[at - 1];
    nearest[at] = (pg_neighbour){.distance = distance, .index = (uint32_t)index};
}

/* Offers the LANES references from `first` on to one query's k nearest. NaN is never nearer. */
static void offer(pg_neighbour *nearest, int k, const float *distances, size_t first)
{
    for (int lane = 0; lane < LANES; lane++)
        if (distances[lane] < nearest[k - 1].distance)
            insert(nearest, k, distances[lane], first + (size_t)lane);
}

/* Searches tiles [begin, end) for `active` <= QUERIES queries. */
static void search_tiles(const pg_neighbour_index *index, const float *queries, int active, int k,
                         size_t begin, size_t end, pg_neighbour *nearest)
{
    _Alignas(64) float distances[QUERIES * LANES];
    for (size_t tile = begin; tile < end; tile++) {
        measure(queries, index->packed + tile * (size_t)index->dim * LANES, index->dim, distances);
        for (int q = 0; q < active; q++)
            offer(nearest + (size_t)q * (size_t)k, k, distances + q * LANES, tile * LANES);
    }
}

/* All references for up to QUERY_BLOCK queries; padded has room for whole groups of them. */
static void search_block(const pg_neighbour_index *index, const float *queries, size_t count, int k,
                         float *padded, pg_neighbour *nearest)
{
    size_t dim = (size_t)index->dim;
    size_t tiles_at_once = BLOCK_FLOATS / LANES / dim + 1;
    memset(padded, 0, QUERY_BLOCK * dim * sizeof *padded);
    memcpy(padded, queries, count * dim * sizeof *padded);
    for (size_t i = 0; i < count * (size_t)k; i++)
        nearest[i] = (pg_neighbour){.distance = INFINITY};
    for (size_t begin = 0; begin < index->tiles; begin += tiles_at_once) {
        size_t left = index->tiles - begin;
        size_t end = begin + (left < tiles_at_once ? left : tiles_at_once);
        for (size_t q = 0; q < count; q += QUERIES) {
            int active = count - q < QUERIES ? (int)(count - q) : QUERIES;
            search_tiles(index, padded + q * dim, active, k, begin, end, nearest + q * (size_t)k);
        }
    }
}

/* A search by a team, whose workers take blocks of queries as they get free. */
typedef struct search {
    const pg_neighbour_index *index;
    const float *queries;
    size_t count;
    int k;
    pg_neighbour *neighbours;
    atomic_size_t next; /* first query that nobody has */
    atomic_bool failed;
} search;

static void search_task(const pg_worker *worker, void *argument)
{
    search *s = argument;
    size_t dim = (size_t)s->index->dim, first;
    float *padded = pg_allocate(QUERY_BLOCK * dim, sizeof *padded);
    (void)worker;
    if (!padded) atomic_store(&s->failed, true);
    while (padded && (first = atomic_fetch_add(&s->next, QUERY_BLOCK)) < s->count) {
        size_t left = s->count - first;
        search_block(s->index, s->queries + first * dim, left < QUERY_BLOCK ? left : QUERY_BLOCK,
                     s->k, padded, s->neighbours + first * (size_t)s->k);
    }
    free(padded);
}

pg_status pg_neighbour_search(const pg_neighbour_index *index, const float *queries, size_t count,
                              int k, pg_neighbour *neighbours, pg_error *err)
{
    search s = {
        .index = index, .queries = queries, .count = count, .k = k, .neighbours = neighbours};
    pg_team_run(pg_score_team(), search_task, &s);
    if (s.failed) return pg_fail(err, PG_ERR_MEMORY, "nearest neighbours: out of memory");
    return PG_OK;
}
