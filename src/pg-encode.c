/* pg-encode: codes of images, their likelihood, and pictures and statistics of the code space. */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "common.h"
#include "pixelgan/pixelgan.h"

static const char help[] =
    "Usage: pg-encode -m MODEL [OPTION]... [FILE]\n"
    "Writes the codes of a stream of images as a stream.\n"
    "\n"
    "  -m, --model FILE       model\n"
    "      --sample           draw from the posterior instead of taking its mean\n"
    "      --nll              add a field nll: -log p(image | code), nats\n"
    "      --pass LIST        fields to pass on: image, label, none (default: label)\n"
    "      --no-codes         write no stream, only what the options below ask for\n"
    "      --scatter FILE     picture of the codes (PNG where it ends in .png)\n"
    "      --size N           pixels along its side (default 640)\n"
    "      --knn REFERENCE    report the error of the vote of the nearest codes in\n"
    "                         this labelled stream\n"
    "  -k, --neighbours N     how many vote (default 5)\n"
    "      --report           print statistics of the codes on standard error\n"
    "      --report-tsv FILE  write them as lines of key, tab and value\n"
    "      --limit N          codes drawn for picture and statistics (default 10000)\n"
    "  -o, --output FILE      write the stream there (default -, standard output)\n"
    "  -s, --seed N           start of the random numbers (default 0)\n"
    "  -j, --threads N        threads (default: one a core)\n"
    "  -q, --quiet            errors only\n"
    "  -v, --verbose          more messages\n"
    "  -h, --help             this text\n"
    "  -V, --version          version\n";

typedef struct encode_options {
    shared_options shared;
    bool sample, nll, no_codes, report;
    bool pass_given, pass_image, pass_label;
    const char *scatter, *reference, *report_tsv, *input;
    int size, neighbours;
    size_t limit;
} encode_options;

enum {
    OPTION_SAMPLE = FIRST_LONG_OPTION,
    OPTION_NLL,
    OPTION_PASS,
    OPTION_NO_CODES,
    OPTION_SCATTER,
    OPTION_SIZE,
    OPTION_KNN,
    OPTION_REPORT,
    OPTION_REPORT_TSV,
    OPTION_LIMIT
};

static const struct option option_table[] = {
    OPTION_MODEL,
    {"sample", no_argument, NULL, OPTION_SAMPLE},
    {"nll", no_argument, NULL, OPTION_NLL},
    {"pass", required_argument, NULL, OPTION_PASS},
    {"no-codes", no_argument, NULL, OPTION_NO_CODES},
    {"scatter", required_argument, NULL, OPTION_SCATTER},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"knn", required_argument, NULL, OPTION_KNN},
    {"neighbours", required_argument, NULL, 'k'},
    {"report", no_argument, NULL, OPTION_REPORT},
    {"report-tsv", required_argument, NULL, OPTION_REPORT_TSV},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    OPTION_OUTPUT,
    OPTION_SEED,
    OPTION_THREADS,
    OPTIONS_EVERY_TOOL,
    {NULL, 0, NULL, 0}};

static void parse_pass(const char *list, encode_options *options)
{
    options->pass_given = true;
    options->pass_image = options->pass_label = false;
    if (strcmp(list, "none") == 0) return;
    for (const char *name = list;; name++) {
        size_t length = strcspn(name, ",");
        if (length == 5 && strncmp(name, "image", length) == 0)
            options->pass_image = true;
        else if (length == 5 && strncmp(name, "label", length) == 0)
            options->pass_label = true;
        else
            usage_error("--pass: '%s' is not a list of image and label, or none", list);
        name += length;
        if (!*name) return;
    }
}

static bool take_option(int option, encode_options *options)
{
    switch (option) {
    case OPTION_SAMPLE:
        return options->sample = true;
    case OPTION_NLL:
        return options->nll = true;
    case OPTION_NO_CODES:
        return options->no_codes = true;
    case OPTION_REPORT:
        return options->report = true;
    case OPTION_PASS:
        parse_pass(optarg, options);
        return true;
    case OPTION_SCATTER:
        options->scatter = optarg;
        return true;
    case OPTION_KNN:
        options->reference = optarg;
        return true;
    case OPTION_REPORT_TSV:
        options->report_tsv = optarg;
        return true;
    case OPTION_SIZE:
        options->size = (int)parse_integer(optarg, 64, 8192, "--size");
        return true;
    case OPTION_LIMIT:
        options->limit = (size_t)parse_integer(optarg, 1, 100000000, "--limit");
        return true;
    case 'k':
        options->neighbours = (int)parse_integer(optarg, 1, 10000, "--neighbours");
        return true;
    }
    return false;
}

static void check_options(const encode_options *options)
{
    const shared_options *shared = &options->shared;
    const char *stream = options->no_codes ? NULL : shared->output;
    if (!shared->model) usage_error("a model is needed: -m FILE");
    if (options->no_codes && !options->scatter && !options->reference && !options->report &&
        !options->report_tsv)
        usage_error("--no-codes: nothing is left to do; add --report, --knn or --scatter");
    refuse_shared_input(shared->model, options->reference, options->input);
    refuse_shared_output(stream, options->scatter, options->report_tsv);
    refuse_terminal_input(options->input);
    if (options->reference) refuse_terminal_input(options->reference);
    if (stream) refuse_terminal_output(stream);
    if (options->scatter) refuse_terminal_output(options->scatter);
}

static void parse_options(int argc, char **argv, encode_options *options)
{
    int option;
    while ((option = next_option(argc, argv, option_table, &options->shared)) != -1)
        take_option(option, options);
    options->input = single_operand(argc, argv);
    if (options->reference && !options->report_tsv) options->report = true;
    check_options(options);
}

/* Sums for a mean and its standard error by the method of Welford (1962). */
typedef struct running_mean {
    size_t count;
    double mean, squares; /* squares: sum of squared deviations */
} running_mean;

static void running_mean_add(running_mean *sum, double value)
{
    double before = value - sum->mean;
    sum->count++;
    sum->mean += before / (double)sum->count;
    sum->squares += before * (value - sum->mean);
}

static double standard_error(const running_mean *sum)
{
    double n = (double)sum->count;
    return sum->count > 1 ? sqrt(sum->squares / (n - 1) / n) : NAN;
}

typedef struct encoding {
    const encode_options *options;
    application app;
    coded_input input;
    bool statistics;   /* a picture or a report of the codes is wanted */
    pg_writer *writer; /* NULL where no stream is wanted */
    pg_records output; /* arrays borrowed from the input, but for the scalars */
    float *nll;        /* of a chunk, NULL where it is not wanted */
    int32_t *votes;    /* of a chunk, NULL without a reference */
    pg_knn *knn;
    running_mean likelihood;
    size_t examples, labelled, misvoted;
    size_t *members;         /* examples in each category */
    pg_category_usage usage; /* of a categorical code */
    pg_subsample subsample;
} encoding;

static bool is_categorical(const encoding *run)
{
    return run->app.config->prior == PG_PRIOR_CATEGORICAL;
}

/* Reads a labelled stream to its end, all its codes and labels. */
static pg_status read_reference(const encoding *run, coded_input *reference, pg_subsample *all,
                                pg_error *err)
{
    if (!reference->chunk.label)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: a reference needs labels, give them with 'pg-prep --labels'",
                       reference->name);
    pg_status status;
    do {
        status = coded_input_next(reference, &run->app, run->options->sample, err);
        if (!status)
            status = pg_subsample_add(all, reference->codes, reference->chunk.label,
                                      reference->chunk.count, err);
    } while (!status && reference->chunk.count);
    return status;
}

static pg_status open_reference(encoding *run, pg_error *err)
{
    const encode_options *options = run->options;
    int dim = run->app.config->code_dim;
    coded_input reference;
    pg_subsample all;
    pg_status status = coded_input_open(&reference, &run->app, options->reference, false, err);
    if (status) return status;
    status = pg_subsample_init(&all, dim, SIZE_MAX, 0, err);
    if (!status) {
        status = read_reference(run, &reference, &all, err);
        if (!status)
            status = pg_knn_create(all.codes, all.labels, all.count, dim, options->neighbours,
                                   &run->knn, err);
        pg_subsample_free(&all);
    }
    coded_input_close(&reference);
    return status;
}

static pg_status check_model(const encoding *run, pg_error *err)
{
    const encode_options *options = run->options;
    if (run->app.config->prior == PG_PRIOR_LABEL)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: the code of this model is the label, there is no encoder",
                       run->app.name);
    if (run->app.config->code_dim) return PG_OK;
    if (options->reference || options->scatter)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: the model has no code, hence no neighbours and no picture of codes",
                       run->app.name);
    if (options->nll) return PG_OK;
    return pg_fail(err, PG_ERR_UNSUPPORTED,
                   "%s: the model has no code; --nll gives the likelihood of images under it",
                   run->app.name);
}

/* Fields of the output: codes, and what is passed on of the input. */
static pg_status plan_output(encoding *run, pg_error *err)
{
    const encode_options *options = run->options;
    const pg_schema *given = &run->input.chunk.schema;
    pg_schema *schema = &run->output.schema;
    if (options->pass_label && !given->has_label)
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: the examples have no labels to pass on",
                       run->input.name);
    schema->has_label = options->pass_given ? options->pass_label : given->has_label;
    schema->code_dim = run->app.config->code_dim;
    if (options->pass_image) {
        schema->height = given->height;
        schema->width = given->width;
        schema->channels = given->channels;
    }
    if (options->nll) {
        schema->scalar_count = 1;
        strcpy(schema->scalar_names[0], "nll");
    }
    return PG_OK;
}

static pg_status allocate(encoding *run, pg_error *err)
{
    size_t capacity = run->input.chunk.capacity;
    int dim = run->app.config->code_dim;
    pg_status status = PG_OK;
    if (run->options->nll) run->nll = calloc(capacity, sizeof *run->nll);
    if (run->knn) run->votes = calloc(capacity, sizeof *run->votes);
    run->members = calloc(dim ? (size_t)dim : 1, sizeof *run->members);
    if ((run->options->nll && !run->nll) || (run->knn && !run->votes) || !run->members)
        return pg_fail(err, PG_ERR_MEMORY, "out of memory");
    run->statistics =
        dim && (run->options->scatter || run->options->report || run->options->report_tsv);
    if (run->statistics)
        status = pg_subsample_init(&run->subsample, dim, run->options->limit,
                                   run->options->shared.seed, err);
    if (!status && is_categorical(run)) status = pg_category_usage_init(&run->usage, dim, err);
    return status;
}

static pg_status encoding_open(encoding *run, const encode_options *options, pg_error *err)
{
    *run = (encoding){.options = options};
    pg_status status = application_open(&run->app, &options->shared, err);
    if (!status) status = check_model(run, err);
    if (!status && options->reference) status = open_reference(run, err);
    if (!status) status = coded_input_open(&run->input, &run->app, options->input, true, err);
    if (!status) status = plan_output(run, err);
    if (!status) status = allocate(run, err);
    if (!status && !options->no_codes)
        status = pg_writer_open(options->shared.output, &run->output.schema, &run->writer, err);
    return status;
}

static void encoding_close(encoding *run)
{
    pg_writer_abandon(run->writer);
    pg_subsample_free(&run->subsample);
    pg_category_usage_free(&run->usage);
    pg_knn_free(run->knn);
    free(run->nll);
    free(run->votes);
    free(run->members);
    coded_input_close(&run->input);
    application_close(&run->app);
}

static pg_status find_likelihood(encoding *run, pg_error *err)
{
    const pg_records *chunk = &run->input.chunk;
    pg_status status =
        pg_engine_nll(run->app.engine, chunk->image, run->input.codes, chunk->count, run->nll, err);
    for (size_t n = 0; !status && n < chunk->count; n++)
        running_mean_add(&run->likelihood, run->nll[n]);
    return status;
}

static pg_status take_votes(encoding *run, pg_error *err)
{
    const pg_records *chunk = &run->input.chunk;
    pg_status status = pg_knn_predict(run->knn, run->input.codes, chunk->count, run->votes, err);
    for (size_t n = 0; !status && chunk->label && n < chunk->count; n++)
        run->misvoted += chunk->label[n] >= 0 && run->votes[n] != chunk->label[n];
    return status;
}

static void count_members(encoding *run)
{
    for (size_t n = 0; n < run->input.chunk.count; n++) {
        int32_t category;
        int dim = run->app.config->code_dim;
        pg_score_assign(run->input.codes + n * (size_t)dim, 1, dim, &category);
        if (category >= 0) run->members[category]++;
    }
}

static pg_status put_output(encoding *run, pg_error *err)
{
    const pg_records *chunk = &run->input.chunk;
    pg_records *output = &run->output;
    output->count = output->capacity = chunk->count;
    output->image = output->schema.channels ? chunk->image : NULL;
    output->label = output->schema.has_label ? chunk->label : NULL;
    output->code = (float *)run->input.codes;
    output->scalar = run->nll;
    return pg_writer_put(run->writer, output, err);
}

static pg_status encode_chunk(encoding *run, pg_error *err)
{
    const pg_records *chunk = &run->input.chunk;
    pg_status status = PG_OK;
    run->examples += chunk->count;
    for (size_t n = 0; chunk->label && n < chunk->count; n++)
        run->labelled += chunk->label[n] >= 0;
    if (run->nll) status = find_likelihood(run, err);
    if (!status && run->knn) status = take_votes(run, err);
    if (!status && run->statistics)
        status =
            pg_subsample_add(&run->subsample, run->input.codes, chunk->label, chunk->count, err);
    if (!status && is_categorical(run)) {
        pg_category_usage_add(&run->usage, run->input.codes, chunk->count);
        count_members(run);
    }
    if (!status && run->writer) status = put_output(run, err);
    return status;
}

static pg_status encode_stream(encoding *run, pg_error *err)
{
    pg_status status;
    do {
        status = coded_input_next(&run->input, &run->app, run->options->sample, err);
        if (!status && run->input.chunk.count) status = encode_chunk(run, err);
    } while (!status && run->input.chunk.count);
    if (status || !run->writer) return status;
    pg_writer *writer = run->writer;
    run->writer = NULL;
    return pg_writer_close(writer, err);
}

static pg_status draw_scatter(const encoding *run, pg_error *err)
{
    const pg_subsample *codes = &run->subsample;
    pg_image plot;
    float *xy = reallocarray(NULL, codes->count ? codes->count : 1, 2 * sizeof *xy);
    if (!xy) return pg_fail(err, PG_ERR_MEMORY, "out of memory for the picture");
    pg_status status = pg_score_project(codes->codes, codes->count, codes->dim, xy, err);
    if (!status)
        status = pg_image_scatter(xy, codes->labels, codes->count, run->options->size, &plot, err);
    if (!status) {
        status = pg_image_save(run->options->scatter, &plot, err);
        pg_image_free(&plot);
    }
    free(xy);
    return status;
}

/* ---- The report ---- */

/* How q(z) fits N(0, I); NaN: not known. */
typedef struct fit {
    double kl_moments, kl_neighbours;
    double kolmogorov, kolmogorov_p; /* of the worst dimension, and for the worst of all */
    int worst_dimension;
    pg_mardia mardia;
} fit;

static pg_status find_kolmogorov(const pg_subsample *codes, fit *result, pg_error *err)
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

static pg_status find_fit(const pg_subsample *codes, fit *result, pg_error *err)
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

typedef struct report {
    const encoding *run;
    fit gaussian;
} report;

static int categories_used(const encoding *run)
{
    int used = 0;
    for (int i = 0; i < run->app.config->code_dim; i++)
        used += run->members[i] > 0;
    return used;
}

static double bits_per_dimension(const encoding *run)
{
    const pg_config *config = run->app.config;
    double dimensions = (double)config->height * config->width * config->channels;
    return run->likelihood.mean / dimensions / log(2);
}

static double vote_error(const encoding *run)
{
    return run->labelled ? (double)run->misvoted / (double)run->labelled : NAN;
}

static void write_gaussian_values(FILE *to, const report *what)
{
    const fit *gaussian = &what->gaussian;
    fprintf(to, "statistics_examples\t%zu\n", what->run->subsample.count);
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
    print_value(to, "information", pg_category_usage_information(&run->usage));
}

static void write_values(FILE *to, const void *what)
{
    const report *values = what;
    const encoding *run = values->run;
    fprintf(to, "examples\t%zu\nlabelled\t%zu\n", run->examples, run->labelled);
    if (run->nll) {
        print_value(to, "nll", run->examples ? run->likelihood.mean : NAN);
        print_value(to, "nll_standard_error", standard_error(&run->likelihood));
        print_value(to, "bits_per_dimension", run->examples ? bits_per_dimension(run) : NAN);
    }
    if (run->knn) {
        fprintf(to, "knn_neighbours\t%d\n", run->options->neighbours);
        print_value(to, "knn_error", vote_error(run));
    }
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
    fprintf(to, "information     %.4f nats that the category tells about the image\n",
            pg_category_usage_information(&run->usage));
}

static void write_report(FILE *to, const void *what)
{
    const report *values = what;
    const encoding *run = values->run;
    fprintf(to, "images          %zu, %zu labelled\n", run->examples, run->labelled);
    if (!run->examples) return;
    if (run->nll)
        fprintf(to,
                "nll             %.3f nats an image%s, standard error %.3f; %.4f bits a "
                "dimension\n",
                run->likelihood.mean, run->app.config->code_dim ? " given its code" : "",
                standard_error(&run->likelihood), bits_per_dimension(run));
    if (run->knn && run->labelled)
        fprintf(to, "%d-nearest vote  error %.2f %%\n", run->options->neighbours,
                100 * vote_error(run));
    if (run->app.config->prior == PG_PRIOR_GAUSSIAN) write_gaussian_report(to, values);
    if (is_categorical(run)) write_category_report(to, run);
}

static pg_status make_report(const encoding *run, pg_error *err)
{
    report values = {.run = run};
    pg_status status = PG_OK;
    if (run->app.config->prior == PG_PRIOR_GAUSSIAN)
        status = find_fit(&run->subsample, &values.gaussian, err);
    if (!status && run->options->report && !is_quiet()) write_report(stderr, &values);
    if (!status && run->options->report_tsv)
        status = write_text(run->options->report_tsv, write_values, &values, err);
    return status;
}

static pg_status encode(const encode_options *options, pg_error *err)
{
    encoding run;
    pg_status status = encoding_open(&run, options, err);
    if (!status) status = encode_stream(&run, err);
    if (!status && options->scatter) status = draw_scatter(&run, err);
    if (!status && (options->report || options->report_tsv)) status = make_report(&run, err);
    encoding_close(&run);
    return status;
}

int main(int argc, char **argv)
{
    pg_error err;
    encode_options options = {.size = 640, .neighbours = 5, .limit = 10000};
    begin(argv, "pg-encode", help);
    parse_options(argc, argv, &options);
    if (encode(&options, &err)) fail(&err);
    return 0;
}
