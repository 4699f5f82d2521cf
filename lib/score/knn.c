#include "pixelgan/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/neighbours.h"

/* The labelled codes of a set, side by side. */
typedef struct labelled {
    size_t count;
    float *codes;
    int32_t *labels;
} labelled;

static void labelled_free(labelled *set)
{
    free(set->codes);
    free(set->labels);
    *set = (labelled){0};
}

static pg_status labelled_init(labelled *set, const float *codes, const int32_t *labels,
                               size_t count, int dim, pg_error *err)
{
    size_t known = 0, floats, row = (size_t)dim;
    *set = (labelled){0};
    for (size_t n = 0; n < count; n++)
        known += labels[n] >= 0;
    if (pg_size_multiply(known, row, &floats)) set->codes = pg_allocate(floats, sizeof(float));
    set->labels = pg_allocate(known, sizeof(int32_t));
    if (!set->codes || !set->labels) {
        labelled_free(set);
        return pg_fail(err, PG_ERR_MEMORY, "nearest neighbours: out of memory for %zu codes",
                       known);
    }
    for (size_t n = 0; n < count; n++) {
        if (labels[n] < 0) continue;
        memcpy(set->codes + set->count * row, codes + n * row, row * sizeof *codes);
        set->labels[set->count++] = labels[n];
    }
    return PG_OK;
}

/* Votes for the label of the i-th neighbour among the found ones. */
static int votes(const pg_neighbour *nearest, int found, const int32_t *labels, int i)
{
    int sum = 0;
    for (int j = 0; j < found; j++)
        sum += labels[nearest[j].index] == labels[nearest[i].index];
    return sum;
}

/* Label with the most votes; from the nearest on, so that the nearest wins a tie. -1: no
 * neighbour at all. */
static int32_t elect(const pg_neighbour *nearest, int k, const int32_t *labels)
{
    int found = 0, most = 0;
    int32_t winner = -1;
    while (found < k && !isinf(nearest[found].distance))
        found++;
    for (int i = 0; i < found; i++) {
        int sum = votes(nearest, found, labels, i);
        if (sum <= most) continue;
        most = sum;
        winner = labels[nearest[i].index];
    }
    return winner;
}

static pg_status vote(const labelled *reference, const labelled *query, int dim, int k,
                      double *error, pg_error *err)
{
    pg_neighbour_index index;
    pg_status status =
        pg_neighbour_index_init(&index, reference->codes, reference->count, dim, err);
    if (status) return status;
    size_t size;
    pg_neighbour *neighbours = NULL;
    if (pg_size_multiply(query->count, (size_t)k, &size))
        neighbours = pg_allocate(size, sizeof *neighbours);
    status = neighbours
                 ? pg_neighbour_search(&index, query->codes, query->count, k, neighbours, err)
                 : pg_fail(err, PG_ERR_MEMORY, "nearest neighbours: out of memory for %zu codes",
                           query->count);
    size_t wrong = 0;
    for (size_t n = 0; !status && n < query->count; n++)
        wrong += elect(neighbours + n * (size_t)k, k, reference->labels) != query->labels[n];
    *error = (double)wrong / (double)query->count;
    free(neighbours);
    pg_neighbour_index_free(&index);
    return status;
}

static pg_status check(const labelled *reference, const labelled *query, int k, pg_error *err)
{
    if (k < 1)
        return pg_fail(err, PG_ERR_ARGUMENT, "nearest neighbours: k is %d, want 1 or more", k);
    if ((size_t)k > reference->count)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "nearest neighbours: %d wanted among %zu labelled references, give a "
                       "smaller k or more references",
                       k, reference->count);
    if (!query->count)
        return pg_fail(err, PG_ERR_ARGUMENT, "nearest neighbours: no labelled query to judge by");
    return PG_OK;
}

pg_status pg_score_knn(const float *reference, const int32_t *reference_labels,
                       size_t reference_count, const float *query, const int32_t *query_labels,
                       size_t query_count, int dim, int k, double *error, pg_error *err)
{
    labelled known, asked;
    if (dim < 1)
        return pg_fail(err, PG_ERR_ARGUMENT, "nearest neighbours: codes without components");
    pg_status status =
        labelled_init(&known, reference, reference_labels, reference_count, dim, err);
    if (status) return status;
    status = labelled_init(&asked, query, query_labels, query_count, dim, err);
    if (!status) status = check(&known, &asked, k, err);
    if (!status) status = vote(&known, &asked, dim, k, error, err);
    labelled_free(&asked);
    labelled_free(&known);
    return status;
}
