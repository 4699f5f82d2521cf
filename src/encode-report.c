#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"

static double standard_error(const running_mean *sum)
{
    double n = (double)sum->count;
    return sum->count > 1 ? sqrt(sum->squares / (n - 1) / n) : NAN;
}

static bool is_categorical(const encoding *run)
{
    return pg_config_has_categories(run->app.config);
}

/* How q(z) fits N(0, I); NaN: not known. */
typedef struct fit {
    double kl_moments, kl_neighbours;
    double kolmogorov, kolmogorov_p; /* of the worst dimension, and for the worst of all */
    int worst_dimension;
    pg_mardia mardia;
} fit;

/* How much the code tells, and how far it is from the prior: nats, or NaN. */
typedef struct balance {
    double information, kl;
    const char *information_estimator, *kl_estimator;
} balance;

typedef struct report {
    const encoding *run;
    bool continuous; /* the code, and it comes from an encoder */
    fit gaussian;
    balance nats;
} report;

/* ---- Codes of q(z) ---- */

/* Codes as q(z) has them: of Gaussian posteriors a draw each, else as they are. */
typedef struct aggregated {
    size_t count;
    int dim;
    float *codes, *posteriors; /* posteriors: NULL where not Gaussian */
} aggregated;

static void aggregated_free(aggregated *q)
{
    free(q->codes);
    free(q->posteriors);
}

static pg_status split_posteriors(const encoding *run, aggregated *q, pg_error *err)
{
    size_t dim = (size_t)q->dim;
    const float *triple = run->posterior_subsample.codes;
    q->posteriors = calloc(q->count + 1, 2 * dim * sizeof *q->posteriors);
    if (!q->posteriors) return pg_fail(err, PG_ERR_MEMORY, "out of memory for the report");
    for (size_t n = 0; n < q->count; n++, triple += 3 * dim) {
        memcpy(q->posteriors + n * 2 * dim, triple, 2 * dim * sizeof *triple);
        memcpy(q->codes + n * dim, triple + 2 * dim, dim * sizeof *triple);
    }
    if (run->options->sample) return PG_OK; /* drawn already */
    return pg_score_draw(q->posteriors, q->count, q->dim, run->options->shared.seed, q->codes, err);
}

static pg_status aggregated_init(aggregated *q, const encoding *run, pg_error *err)
{
    *q = (aggregated){.count = run->subsample.count, .dim = run->subsample.dim};
    size_t dim = (size_t)q->dim;
    q->codes = calloc(q->count + 1, dim * sizeof *q->codes);
    if (!q->codes) return pg_fail(err, PG_ERR_MEMORY, "out of memory for the report");
    if (run->posteriors) return split_posteriors(run, q, err);
    if (q->count) memcpy(q->codes, run->subsample.codes, q->count * dim * sizeof *q->codes);
    return PG_OK;
}

/* ---- How q(z) fits N(0, I) ---- */

static pg_status find_kolmogorov(const aggregated *codes, fit *result, pg_error *err)
{
    double *statistics = calloc((size_t)codes->dim, sizeof *statistics);
    if (!statistics) return pg_fail(err, PG_ERR_MEMORY, "out of memory");
    pg_status status = pg_score_kolmogorov(codes->codes, codes->count, codes->dim, statistics, err);
    for (int d = 0; d < codes->dim; d++)
        if (statistics[d] > statistics[result->worst_dimension]) result->worst_dimension = d;
    result->kolmogorov = statistics[result->worst_dimension];
    /* Bonferroni: the worst of dim dimensions. */
    result->kolmogorov_p =
        fmin(1, codes->dim * pg_score_kolmogorov_p(result->kolmogorov, codes->count));
    free(statistics);
    return status;
}

enum { NEIGHBOUR = 3, MAX_MARDIA_DIM = 64 };

static pg_status find_fit(const aggregated *codes, fit *result, pg_error *err)
{
    *result = (fit){.kl_moments = NAN,
                    .kl_neighbours = NAN,
                    .kolmogorov = NAN,
                    .kolmogorov_p = NAN,
                    .mardia = {NAN, NAN, NAN, NAN}};
    if (codes->count <= NEIGHBOUR) return PG_OK;
    pg_mardia mardia;
    pg_status status =
        pg_score_kl_moments(codes->codes, codes->count, codes->dim, &result->kl_moments, err);
    if (!status)
        status = pg_score_kl_neighbours(codes->codes, codes->count, codes->dim, NEIGHBOUR,
                                        &result->kl_neighbours, err);
    if (!status) status = find_kolmogorov(codes, result, err);
    /* A singular covariance has no Mardia statistics; the infinite KL says so already. */
    if (!status && codes->dim <= MAX_MARDIA_DIM && isfinite(result->kl_moments) &&
        !pg_score_mardia(codes->codes, codes->count, codes->dim, &mardia, NULL))
        result->mardia = mardia;
    return status;
}

/* ---- Information and divergence ---- */

static pg_status mean_log_prior(const encoding *run, const aggregated *q, double *mean,
                                pg_error *err)
{
    double *nats = calloc(q->count + 1, sizeof *nats);
    if (!nats) return pg_fail(err, PG_ERR_MEMORY, "out of memory for the report");
    pg_status status = pg_engine_log_prior(run->app.engine, q->codes, q->count, nats, err);
    *mean = 0;
    for (size_t n = 0; !status && n < q->count; n++)
        *mean += nats[n] / (double)q->count;
    free(nats);
    return status;
}

static pg_status balance_of_posteriors(const encoding *run, const aggregated *q, balance *nats,
                                       pg_error *err)
{
    pg_aggregate aggregate;
    double log_prior;
    pg_status status =
        pg_score_aggregate(q->posteriors, q->codes, q->count, q->dim, &aggregate, err);
    if (!status) status = mean_log_prior(run, q, &log_prior, err);
    if (status) return status;
    *nats = (balance){aggregate.log_posterior - aggregate.log_aggregate,
                      aggregate.log_aggregate - log_prior, "aggregate", "aggregate"};
    return PG_OK;
}

/* Codes that are a function of the image. */
static pg_status balance_of_points(const encoding *run, const aggregated *q, balance *nats,
                                   pg_error *err)
{
    double entropy, log_prior;
    pg_status status = pg_score_entropy(q->codes, q->count, q->dim, NEIGHBOUR, &entropy, err);
    if (!status) status = mean_log_prior(run, q, &log_prior, err);
    if (status) return status;
    nats->kl = -entropy - log_prior;
    nats->kl_estimator = "neighbours";
    return PG_OK;
}

static pg_status find_balance(const encoding *run, const aggregated *q, balance *nats,
                              pg_error *err)
{
    if (q->count <= NEIGHBOUR) return PG_OK;
    return q->posteriors ? balance_of_posteriors(run, q, nats, err)
                         : balance_of_points(run, q, nats, err);
}

static pg_status find_continuous(report *values, pg_error *err)
{
    const encoding *run = values->run;
    aggregated q;
    pg_status status = aggregated_init(&q, run, err);
    if (!status && run->app.config->prior == PG_PRIOR_GAUSSIAN)
        status = find_fit(&q, &values->gaussian, err);
    if (!status) status = find_balance(run, &q, &values->nats, err);
    aggregated_free(&q);
    return status;
}

static pg_status find_values(report *values, pg_error *err)
{
    const encoding *run = values->run;
    values->nats = (balance){NAN, NAN, "-", "-"};
    if (values->continuous) return find_continuous(values, err);
    if (is_categorical(run) && run->examples)
        values->nats = (balance){pg_category_usage_information(&run->usage),
                                 pg_category_usage_kl(&run->usage), "usage", "usage"};
    return PG_OK;
}

/* ---- Writing ---- */

static int categories_used(const encoding *run)
{
    int used = 0;
    for (int i = 0; i < run->app.config->code_dim; i++)
        used += run->members[i] > 0;
    return used;
}

static double bits_per_dimension(const encoding *run)
{
    return pg_config_bits_per_dimension(run->app.config, run->likelihood.mean);
}

static double vote_error(const encoding *run)
{
    return run->labelled ? (double)run->misvoted / (double)run->labelled : NAN;
}

static void write_gaussian_values(FILE *to, const report *what)
{
    const fit *gaussian = &what->gaussian;
    print_value(to, "kl_moments", gaussian->kl_moments);
    print_value(to, "kl_neighbours", gaussian->kl_neighbours);
    print_value(to, "kolmogorov", gaussian->kolmogorov);
    print_value(to, "kolmogorov_p", gaussian->kolmogorov_p);
    fprintf(to, "kolmogorov_dimension\t%d\n", gaussian->worst_dimension);
    print_value(to, "mardia_skewness", gaussian->mardia.skewness);
    print_value(to, "mardia_skewness_p", gaussian->mardia.skewness_p);
    print_value(to, "mardia_kurtosis", gaussian->mardia.kurtosis);
    print_value(to, "mardia_kurtosis_p", gaussian->mardia.kurtosis_p);
}

static void write_category_values(FILE *to, const encoding *run)
{
    fprintf(to, "categories\t%d\n", run->app.config->code_dim);
    fprintf(to, "categories_used\t%d\n", categories_used(run));
    print_value(to, "usage_entropy", pg_category_usage_entropy(&run->usage));
    print_value(to, "usage_kl", pg_category_usage_kl(&run->usage));
}

static const char *nll_kind_name(const encoding *run)
{
    static const char *const names[] = {[PG_NLL_EXACT] = "exact",
                                        [PG_NLL_LABEL] = "label",
                                        [PG_NLL_BOUND] = "bound",
                                        [PG_NLL_CONDITIONAL] = "conditional"};
    return names[run->nll_kind];
}

static void write_likelihood_values(FILE *to, const encoding *run)
{
    print_value(to, "nll", run->examples ? run->likelihood.mean : NAN);
    fprintf(to, "nll_kind\t%s\n", nll_kind_name(run));
    print_value(to, "nll_standard_error", standard_error(&run->likelihood));
    print_value(to, "bits_per_dimension", run->examples ? bits_per_dimension(run) : NAN);
    if (run->nll_kind == PG_NLL_BOUND) {
        fprintf(to, "importance_samples\t%d\n", run->options->importance);
        print_value(to, "nll_conditional", run->examples ? run->conditional_likelihood.mean : NAN);
    }
    print_value(to, "decoder_information", run->contrast);
    fprintf(to, "decoder_images\t%zu\n", run->contrasted);
}

static void write_balance_values(FILE *to, const report *what)
{
    fprintf(to, "statistics_examples\t%zu\n", what->run->subsample.count);
    print_value(to, "information", what->nats.information);
    fprintf(to, "information_estimator\t%s\n", what->nats.information_estimator);
    print_value(to, "kl", what->nats.kl);
    fprintf(to, "kl_estimator\t%s\n", what->nats.kl_estimator);
}

static void write_values(FILE *to, const void *what)
{
    const report *values = what;
    const encoding *run = values->run;
    fprintf(to, "examples\t%zu\nlabelled\t%zu\n", run->examples, run->labelled);
    if (run->nll) write_likelihood_values(to, run);
    if (run->knn) {
        fprintf(to, "knn_neighbours\t%d\n", run->options->neighbours);
        print_value(to, "knn_error", vote_error(run));
    }
    if (run->statistics) write_balance_values(to, values);
    if (run->app.config->prior == PG_PRIOR_GAUSSIAN) write_gaussian_values(to, values);
    if (is_categorical(run)) write_category_values(to, run);
}

static void write_gaussian_report(FILE *to, const report *what)
{
    const fit *gaussian = &what->gaussian;
    fprintf(to, "q(z) against N(0, I), %zu codes of %d dimensions\n", what->run->subsample.count,
            what->run->subsample.dim);
    fprintf(to, "  KL            %.4f nats by moments (a lower bound), %.4f by neighbours\n",
            gaussian->kl_moments, gaussian->kl_neighbours);
    fprintf(to, "  Kolmogorov    %.4f in dimension %d, the worst (p %.2g)\n", gaussian->kolmogorov,
            gaussian->worst_dimension, gaussian->kolmogorov_p);
    if (isnan(gaussian->mardia.skewness)) return;
    fprintf(to, "  skewness      %.4f, 0 where normal (Mardia, p %.2g)\n",
            gaussian->mardia.skewness, gaussian->mardia.skewness_p);
    fprintf(to, "  kurtosis      %.4f, %d where normal (Mardia, p %.2g)\n",
            gaussian->mardia.kurtosis, what->run->subsample.dim * (what->run->subsample.dim + 2),
            gaussian->mardia.kurtosis_p);
}

static void write_category_report(FILE *to, const encoding *run)
{
    int categories = run->app.config->code_dim;
    fprintf(to, "categories      %d, %d used\n", categories, categories_used(run));
    fprintf(to, "entropy of use  %.4f nats of %.4f at most\n",
            pg_category_usage_entropy(&run->usage), log(categories));
}

static void write_likelihood_report(FILE *to, const encoding *run)
{
    static const char *const kinds[] = {[PG_NLL_EXACT] = "exact",
                                        [PG_NLL_LABEL] = "given its label, exact",
                                        [PG_NLL_BOUND] = "at most: a bound",
                                        [PG_NLL_CONDITIONAL] =
                                            "given its code, without what the code costs"};
    fprintf(to, "nll             %.3f nats per image, %s", run->likelihood.mean,
            kinds[run->nll_kind]);
    if (run->nll_kind == PG_NLL_BOUND)
        fprintf(to, " of %d sample%s, %.3f given its code", run->options->importance,
                run->options->importance > 1 ? "s" : "", run->conditional_likelihood.mean);
    fprintf(to, "\n                standard error %.3f; %.4f bits per dimension\n",
            standard_error(&run->likelihood), bits_per_dimension(run));
    if (run->contrasted)
        fprintf(to, "decoder         learns %.4f nats from the code, of %.4f at most\n",
                run->contrast, log((double)run->contrasted));
}

static void write_balance_report(FILE *to, const report *what)
{
    const balance *nats = &what->nats;
    if (!isnan(nats->information))
        fprintf(to, "information     %.4f nats that the code tells about the image (by %s)\n",
                nats->information, nats->information_estimator);
    if (!isnan(nats->kl))
        fprintf(to, "divergence      %.4f nats from q(z) to the prior (by %s)\n", nats->kl,
                nats->kl_estimator);
}

static void write_report(FILE *to, const void *what)
{
    const report *values = what;
    const encoding *run = values->run;
    fprintf(to, "images          %zu, %zu labelled\n", run->examples, run->labelled);
    if (!run->examples) return;
    if (run->nll) write_likelihood_report(to, run);
    if (run->knn && run->labelled)
        fprintf(to, "%d-nearest vote  error %.2f %%\n", run->options->neighbours,
                100 * vote_error(run));
    if (run->statistics) write_balance_report(to, values);
    if (run->app.config->prior == PG_PRIOR_GAUSSIAN) write_gaussian_report(to, values);
    if (is_categorical(run)) write_category_report(to, run);
}

pg_status make_report(const encoding *run, pg_error *err)
{
    report values = {.run = run, .continuous = run->statistics && !is_categorical(run)};
    pg_status status = find_values(&values, err);
    if (!status && run->options->report && !is_quiet())
        status = write_message(write_report, &values, err);
    if (!status && run->options->report_tsv)
        status = write_text(run->options->report_tsv, write_values, &values, err);
    return status;
}
