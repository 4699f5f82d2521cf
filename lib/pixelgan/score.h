/* Scores: what the labels say about codes and clusters, and how the codes lie.
 *
 * Promise: labels go in here and nowhere else; every function is a pure
 * function of its arrays, the accumulators of what was added to them. A label
 * below 0 means unlabelled, a cluster below 0 means unassigned.
 */
#ifndef PIXELGAN_SCORE_H
#define PIXELGAN_SCORE_H

#include <stddef.h>
#include <stdint.h>

#include <pixelgan/model.h>
#include <pixelgan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Threads that the scores of this process use from now on; 0, as at the start: as many as OpenMP
 * would take. Results do not depend on it. */
PG_API void pg_score_threads(int threads);

/* ---- Clusters and their labels ---- */

/* Cluster of each example: argmax of its K probabilities (first on ties; NaN
 * is passed over, and -1 where nothing else is there). */
PG_API void pg_score_assign(const float *probabilities, size_t count, int clusters,
                            int32_t *assignment);

/* Labels clusters by the protocol of Makhzani et al. (2015, "Adversarial
 * Autoencoders", section on clustering): the label of the example that
 * maximises q(z_i|x); of those equal in it, which happens near 1, the one with the
 * least left for other clusters, then the first. Unlabelled examples are passed over;
 * -1 for a cluster when there is no labelled example. */
PG_API void pg_score_label_by_confidence(const float *probabilities, const int32_t *labels,
                                         size_t count, int clusters, int32_t *cluster_labels);

/* The same for examples that arrive in chunks: a running maximum a cluster. */
typedef struct pg_exemplars {
    int clusters;
    float *confidence; /* greatest q(z_i|x) of a labelled example so far */
    float *doubt;      /* the sum of its probabilities of other clusters */
    int32_t *labels;   /* label of that example, -1: none yet */
} pg_exemplars;

PG_API pg_status pg_exemplars_init(pg_exemplars *exemplars, int clusters,
                                   pg_error *err) PG_MUST_CHECK;
PG_API void pg_exemplars_add(pg_exemplars *exemplars, const float *probabilities,
                             const int32_t *labels, size_t count);
PG_API void pg_exemplars_free(pg_exemplars *exemplars);

/* Labels clusters by the commonest label among their members (the smallest
 * label on ties, -1: no labelled member). */
PG_API pg_status pg_score_label_by_majority(const int32_t *assignment, const int32_t *labels,
                                            size_t count, int clusters, int32_t *cluster_labels,
                                            pg_error *err) PG_MUST_CHECK;

/* ---- Labels against clusters ---- */

typedef struct pg_confusion {
    int rows, columns;   /* distinct labels; clusters or classes */
    int32_t *row_labels; /* sorted label values */
    size_t *cells;       /* rows x columns counts */
    size_t total;        /* labelled examples counted */
    size_t unassigned;   /* those of them in no column, hence in no cell */
} pg_confusion;

/* Counts the labelled ones of count examples. */
PG_API pg_status pg_confusion_init(pg_confusion *confusion, const int32_t *labels,
                                   const int32_t *assignment, size_t count, int columns,
                                   pg_error *err) PG_MUST_CHECK;
/* Counts further examples; rows grows with the labels met. */
PG_API pg_status pg_confusion_add(pg_confusion *confusion, const int32_t *labels,
                                  const int32_t *assignment, size_t count,
                                  pg_error *err) PG_MUST_CHECK;
PG_API void pg_confusion_free(pg_confusion *confusion);

/* Commonest label of each column, as pg_score_label_by_majority. */
PG_API void pg_confusion_majority(const pg_confusion *confusion, int32_t *column_labels);
/* Columns with a labelled member. */
PG_API int pg_confusion_columns_used(const pg_confusion *confusion);

/* Fraction of labelled examples whose cluster label differs from their own
 * (the unassigned do); NaN where there are none. */
PG_API double pg_confusion_error(const pg_confusion *confusion, const int32_t *column_labels);
/* Fraction of labelled examples in the commonest label of their cluster; NaN where none. */
PG_API double pg_confusion_purity(const pg_confusion *confusion);
/* Accuracy under the best one-to-one assignment of columns to labels, "ACC" in papers on
 * clustering (Kuhn 1955; Jonker & Volgenant 1987): the fraction of labelled examples in the cells
 * assigned, where each label has one column at most and each column one label at most, whichever
 * are more. The unassigned count as wrong; NaN where nothing is labelled. */
PG_API pg_status pg_confusion_accuracy(const pg_confusion *confusion, double *accuracy,
                                       pg_error *err) PG_MUST_CHECK;
/* Rand index adjusted for chance (Hubert & Arabie 1985, "Comparing partitions", eq. 5), of the
 * assigned examples: 1 for equal partitions, 0 expected by chance; 1 also where both are trivial
 * in the same way (all together, all apart), NaN where there is no example. */
PG_API double pg_confusion_adjusted_rand(const pg_confusion *confusion);
/* Normalised mutual information, I(L;C)/mean(H(L), H(C)), of the assigned examples, by the
 * geometric mean (Strehl & Ghosh 2002, "Cluster ensembles", sec. 3) or the arithmetic one; 0
 * where one of them is constant, 1 where both are, 0 where there is no example. */
PG_API double pg_confusion_nmi(const pg_confusion *confusion);
PG_API double pg_confusion_nmi_arithmetic(const pg_confusion *confusion);

/* ---- Codes and labels ---- */

/* The vote of the k nearest of count labelled references (the unlabelled ones
 * are passed over), codes of dim components. Exact search by Euclidean distance
 * in single precision; of equally near references the earlier one counts as
 * nearer; of labels with equal votes the one with the nearest member wins. A
 * code that is not finite is nobody's neighbour and, as a query, gets -1. The
 * references are copied. */
typedef struct pg_knn pg_knn;

PG_API pg_status pg_knn_create(const float *reference, const int32_t *labels, size_t count, int dim,
                               int k, pg_knn **knn, pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_knn_predict(const pg_knn *knn, const float *queries, size_t count,
                                int32_t *labels, pg_error *err) PG_MUST_CHECK;
PG_API void pg_knn_free(pg_knn *knn);

/* Fraction of labelled queries whose vote is not their label; fails where there is no such query.
 */
PG_API pg_status pg_score_knn(const float *reference, const int32_t *reference_labels,
                              size_t reference_count, const float *query,
                              const int32_t *query_labels, size_t query_count, int dim, int k,
                              double *error, pg_error *err) PG_MUST_CHECK;

/* Projects count codes of dim components on their first two principal
 * components (dim 1: second component 0; dim 2: copied, centred not), count
 * pairs. The largest weight of each component is positive. */
PG_API pg_status pg_score_project(const float *codes, size_t count, int dim, float *xy,
                                  pg_error *err) PG_MUST_CHECK;

/* A uniform sample of at most limit codes, and their labels, from a stream of
 * any length (Vitter 1985, "Random sampling with a reservoir", algorithm R);
 * all of them, in order, where there are no more than that. */
typedef struct pg_subsample {
    int dim;
    size_t limit, count;
    size_t seen;     /* codes added so far */
    float *codes;    /* count x dim */
    int32_t *labels; /* count; -1 where none was given */
    void *rng;
} pg_subsample;

PG_API pg_status pg_subsample_init(pg_subsample *sample, int dim, size_t limit, uint64_t seed,
                                   pg_error *err) PG_MUST_CHECK;
/* labels may be NULL. */
PG_API pg_status pg_subsample_add(pg_subsample *sample, const float *codes, const int32_t *labels,
                                  size_t count, pg_error *err) PG_MUST_CHECK;
PG_API void pg_subsample_free(pg_subsample *sample);

/* ---- The aggregated posterior q(z) of a Gaussian code against N(0, I) ---- */

/* KL(N(m, S) || N(0, I)) in nats, m and S the mean and covariance of the
 * codes. As log N(0, I) is quadratic, KL(q||p) = KL(q||N(m, S)) + this, so it
 * is a lower bound of KL(q||p). Infinite where S is singular. */
PG_API pg_status pg_score_kl_moments(const float *codes, size_t count, int dim, double *kl,
                                     pg_error *err) PG_MUST_CHECK;

/* Differential entropy of the density behind the codes, in nats, from the
 * distance to the k-th neighbour (Kozachenko & Leonenko 1987; in the form of
 * Kraskov, Stoegbauer & Grassberger 2004, eq. 20, with Euclidean balls).
 * -infinity where more than k codes coincide. Needs count > k. */
PG_API pg_status pg_score_entropy(const float *codes, size_t count, int dim, int k, double *entropy,
                                  pg_error *err) PG_MUST_CHECK;

/* KL(q||N(0, I)) in nats without a shape assumed: mean of -log p - entropy. */
PG_API pg_status pg_score_kl_neighbours(const float *codes, size_t count, int dim, int k,
                                        double *kl, pg_error *err) PG_MUST_CHECK;

/* Kolmogorov-Smirnov distance of each dimension's values from N(0, 1): dim numbers. */
PG_API pg_status pg_score_kolmogorov(const float *codes, size_t count, int dim, double *statistics,
                                     pg_error *err) PG_MUST_CHECK;
/* Probability of a distance at least this large among count draws from the
 * distribution itself, with the correction of Stephens (1970) for small counts. */
PG_API double pg_score_kolmogorov_p(double statistic, size_t count);

/* Mardia (1970, "Measures of multivariate skewness and kurtosis"): 0 and
 * D(D+2) for any normal distribution, with the asymptotic probabilities of
 * values at least as far away. Time grows with count * dim^3. */
typedef struct pg_mardia {
    double skewness, skewness_p; /* b(1,D); count*b/6 is chi-squared, D(D+1)(D+2)/6 degrees */
    double kurtosis, kurtosis_p; /* b(2,D); normal, variance 8D(D+2)/count; two-sided */
} pg_mardia;

/* Fails where the covariance is singular. */
PG_API pg_status pg_score_mardia(const float *codes, size_t count, int dim, pg_mardia *mardia,
                                 pg_error *err) PG_MUST_CHECK;

/* ---- The aggregated posterior of Gaussian posteriors ---- */

/* A code drawn from each of count posteriors (means, then log variances, of dim each). */
PG_API pg_status pg_score_draw(const float *posteriors, size_t count, int dim, uint64_t seed,
                               float *codes, pg_error *err) PG_MUST_CHECK;

/* With z drawn from q(z|x) for each image x, means in nats of log q(z|x) and of
 * log q(z), q(z) the mean of all count posteriors (Hoffman & Johnson 2016, "ELBO
 * surgery", sec. 2). Their difference estimates I(x;z) and is at most log count;
 * what log_aggregate has more than the mean of log p(z) is KL(q(z) || p(z)).
 * Time grows with the square of count. */
typedef struct pg_aggregate {
    double log_posterior, log_aggregate;
} pg_aggregate;

PG_API pg_status pg_score_aggregate(const float *posteriors, const float *codes, size_t count,
                                    int dim, pg_aggregate *result, pg_error *err) PG_MUST_CHECK;

/* ---- The aggregated posterior of a categorical code ---- */

typedef struct pg_category_usage {
    int categories;
    size_t count;               /* examples added whose probabilities are all finite */
    double *mass;               /* sum of q(z|x) over them, a category each */
    double conditional_entropy; /* sum of H(q(z|x)) over them, nats */
} pg_category_usage;

PG_API pg_status pg_category_usage_init(pg_category_usage *usage, int categories,
                                        pg_error *err) PG_MUST_CHECK;
PG_API void pg_category_usage_add(pg_category_usage *usage, const float *probabilities,
                                  size_t count);
PG_API void pg_category_usage_free(pg_category_usage *usage);

/* H(q(z)), nats; log K where all categories are used alike; NaN without examples. */
PG_API double pg_category_usage_entropy(const pg_category_usage *usage);
/* KL(q(z) || uniform) = log K - H(q(z)), nats. */
PG_API double pg_category_usage_kl(const pg_category_usage *usage);
/* I(x;z) = H(q(z)) - mean H(q(z|x)), nats: what a code tells about its image. */
PG_API double pg_category_usage_information(const pg_category_usage *usage);

/* ---- What to label next ---- */

/* Shares `wanted` labels out among clusters (Hacohen, Dekel & Weinshall 2022, "Active learning on a
 * budget: opposite strategies suit high and low budgets", sec. 3): one for each without a label,
 * the largest first; then each goes where it stands for the most members. room: examples of a
 * cluster that can be asked for. share: labels for each cluster; order: the clusters in the order
 * of the labels, room for `wanted`. Returns how many there are, less where the examples do not
 * suffice. */
PG_API size_t pg_score_share_labels(const size_t *members, const size_t *labelled,
                                    const size_t *room, int clusters, size_t wanted, size_t *share,
                                    int *order);

/* The `wanted` most typical of count vectors, in the order in which they should be labelled: of
 * each of so many groups (k-means) the one with the smallest mean distance to its 20 nearest
 * neighbours, groups of less than 5 last. Time grows with the square of count. */
PG_API pg_status pg_score_typical(const float *features, size_t count, int dim, size_t wanted,
                                  size_t *chosen, pg_error *err) PG_MUST_CHECK;

/* ---- A run without labels ---- */

/* What tells good categories from bad ones where nothing is labelled. A share that chance alone
 * would reach is no merit: kappa (Cohen 1960, "A coefficient of agreement for nominal scales") is
 * 0 there, 1 for a share of 1, and 0 where all images are of one category. */
typedef struct pg_quality {
    double score;           /* the two kappas multiplied, 0 where one is below 0: 1 at best */
    size_t count;           /* images whose views were compared */
    double stability;       /* share of them with one category in two warped views */
    double stability_kappa; /* Lange et al. 2004, "Stability-based validation of clustering
                               solutions", take views for halves of the data */
    size_t decoded;         /* images of those that the decoder judged */
    double agreement;       /* share of these for which argmax p(x|z) is argmax q(z|x) */
    double agreement_kappa;
    double information;  /* mean of log p(x|z) - log mean over z' of p(x|z'), nats: what the
                            decoder gains by the category; at most log K */
    double share_in_use; /* exp(H(q(z))) / K: 1 where all categories are used alike */
    double kl;           /* KL(q(z) || uniform), nats */
} pg_quality;

/* Of count images, at least one, and the engine of a model with a categorical prior. Of 28x28
 * pixels 6000 / K of them, of larger ones fewer, but 20 to 200, go through the decoder once per
 * category. Views are shifted by up to a fourteenth of a side, turned by up to 10 degrees and
 * zoomed by a tenth. */
PG_API pg_status pg_score_quality(pg_engine *engine, const uint8_t *images, size_t count,
                                  uint64_t seed, pg_quality *quality, pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
