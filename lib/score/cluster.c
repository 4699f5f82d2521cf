#include "pixelgan/score.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

/* Index of the greatest of n values, first on ties, NaN passed over; -1 where all are NaN. */
static int32_t argmax(const float *values, int n)
{
    int32_t best = -1;
    for (int i = 0; i < n; i++)
        if (!isnan(values[i]) && (best < 0 || values[i] > values[best])) best = i;
    return best;
}

void pg_score_assign(const float *probabilities, size_t count, int clusters, int32_t *assignment)
{
    for (size_t n = 0; n < count; n++)
        assignment[n] = argmax(probabilities + n * (size_t)clusters, clusters);
}

pg_status pg_exemplars_init(pg_exemplars *exemplars, int clusters, pg_error *err)
{
    size_t count = clusters > 0 ? (size_t)clusters : 0;
    *exemplars = (pg_exemplars){.clusters = (int)count,
                                .confidence = pg_allocate(count, sizeof(float)),
                                .doubt = pg_allocate(count, sizeof(float)),
                                .labels = pg_allocate(count, sizeof(int32_t))};
    if (!exemplars->confidence || !exemplars->doubt || !exemplars->labels) {
        pg_exemplars_free(exemplars);
        return pg_fail(err, PG_ERR_MEMORY, "cluster labels: out of memory for %d clusters",
                       clusters);
    }
    for (size_t i = 0; i < count; i++)
        exemplars->labels[i] = -1;
    return PG_OK;
}

/* What the other clusters get: where q(z_i|x) rounds to 1, this still tells who is surer. */
static float sum_of_others(const float *q, int clusters, int i)
{
    float sum = 0;
    for (int k = 0; k < clusters; k++)
        if (k != i) sum += q[k];
    return sum;
}

/* Takes the example with probabilities q as the exemplar of cluster i, kept at place `at`, where
 * it is surer than the one so far. */
static void compare(pg_exemplars *exemplars, int at, const float *q, int clusters, int i,
                    int32_t label)
{
    bool any = exemplars->labels[at] >= 0;
    if (isnan(q[i]) || (any && q[i] < exemplars->confidence[at])) return;
    float doubt = sum_of_others(q, clusters, i);
    if (any && q[i] == exemplars->confidence[at] && !(doubt < exemplars->doubt[at])) return;
    exemplars->confidence[at] = q[i];
    exemplars->doubt[at] = doubt;
    exemplars->labels[at] = label;
}

void pg_exemplars_add(pg_exemplars *exemplars, const float *probabilities, const int32_t *labels,
                      size_t count)
{
    int clusters = exemplars->clusters;
    for (size_t n = 0; n < count; n++) {
        if (labels[n] < 0) continue;
        for (int i = 0; i < clusters; i++)
            compare(exemplars, i, probabilities + n * (size_t)clusters, clusters, i, labels[n]);
    }
}

void pg_exemplars_free(pg_exemplars *exemplars)
{
    free(exemplars->confidence);
    free(exemplars->doubt);
    free(exemplars->labels);
    *exemplars = (pg_exemplars){0};
}

/* Label of the labelled example surest of cluster i, in place and without memory. */
static int32_t exemplar_label(const float *probabilities, const int32_t *labels, size_t count,
                              int clusters, int i)
{
    float confidence, doubt;
    int32_t label;
    pg_exemplars one = {
        .clusters = 1, .confidence = &confidence, .doubt = &doubt, .labels = &label};
    label = -1;
    for (size_t n = 0; n < count; n++)
        if (labels[n] >= 0)
            compare(&one, 0, probabilities + n * (size_t)clusters, clusters, i, labels[n]);
    return label;
}

void pg_score_label_by_confidence(const float *probabilities, const int32_t *labels, size_t count,
                                  int clusters, int32_t *cluster_labels)
{
    for (int i = 0; i < clusters; i++)
        cluster_labels[i] = exemplar_label(probabilities, labels, count, clusters, i);
}

pg_status pg_score_label_by_majority(const int32_t *assignment, const int32_t *labels, size_t count,
                                     int clusters, int32_t *cluster_labels, pg_error *err)
{
    pg_confusion confusion;
    pg_status status = pg_confusion_init(&confusion, labels, assignment, count, clusters, err);
    if (status) return status;
    pg_confusion_majority(&confusion, cluster_labels);
    pg_confusion_free(&confusion);
    return PG_OK;
}
