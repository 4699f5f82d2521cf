/* Nearest neighbours, principal components, and the statistics of an aggregated posterior. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#include "../tap.h"
#include "base/random.h"
#include "pixelgan/score.h"
#include "score/neighbours.h"

static pg_error err;

static float *normal_codes(size_t count, int dim, double deviation, double mean, uint64_t seed)
{
    gsl_rng *rng = pg_rng_create(seed, PG_RANDOM_TEST, 0, 0);
    float *codes = malloc(count * (size_t)dim * sizeof *codes);
    if (!rng || !codes) bail_out("out of memory");
    for (size_t i = 0; i < count * (size_t)dim; i++)
        codes[i] = (float)(mean + gsl_ran_gaussian_ziggurat(rng, deviation));
    gsl_rng_free(rng);
    return codes;
}

static double knn(const float *reference, const int32_t *reference_labels, size_t references,
                  const float *query, const int32_t *query_labels, size_t queries, int dim, int k)
{
    double error = -1;
    pg_status status = pg_score_knn(reference, reference_labels, references, query, query_labels,
                                    queries, dim, k, &error, &err);
    return status ? -(double)status : error;
}

static void votes(void)
{
    /* On a line: labels 0 at 0, 1 at 1 and 2, 2 at 10; unlabelled at 0.1. */
    const float reference[] = {0, 1, 2, 10, 0.1f};
    const int32_t labels[] = {0, 1, 1, 2, -1};
    const float query[] = {0.2f, 0.2f, 9, 0.5f, 100};
    const int32_t zero = 0, one = 1, two = 2;
    is_close(knn(reference, labels, 5, query, &zero, 1, 1, 1), 0, 0, "the nearest, not unlabelled");
    is_close(knn(reference, labels, 5, query, &one, 1, 1, 3), 0, 0, "two of three votes");
    is_close(knn(reference, labels, 5, query, &zero, 1, 1, 2), 0, 0, "a tied vote: the nearest");
    is_close(knn(reference, labels, 5, query + 2, &one, 1, 1, 4), 0, 0, "all references vote");
    is_close(knn(reference, labels, 5, query + 2, &two, 1, 1, 2), 0, 0, "far tie: the nearest");
    is_close(knn(reference, labels, 5, query + 3, &zero, 1, 1, 1), 0, 0,
             "equal distance: the earlier reference");
    const int32_t mixed[] = {0, 1, -1, 1, 2};
    is_close(knn(reference, labels, 5, query, mixed, 5, 1, 1), 0.5, 0,
             "the error is among labelled queries");
}

static void refusals(void)
{
    const float codes[] = {0, 1};
    const int32_t labels[] = {0, 1}, none[] = {-1, -1};
    is_close(knn(codes, labels, 2, codes, labels, 2, 1, 3), -PG_ERR_ARGUMENT, 0, "k too large");
    ok(strstr(err.message, "2 labelled references") != NULL, "says how many there are");
    is_close(knn(codes, labels, 2, codes, labels, 2, 1, 0), -PG_ERR_ARGUMENT, 0, "k 0");
    is_close(knn(codes, none, 2, codes, labels, 2, 1, 1), -PG_ERR_ARGUMENT, 0, "no reference");
    is_close(knn(codes, labels, 2, codes, none, 2, 1, 1), -PG_ERR_ARGUMENT, 0, "no query label");
    is_close(knn(codes, labels, 2, codes, labels, 0, 1, 1), -PG_ERR_ARGUMENT, 0, "no query");
    is_close(knn(codes, labels, 2, codes, labels, 2, 0, 1), -PG_ERR_ARGUMENT, 0, "no components");
    const float with_nan[] = {NAN, INFINITY, 5};
    const int32_t three[] = {1, 1, 0};
    const float near = 1;
    const int32_t zero = 0;
    is_close(knn(with_nan, three, 3, &near, &zero, 1, 1, 3), 0, 0, "NaN is nobody's neighbour");
    is_close(knn(codes, labels, 2, with_nan, three, 1, 1, 1), 1, 0, "a NaN query is an error");
}

/* Against the plainest search there is, at sizes around tiles, groups and blocks. */
static void search(size_t references, size_t queries, int dim, int k)
{
    float *reference = normal_codes(references, dim, 1, 0, 1);
    float *query = normal_codes(queries, dim, 1, 0, 2);
    pg_neighbour *got = malloc(queries * (size_t)k * sizeof *got);
    pg_neighbour_index index;
    if (!got || pg_neighbour_index_init(&index, reference, references, dim, &err) ||
        pg_neighbour_search(&index, query, queries, k, got, &err))
        bail_out("search failed");
    size_t wrong = 0;
    for (size_t q = 0; q < queries; q++) {
        double last = 0;
        for (int i = 0; i < k; i++) {
            const pg_neighbour *neighbour = got + q * (size_t)k + i;
            size_t nearer = 0;
            double distance = 0;
            for (size_t r = 0; r < references; r++) {
                double sum = 0;
                for (int d = 0; d < dim; d++)
                    sum += pow((double)reference[r * (size_t)dim + (size_t)d] -
                                   query[q * (size_t)dim + (size_t)d],
                               2);
                if (r == neighbour->index) distance = sum;
                nearer += sum < neighbour->distance * (1 - 1e-5);
            }
            wrong += nearer > (size_t)i || fabs(distance - neighbour->distance) > 1e-4 * distance;
            wrong += neighbour->distance < last;
            last = neighbour->distance;
        }
    }
    is_int(wrong, 0, "%zu references, %zu queries, %d components, k %d", references, queries, dim,
           k);
    pg_neighbour_index_free(&index);
    free(got);
    free(query);
    free(reference);
}

static void projection(void)
{
    const float line[] = {3, 4, 5}, plane[] = {1, 2, 3, 4, 5, 6};
    float xy[8];
    is_int(pg_score_project(line, 3, 1, xy, &err), PG_OK, "one component");
    ok(xy[2] == 4 && xy[3] == 0, "second one is 0");
    is_int(pg_score_project(plane, 3, 2, xy, &err), PG_OK, "two components");
    ok(memcmp(xy, plane, sizeof plane) == 0, "copied");

    /* Four points of a cross in a plane of three dimensions: axes (3,0,4)/5 of
     * half-length 10 and (0,1,0) of half-length 1, around (1, 2, 3). */
    const float cross[] = {7, 2, 11, -5, 2, -5, 1, 3, 3, 1, 1, 3};
    const float expected[] = {10, 0, -10, 0, 0, 1, 0, -1};
    is_int(pg_score_project(cross, 4, 3, xy, &err), PG_OK, "three components");
    double worst = 0;
    for (int i = 0; i < 8; i++)
        worst = worse_of(worst, fabs(xy[i] - expected[i]));
    is_close(worst, 0, 1e-5, "first and second principal component");

    is_int(pg_score_project(cross, 0, 3, xy, &err), PG_OK, "no codes");
    is_int(pg_score_project(cross, 1, 3, xy, &err), PG_OK, "one code");
    ok(xy[0] == 0 && xy[1] == 0, "is the origin");
    const float bad[] = {1, 2, 3, 4, NAN, 6};
    is_int(pg_score_project(bad, 2, 3, xy, &err), PG_ERR_ARGUMENT, "NaN is refused");
    ok(strstr(err.message, "component 1 of code 1") != NULL, "by its place");
    is_int(pg_score_project(bad, 2, 0, xy, &err), PG_ERR_ARGUMENT, "no components");
}

static void moments(void)
{
    double kl;
    /* One dimension, values +-2 around 1: variance 4, KL = (4 + 1 - 1 - log 4) / 2. */
    const float two[] = {3, -1};
    is_int(pg_score_kl_moments(two, 2, 1, &kl, &err), PG_OK, "KL of moments");
    is_close(kl, (4 - log(4)) / 2, 1e-12, "of variance 4, mean 1");
    /* Correlated: S = [[1, .5], [.5, 1]] has determinant 3/4. */
    const float a = sqrtf(1.5f), b = sqrtf(0.5f);
    const float ellipse[] = {a, a, -a, -a, b, -b, -b, b};
    is_int(pg_score_kl_moments(ellipse, 4, 2, &kl, &err), PG_OK, "two dimensions");
    is_close(kl, -log(0.75) / 2, 1e-6, "of correlation 1/2");
    const float flat[] = {1, 5, 2, 5, 3, 5};
    is_int(pg_score_kl_moments(flat, 3, 2, &kl, &err), PG_OK, "a constant dimension");
    ok(isinf(kl) && kl > 0, "is infinitely far");
    is_int(pg_score_kl_moments(flat, 0, 2, &kl, &err), PG_ERR_ARGUMENT, "no codes");
    is_int(pg_score_kl_moments((float[]){NAN, 1}, 2, 1, &kl, &err), PG_ERR_ARGUMENT, "NaN");
}

static void entropies(void)
{
    double got;
    /* Three points 0, 1, 3: first neighbours at 1, 1, 2; psi(3) - psi(1) = 3/2, c = 2. */
    const float line[] = {0, 1, 3};
    is_int(pg_score_entropy(line, 3, 1, 1, &got, &err), PG_OK, "entropy");
    is_close(got, 1.5 + log(2) + log(2) / 3, 1e-6, "of three points");
    is_int(pg_score_entropy(line, 3, 1, 3, &got, &err), PG_ERR_ARGUMENT, "k is below the count");
    is_int(pg_score_entropy(line, 3, 1, 0, &got, &err), PG_ERR_ARGUMENT, "k is above 0");
    const float same[] = {1, 1, 1};
    is_int(pg_score_entropy(same, 3, 1, 1, &got, &err), PG_OK, "points that coincide");
    ok(isinf(got) && got < 0, "have no density");

    enum { COUNT = 4000 };
    float *codes = normal_codes(COUNT, 3, 1, 0, 3);
    is_int(pg_score_entropy(codes, COUNT, 3, 3, &got, &err), PG_OK, "normal draws");
    is_close(got, 1.5 * log(2 * M_PI * M_E), 0.08, "entropy of N(0, I)");
    is_int(pg_score_kl_neighbours(codes, COUNT, 3, 3, &got, &err), PG_OK, "KL");
    is_close(got, 0, 0.06, "from itself is 0");
    free(codes);
    codes = normal_codes(COUNT, 2, 0.5, 1, 4);
    double moments_kl;
    is_int(pg_score_kl_neighbours(codes, COUNT, 2, 3, &got, &err), PG_OK, "KL of another");
    is_close(got, 0.25 + 1 - 1 + 2 * log(2), 0.08, "is that of the two normals");
    is_int(pg_score_kl_moments(codes, COUNT, 2, &moments_kl, &err), PG_OK, "by moments");
    is_close(moments_kl, 0.25 + 2 * log(2), 0.08, "too");
    free(codes);
}

static void kolmogorov(void)
{
    double got[2];
    /* Values at the quartiles: steps 0..1/3..2/3..1 against 1/4, 1/2, 3/4. */
    const float quartiles[] = {0.67448975f, 0, -0.67448975f};
    is_int(pg_score_kolmogorov(quartiles, 3, 1, got, &err), PG_OK, "distance");
    is_close(got[0], 0.25, 1e-6, "of the quartiles");
    const float one[] = {0, 10};
    is_int(pg_score_kolmogorov(one, 1, 2, got, &err), PG_OK, "one code of two components");
    is_close(got[0], 0.5, 1e-12, "at the median");
    is_close(got[1], 1, 1e-12, "far out");
    is_int(pg_score_kolmogorov(one, 0, 2, got, &err), PG_ERR_ARGUMENT, "no codes");

    /* Critical values of Kolmogorov's distribution: 1.3581 at 5 %, 1.6276 at 1 %. */
    is_close(pg_score_kolmogorov_p(1.3581 / 1e4, 100000000), 0.05, 1e-4, "5 %% point");
    is_close(pg_score_kolmogorov_p(1.6276 / 1e4, 100000000), 0.01, 1e-4, "1 %% point");
    is_close(pg_score_kolmogorov_p(0, 100), 1, 0, "no distance");
    is_close(pg_score_kolmogorov_p(1, 100), 0, 1e-12, "the greatest distance");
    is_close(pg_score_kolmogorov_p(0.41, 10), 0.05, 0.002, "tabled point of ten draws");
}

static void mardia(void)
{
    pg_mardia got;
    /* One dimension: b1 = skewness^2, b2 = kurtosis. {0, 0, 3}: mean 1, variance 2, third moment
     * (-1 -1 + 8)/3 = 2, fourth (1 + 1 + 16)/3 = 6. */
    const float three[] = {0, 0, 3};
    is_int(pg_score_mardia(three, 3, 1, &got, &err), PG_OK, "one dimension");
    is_close(got.skewness, 0.5, 1e-12, "squared skewness");
    is_close(got.kurtosis, 1.5, 1e-12, "kurtosis");
    const float flat[] = {1, 5, 2, 5, 3, 5};
    is_int(pg_score_mardia(flat, 3, 2, &got, &err), PG_ERR_ARGUMENT, "singular is refused");
    ok(strstr(err.message, "singular") != NULL, "by that name");
    is_int(pg_score_mardia(flat, 1, 2, &got, &err), PG_ERR_ARGUMENT, "one code is too few");

    enum { COUNT = 5000 };
    float *codes = normal_codes(COUNT, 3, 2, 1, 5);
    is_int(pg_score_mardia(codes, COUNT, 3, &got, &err), PG_OK, "normal draws");
    is_close(got.kurtosis, 15, 0.5, "kurtosis D(D+2), whatever mean and variance");
    ok(got.skewness_p > 0.001 && got.kurtosis_p > 0.001, "are not suspected");
    for (size_t i = 0; i < 3 * COUNT; i++)
        codes[i] = codes[i] * codes[i];
    is_int(pg_score_mardia(codes, COUNT, 3, &got, &err), PG_OK, "squared draws");
    ok(got.skewness_p < 1e-6 && got.kurtosis_p < 1e-6, "are");
    free(codes);
}

static void usage(void)
{
    pg_category_usage u;
    if (!ok(pg_category_usage_init(&u, 2, &err) == PG_OK, "usage")) return;
    ok(isnan(pg_category_usage_entropy(&u)), "no entropy without examples");
    const float q[] = {1, 0, 0.5f, 0.5f, NAN, 1};
    pg_category_usage_add(&u, q, 1);
    is_close(pg_category_usage_information(&u), 0, 1e-12, "one example tells nothing");
    is_close(pg_category_usage_kl(&u), log(2), 1e-12, "one category of two");
    pg_category_usage_add(&u, q + 2, 2);
    is_int(u.count, 2, "NaN is passed over");
    double h = -(0.75 * log(0.75) + 0.25 * log(0.25));
    is_close(pg_category_usage_entropy(&u), h, 1e-12, "entropy of (3/4, 1/4)");
    is_close(pg_category_usage_information(&u), h - log(2) / 2, 1e-12, "less the mean entropy");
    is_close(pg_category_usage_kl(&u), log(2) - h, 1e-12, "KL to uniform");
    pg_category_usage_free(&u);

    if (pg_category_usage_init(&u, 4, &err)) bail_out(err.message);
    const float corners[] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    pg_category_usage_add(&u, corners, 4);
    is_close(pg_category_usage_information(&u), log(4), 1e-12, "sure and uniform: log K");
    pg_category_usage_free(&u);
}

static void subsample(void)
{
    pg_subsample s;
    if (!ok(pg_subsample_init(&s, 2, 100, 7, &err) == PG_OK, "subsample")) return;
    for (int i = 0; i < 100; i++) {
        const float code[] = {(float)i, (float)-i};
        if (pg_subsample_add(&s, code, &i, 1, &err)) bail_out(err.message);
    }
    ok(s.count == 100 && s.labels[0] == 0 && s.labels[99] == 99, "keeps all up to the limit");
    double sum = 0;
    int torn = 0;
    for (int i = 100; i < 10000; i++) {
        const float code[] = {(float)i, (float)-i};
        if (pg_subsample_add(&s, code, &i, 1, &err)) bail_out(err.message);
    }
    for (int i = 0; i < 100; i++) {
        torn += s.codes[2 * i] != (float)s.labels[i] || s.codes[2 * i + 1] != (float)-s.labels[i];
        sum += s.labels[i];
    }
    ok(s.count == 100 && s.seen == 10000, "and no more");
    is_int(torn, 0, "codes keep their labels");
    is_close(sum / 100, 5000, 4 * 289, "drawn from all of the stream");
    pg_subsample_free(&s);
    if (pg_subsample_init(&s, 1, 0, 7, &err)) bail_out(err.message);
    is_int(pg_subsample_add(&s, &(float){1}, NULL, 1, &err), PG_OK, "a limit of 0");
    is_int(s.count, 0, "keeps none");
    pg_subsample_free(&s);
}

static int handler_calls;
static void count_calls(const char *reason, const char *file, int line, int number)
{
    (void)reason, (void)file, (void)line, (void)number;
    handler_calls++;
}

static void handler_is_kept(void)
{
    const float flat[] = {1, 1, 1, 1, 1, 1};
    double kl;
    float xy[4];
    gsl_error_handler_t *before = gsl_set_error_handler(count_calls);
    (void)!pg_score_kl_moments(flat, 2, 3, &kl, &err);
    (void)!pg_score_project(flat, 2, 3, xy, &err);
    ok(gsl_set_error_handler(before) == count_calls, "the caller's GSL handler is back in place");
    is_int(handler_calls, 0, "and heard of nothing");
}

int main(void)
{
    votes();
    refusals();
    search(1, 1, 1, 1);
    search(16, 5, 3, 16);
    search(500, 67, 7, 5);
    search(3000, 130, 30, 3);
    projection();
    moments();
    entropies();
    kolmogorov();
    mardia();
    usage();
    subsample();
    handler_is_kept();
    return done_testing();
}
