/* The parts of pg-encode: what is gathered from the stream, and the report of it. */
#ifndef PG_ENCODE_TOOL_H
#define PG_ENCODE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply.h"
#include "common.h"
#include "pixelgan/pixelgan.h"

typedef struct encode_options {
    shared_options shared;
    bool sample, nll, no_codes, report;
    bool pass_given, pass_image, pass_label, pass_name, pass_class;
    const char *scatter, *reference, *report_tsv, *input;
    int size, neighbours, importance;
    size_t limit;
} encode_options;

/* Sums for a mean and its standard error by the method of Welford (1962). */
typedef struct running_mean {
    size_t count;
    double mean, squares; /* squares: sum of squared deviations */
} running_mean;

typedef struct encoding {
    const encode_options *options;
    application app;
    coded_input input;
    pg_nll_kind nll_kind;
    bool statistics;    /* a picture or a report of the codes is wanted */
    pg_writer *writer;  /* NULL where no stream is wanted */
    pg_records output;  /* arrays borrowed from the input, but for the scalars */
    float *nll;         /* of a chunk, NULL where it is not wanted */
    float *conditional; /* of a chunk, beside a bound: -log p(x|z) */
    float *posteriors;  /* of a chunk: means and log variances, then the code; NULL where the
                           posterior is not Gaussian */
    int32_t *votes;     /* of a chunk, NULL without a reference */
    pg_knn *knn;
    running_mean likelihood, conditional_likelihood;
    double contrast; /* of some of the first images: what the decoder learns from codes, NaN */
    size_t contrasted;
    size_t examples, labelled, misvoted;
    size_t *members;         /* examples in each category */
    pg_category_usage usage; /* of a categorical code */
    pg_subsample subsample;  /* of the codes */
    pg_subsample posterior_subsample;
} encoding;

/* Prints what options->report and options->report_tsv ask for. */
pg_status make_report(const encoding *run, pg_error *err) PG_MUST_CHECK;

#endif
