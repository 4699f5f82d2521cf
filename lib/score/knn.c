#include "pixelgan/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "score/neighbours.h"

struct pg_knn {
    int k;
    int32_t *labels; /* of the references in the index */
    pg_neighbour_index index;
};

static size_t count_labelled(const int32_t *labels, size_t count)
{
    size_t known = 0;
    for (size_t n = 0; n < count; n++)
        known += labels[n] >= 0;
    return known;
}

/* Copies the labelled codes and their labels side by side. */
static void gather_labelled(const float *codes, const int32_t *labels, size_t count, int dim,
                            float *known_codes, int32_t *known_labels)
{
    size_t row = (size_t)dim;
    for (size_t n = 0; n < count; n++) {
        if (labels[n] < 0) continue;
        memcpy(known_codes, codes + n * row, row * sizeof *codes);
        known_codes += row;
        *known_labels++ = labels[n];
    }
}

static pg_status out_of_memory(size_t count, pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY, "nearest neighbours: out of memory for %zu codes", count);
}

static pg_status build(pg_knn *knn, const float *reference, const int32_t *labels, size_t count,
                       int dim, size_t known, pg_error *err)
{
    size_t floats;
    float *codes = NULL;
    if (pg_size_multiply(known, (size_t)dim, &floats)) codes = pg_allocate(floats, sizeof *codes);
    knn->labels = pg_allocate(known, sizeof *knn->labels);
    if (!codes || !knn->labels) {
        free(codes);
        return out_of_memory(known, err);
    }
    gather_labelled(reference, labels, count, dim, codes, knn->labels);
    pg_status status = pg_neighbour_index_init(&knn->index, codes, known, dim, err);
    free(codes);
    return status;
}

pg_status pg_knn_create(const float *reference, const int32_t *labels, size_t count, int dim, int k,
                        pg_knn **knn, pg_error *err)
{
    *knn = NULL;
    size_t known = count_labelled(labels, count);
    if (dim < 1)
        return pg_fail(err, PG_ERR_ARGUMENT, "nearest neighbours: codes without components");
    if (k < 1)
        return pg_fail(err, PG_ERR_ARGUMENT, "nearest neighbours: k is %d, want 1 or more", k);
    if ((size_t)k > known)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "nearest neighbours: %d wanted among %zu labelled references, give a "
                       "smaller k or more references",
                       k, known);
    pg_knn *made = calloc(1, sizeof *made);
    if (!made) return out_of_memory(known, err);
    made->k = k;
    pg_status status = build(made, reference, labels, count, dim, known, err);
    if (status)
        pg_knn_free(made);
    else
        *knn = made;
    return status;
}

void pg_knn_free(pg_knn *knn)
{
    if (!knn) return;
    free(knn->labels);
    pg_neighbour_index_free(&knn->index);
    free(knn);
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

/* Queries searched at once: bounds the memory for their neighbours. */
enum { BATCH = 4096 };

pg_status pg_knn_predict(const pg_knn *knn, const float *queries, size_t count, int32_t *labels,
                         pg_error *err)
{
    size_t size, k = (size_t)knn->k, batch = count < BATCH ? count : BATCH;
    pg_neighbour *neighbours = NULL;
    if (pg_size_multiply(batch, k, &size)) neighbours = pg_allocate(size, sizeof *neighbours);
    if (!neighbours) return out_of_memory(batch, err);
    pg_status status = PG_OK;
    for (size_t first = 0; !status && first < count; first += batch) {
        size_t left = count - first, now = left < batch ? left : batch;
        status = pg_neighbour_search(&knn->index, queries + first * (size_t)knn->index.dim, now,
                                     knn->k, neighbours, err);
        for (size_t n = 0; !status && n < now; n++)
            labels[first + n] = elect(neighbours + n * k, knn->k, knn->labels);
    }
    free(neighbours);
    return status;
}

static pg_status find_error(const pg_knn *knn, const float *query, const int32_t *labels,
                            size_t count, double *error, pg_error *err)
{
    size_t known = count_labelled(labels, count), wrong = 0;
    if (!known)
        return pg_fail(err, PG_ERR_ARGUMENT, "nearest neighbours: no labelled query to judge by");
    int32_t *predicted = pg_allocate(count, sizeof *predicted);
    if (!predicted) return out_of_memory(count, err);
    pg_status status = pg_knn_predict(knn, query, count, predicted, err);
    for (size_t n = 0; !status && n < count; n++)
        wrong += labels[n] >= 0 && predicted[n] != labels[n];
    if (!status) *error = (double)wrong / (double)known;
    free(predicted);
    return status;
}

pg_status pg_score_knn(const float *reference, const int32_t *reference_labels,
                       size_t reference_count, const float *query, const int32_t *query_labels,
                       size_t query_count, int dim, int k, double *error, pg_error *err)
{
    pg_knn *knn;
    pg_status status =
        pg_knn_create(reference, reference_labels, reference_count, dim, k, &knn, err);
    if (!status) status = find_error(knn, query, query_labels, query_count, error, err);
    pg_knn_free(knn);
    return status;
}
