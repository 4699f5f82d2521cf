/* Scores: what the labels say about codes and clusters.
 *
 * Promise: labels go in here and nowhere else; every function is a pure
 * function of its arrays.
 */
#ifndef PIXELGAN_SCORE_H
#define PIXELGAN_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include <pixelgan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cluster of each example: argmax of its K probabilities (first on ties). */
PG_API void pg_score_assign(const float *probabilities, size_t count, int clusters,
                            int32_t *assignment);

/* Labels clusters by the protocol of Makhzani et al. (2015, "Adversarial
 * Autoencoders", section on clustering): the label of the example that
 * maximises q(z_i|x). Unlabelled examples are passed over; -1 for a cluster
 * when there is no labelled example. */
PG_API void pg_score_label_by_confidence(const float *probabilities, const int32_t *labels,
                                         size_t count, int clusters, int32_t *cluster_labels);
/* Labels clusters by the commonest label among their members (-1: empty). */
PG_API void pg_score_label_by_majority(const int32_t *assignment, const int32_t *labels,
                                       size_t count, int clusters, int32_t *cluster_labels);

typedef struct pg_confusion {
    int rows, columns;      /* distinct labels; clusters or classes */
    int32_t *row_labels;    /* sorted label values */
    size_t *cells;          /* rows x columns counts */
    size_t total;           /* labelled examples counted */
} pg_confusion;

PG_API pg_status pg_confusion_init(pg_confusion *confusion, const int32_t *labels,
                                   const int32_t *assignment, size_t count, int columns,
                                   pg_error *err) PG_MUST_CHECK;
PG_API void pg_confusion_free(pg_confusion *confusion);

/* Fraction of labelled examples whose cluster label differs from their own. */
PG_API double pg_confusion_error(const pg_confusion *confusion, const int32_t *column_labels);
/* Fraction of examples in the commonest label of their cluster. */
PG_API double pg_confusion_purity(const pg_confusion *confusion);
/* Normalised mutual information, I(L;C)/sqrt(H(L)H(C)), 0 where either is constant. */
PG_API double pg_confusion_nmi(const pg_confusion *confusion);

/* Error of the k-nearest-neighbour vote (Euclidean; ties to the nearest) of
 * labelled queries among labelled references, codes of dim components. */
PG_API pg_status pg_score_knn(const float *reference, const int32_t *reference_labels,
                              size_t reference_count, const float *query,
                              const int32_t *query_labels, size_t query_count, int dim, int k,
                              double *error, pg_error *err) PG_MUST_CHECK;

/* Projects count codes of dim components on their first two principal
 * components (dim 2: copied, centred not), count pairs. */
PG_API pg_status pg_score_project(const float *codes, size_t count, int dim, float *xy,
                                  pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
