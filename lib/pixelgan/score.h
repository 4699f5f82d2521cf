/* Scores: compare codes and clusters with labels, and codes with the prior.
 *
 * Promise: evaluation uses labels here and nowhere else. The result of a function depends on its
 * arrays only, and that of an accumulator on what was added to it. A label below 0 means
 * unlabelled, a cluster below 0 means unassigned.
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

/* Sets the number of threads that scores use in this process. 0, the initial value: as many as
 * OpenMP would use. Results do not depend on it. */
PG_API void pg_score_threads(int threads);

/* ---- Clusters and their labels ---- */

/* Cluster of each example: argmax of its K probabilities, the first on ties. NaN is ignored; an
 * example with nothing else gets -1. */
PG_API void pg_score_assign(const float *probabilities, size_t count, int clusters,
                            int32_t *assignment);

/* Labels clusters by the protocol of Makhzani et al. (2015, "Adversarial Autoencoders", section on
 * clustering): a cluster gets the label of the example that maximises q(z_i|x). Ties, which occur
 * near 1, go to the example with the least probability of other clusters, then to the first.
 * Unlabelled examples are ignored. A cluster gets -1 if there is no labelled example. */
PG_API void pg_score_label_by_confidence(const float *probabilities, const int32_t *labels,
                                         size_t count, int clusters, int32_t *cluster_labels);

/* The same for examples that arrive in chunks: one running maximum per cluster. */
typedef struct pg_exemplars {
    int clusters;
    float *confidence; /* largest q(z_i|x) of a labelled example so far */
    float *doubt;      /* the sum of that example's probabilities of other clusters */
    int32_t *labels;   /* the label of that example, -1: none yet */
} pg_exemplars;

PG_API pg_status pg_exemplars_init(pg_exemplars *exemplars, int clusters,
                                   pg_error *err) PG_MUST_CHECK;
PG_API void pg_exemplars_add(pg_exemplars *exemplars, const float *probabilities,
                             const int32_t *labels, size_t count);
PG_API void pg_exemplars_free(pg_exemplars *exemplars);

/* Labels each cluster by the most frequent label among its members: the smallest one on ties, -1
 * without a labelled member. */
PG_API pg_status pg_score_label_by_majority(const int32_t *assignment, const int32_t *labels,
                                            size_t count, int clusters, int32_t *cluster_labels,
                                            pg_error *err) PG_MUST_CHECK;

/* ---- Labels against clusters ---- */

typedef struct pg_confusion {
    int rows, columns;   /* distinct labels; clusters or classes */
    int32_t *row_labels; /* sorted label values */
    size_t *cells;       /* rows x columns counts */
    size_t total;        /* labelled examples counted */
    size_t unassigned;   /* labelled examples without a cluster, which are in no cell */
} pg_confusion;

/* Counts those of the examples that are labelled. */
PG_API pg_status pg_confusion_init(pg_confusion *confusion, const int32_t *labels,
                                   const int32_t *assignment, size_t count, int columns,
                                   pg_error *err) PG_MUST_CHECK;
/* Counts further examples. New labels add rows. */
PG_API pg_status pg_confusion_add(pg_confusion *confusion, const int32_t *labels,
                                  const int32_t *assignment, size_t count,
                                  pg_error *err) PG_MUST_CHECK;
PG_API void pg_confusion_free(pg_confusion *confusion);

/* The most frequent label of each column, as in pg_score_label_by_majority. */
PG_API void pg_confusion_majority(const pg_confusion *confusion, int32_t *column_labels);
/* The number of columns with a labelled member. */
PG_API int pg_confusion_columns_used(const pg_confusion *confusion);

/* Fraction of labelled examples whose label differs from that of their cluster. Unassigned examples
 * count as wrong. NaN if nothing is labelled. */
PG_API double pg_confusion_error(const pg_confusion *confusion, const int32_t *column_labels);
/* Fraction of labelled examples with the most frequent label of their cluster. NaN if nothing is
 * labelled. */
PG_API double pg_confusion_purity(const pg_confusion *confusion);
/* Accuracy under the best one-to-one assignment of columns to labels, "ACC" in papers on
 * clustering (Kuhn 1955; Jonker & Volgenant 1987): the fraction of labelled examples in the
 * assigned cells. Each label has at most one column and each column at most one label, whichever
 * are more numerous. Unassigned examples count as wrong. NaN if nothing is labelled. */
PG_API pg_status pg_confusion_accuracy(const pg_confusion *confusion, double *accuracy,
                                       pg_error *err) PG_MUST_CHECK;
/* Rand index adjusted for chance (Hubert & Arabie 1985, "Comparing partitions", eq. 5) over the
 * assigned examples: 1 for equal partitions, 0 expected by chance. It is also 1 if both partitions
 * are trivial in the same way (all together, all apart), and NaN without examples. */
PG_API double pg_confusion_adjusted_rand(const pg_confusion *confusion);
/* Normalised mutual information, I(L;C)/mean(H(L), H(C)), over the assigned examples, with the
 * geometric mean (Strehl & Ghosh 2002, "Cluster ensembles", sec. 3) or the arithmetic mean. It is
 * 0 if one of L and C is constant, 1 if both are, and 0 without examples. */
PG_API double pg_confusion_nmi(const pg_confusion *confusion);
PG_API double pg_confusion_nmi_arithmetic(const pg_confusion *confusion);

/* ---- Codes and labels ---- */

/* k-nearest-neighbour classification of codes with dim components. The search is exact, by
 * Euclidean distance in single precision. Unlabelled references are ignored. Among equally near
 * references the earlier one counts as nearer; among labels with equal votes the one with the
 * nearest member wins. A code that is not finite is never a neighbour and, as a query, gets -1.
 * The references are copied. */
typedef struct pg_knn pg_knn;

PG_API pg_status pg_knn_create(const float *reference, const int32_t *labels, size_t count, int dim,
                               int k, pg_knn **knn, pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_knn_predict(const pg_knn *knn, const float *queries, size_t count,
                                int32_t *labels, pg_error *err) PG_MUST_CHECK;
PG_API void pg_knn_free(pg_knn *knn);

/* Fraction of labelled queries whose predicted label is wrong. Fails without labelled queries. */
PG_API pg_status pg_score_knn(const float *reference, const int32_t *reference_labels,
                              size_t reference_count, const float *query,
                              const int32_t *query_labels, size_t query_count, int dim, int k,
                              double *error, pg_error *err) PG_MUST_CHECK;

/* Projects count codes of dim components onto their first two principal components: count pairs.
 * If dim is 1 the second component is 0; if dim is 2 the codes are copied without centring. The
 * largest weight of each principal component is positive. */
PG_API pg_status pg_score_project(const float *codes, size_t count, int dim, float *xy,
                                  pg_error *err) PG_MUST_CHECK;

/* A uniform sample of at most limit codes and their labels from a stream of any length (Vitter
 * 1985, "Random sampling with a reservoir", algorithm R). A stream of up to limit codes is kept
 * whole and in order. */
typedef struct pg_subsample {
    int dim;
    size_t limit, count;
    size_t seen;     /* codes added so far */
    float *codes;    /* count x dim */
    int32_t *labels; /* count; -1 if none was given */
    void *rng;
} pg_subsample;

PG_API pg_status pg_subsample_init(pg_subsample *sample, int dim, size_t limit, uint64_t seed,
                                   pg_error *err) PG_MUST_CHECK;
/* labels may be NULL. */
PG_API pg_status pg_subsample_add(pg_subsample *sample, const float *codes, const int32_t *labels,
                                  size_t count, pg_error *err) PG_MUST_CHECK;
PG_API void pg_subsample_free(pg_subsample *sample);

/* ---- The aggregated posterior q(z) of a Gaussian code against N(0, I) ---- */

/* KL(N(m, S) || N(0, I)) in nats, where m and S are the mean and covariance of the codes. Because
 * log N(0, I) is quadratic, KL(q||p) = KL(q||N(m, S)) + this, so it is a lower bound of KL(q||p).
 * Infinite if S is singular. */
PG_API pg_status pg_score_kl_moments(const float *codes, size_t count, int dim, double *kl,
                                     pg_error *err) PG_MUST_CHECK;

/* Differential entropy of the density of the codes, in nats, from the distance to the k-th
 * neighbour (Kozachenko & Leonenko 1987; in the form of Kraskov, Stoegbauer & Grassberger 2004,
 * eq. 20, with Euclidean balls). -infinity if more than k codes coincide. Needs count > k. */
PG_API pg_status pg_score_entropy(const float *codes, size_t count, int dim, int k, double *entropy,
                                  pg_error *err) PG_MUST_CHECK;

/* KL(q||N(0, I)) in nats without assuming a shape of q: mean of -log p, minus the entropy. */
PG_API pg_status pg_score_kl_neighbours(const float *codes, size_t count, int dim, int k,
                                        double *kl, pg_error *err) PG_MUST_CHECK;

/* Kolmogorov-Smirnov distance of the values in each dimension from N(0, 1): dim numbers. */
PG_API pg_status pg_score_kolmogorov(const float *codes, size_t count, int dim, double *statistics,
                                     pg_error *err) PG_MUST_CHECK;
/* Probability that count draws from the distribution itself have at least this distance, with the
 * correction of Stephens (1970) for small counts. */
PG_API double pg_score_kolmogorov_p(double statistic, size_t count);

/* Multivariate skewness and kurtosis (Mardia 1970, "Measures of multivariate skewness and
 * kurtosis"). They are 0 and D(D+2) for any normal distribution. The p fields are the asymptotic
 * probabilities of values at least as far away. Time grows with count * dim^3. */
typedef struct pg_mardia {
    double skewness, skewness_p; /* b(1,D); count*b/6 is chi-squared, D(D+1)(D+2)/6 degrees */
    double kurtosis, kurtosis_p; /* b(2,D); normal, variance 8D(D+2)/count; two-sided */
} pg_mardia;

/* Fails if the covariance is singular. */
PG_API pg_status pg_score_mardia(const float *codes, size_t count, int dim, pg_mardia *mardia,
                                 pg_error *err) PG_MUST_CHECK;

/* ---- The aggregated posterior of Gaussian posteriors ---- */

/* Draws one code from each of count posteriors (dim means, then dim log variances). */
PG_API pg_status pg_score_draw(const float *posteriors, size_t count, int dim, uint64_t seed,
                               float *codes, pg_error *err) PG_MUST_CHECK;

/* Means in nats of log q(z|x) and of log q(z), with z drawn from q(z|x) for each image x, where
 * q(z) is the mean of all count posteriors (Hoffman & Johnson 2016, "ELBO surgery", sec. 2). Their
 * difference estimates I(x;z) and is at most log count. log_aggregate minus the mean of log p(z)
 * is KL(q(z) || p(z)). Time grows with the square of count. */
typedef struct pg_aggregate {
    double log_posterior, log_aggregate;
} pg_aggregate;

PG_API pg_status pg_score_aggregate(const float *posteriors, const float *codes, size_t count,
                                    int dim, pg_aggregate *result, pg_error *err) PG_MUST_CHECK;

/* ---- The aggregated posterior of a categorical code ---- */

typedef struct pg_category_usage {
    int categories;
    size_t count;               /* examples added whose probabilities are all finite */
    double *mass;               /* sum of q(z|x) over them, one number per category */
    double conditional_entropy; /* sum of H(q(z|x)) over them, nats */
} pg_category_usage;

PG_API pg_status pg_category_usage_init(pg_category_usage *usage, int categories,
                                        pg_error *err) PG_MUST_CHECK;
PG_API void pg_category_usage_add(pg_category_usage *usage, const float *probabilities,
                                  size_t count);
PG_API void pg_category_usage_free(pg_category_usage *usage);

/* H(q(z)), nats: log K if all categories are used equally; NaN without examples. */
PG_API double pg_category_usage_entropy(const pg_category_usage *usage);
/* KL(q(z) || uniform) = log K - H(q(z)), nats. */
PG_API double pg_category_usage_kl(const pg_category_usage *usage);
/* I(x;z) = H(q(z)) - mean H(q(z|x)), nats: how much a code tells about its image. */
PG_API double pg_category_usage_information(const pg_category_usage *usage);

/* ---- Choosing examples to label ---- */

/* Divides `wanted` labels among clusters (Hacohen, Dekel & Weinshall 2022, "Active learning on a
 * budget: opposite strategies suit high and low budgets", sec. 3). First each cluster without a
 * label gets one, the largest cluster first; then each further label goes to the cluster where it
 * stands for the most members. room holds the number of examples per cluster that can be chosen.
 * share receives the labels per cluster, and order, with space for `wanted`, the cluster of each
 * label. Returns the number of labels, which is smaller than wanted if there are too few examples.
 */
PG_API size_t pg_score_share_labels(const size_t *members, const size_t *labelled,
                                    const size_t *room, int clusters, size_t wanted, size_t *share,
                                    int *order);

/* The `wanted` most typical of count vectors, in the order in which they should be labelled.
 * k-means makes `wanted` groups. From each group it takes the vector with the smallest mean
 * distance to its 20 nearest neighbours; groups with fewer than 5 members come last. Time grows
 * with the square of count. */
PG_API pg_status pg_score_typical(const float *features, size_t count, int dim, size_t wanted,
                                  size_t *chosen, pg_error *err) PG_MUST_CHECK;

/* ---- Quality of a run without labels ---- */

/* Tells good categories from bad ones without labels. kappa (Cohen 1960, "A coefficient of
 * agreement for nominal scales") corrects a share for chance: it is 0 for the share that chance
 * alone would reach, 1 for a share of 1, and 0 if all images have the same category. */
typedef struct pg_quality {
    double score;           /* product of the two kappas, 1 at best; 0 if one of them is negative */
    size_t count;           /* images whose views were compared */
    double stability;       /* share of them that have the same category in two warped views */
    double stability_kappa; /* Lange et al. 2004, "Stability-based validation of clustering
                               solutions", compare halves of the data instead of views */
    size_t decoded;         /* how many of the images were also decoded */
    double agreement;       /* share of these for which argmax p(x|z) is argmax q(z|x) */
    double agreement_kappa;
    double information;  /* mean of log p(x|z) - log mean over z' of p(x|z'), nats: how much the
                            category tells the decoder; at most log K */
    double share_in_use; /* exp(H(q(z))) / K: 1 if all categories are used equally */
    double kl;           /* KL(q(z) || uniform), nats */
} pg_quality;

/* Computes the quality from count images, at least one, and the engine of a model with a
 * categorical prior. 20 to 200 of the images go through the decoder once per category: 6000 / K
 * images of 28x28 pixels, fewer larger ones. Views are shifted by up to 1/14 of a side, rotated by
 * up to 10 degrees and zoomed by up to a tenth. */
PG_API pg_status pg_score_quality(pg_engine *engine, const uint8_t *images, size_t count,
                                  uint64_t seed, pg_quality *quality, pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
