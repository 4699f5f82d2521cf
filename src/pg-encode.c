/* pg-encode: codes of images, their likelihood, and pictures and statistics of the code space. */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "encode.h"
#include "places.h"

static const char help[] =
    "Usage: pg-encode -m MODEL [OPTION]... [FILE]\n"
    "Writes the codes of a stream of images as a stream.\n"
    "\n"
    "  -m, --model FILE       model\n"
    "      --sample           draw from the posterior instead of taking its mean\n"
    "      --nll              add a field nll: -log p(image), a bound of it, or given\n"
    "                         the code, as the model allows, in nats\n"
    "      --importance N     samples for a bound (default 1)\n"
    "      --pass LIST        fields to pass on: image, label, name, class, none\n"
    "                         (default: label,name,class)\n"
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
    "  -j, --threads N        threads (default: one per core)\n"
    "  -q, --quiet            errors only         -v, --verbose         more messages\n"
    "  -h, --help             this text           -V, --version          version\n";

enum {
    OPTION_SAMPLE = FIRST_LONG_OPTION,
    OPTION_NLL,
    OPTION_IMPORTANCE,
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
    {"importance", required_argument, NULL, OPTION_IMPORTANCE},
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
    const struct {
        const char *name;
        bool *passed;
    } fields[] = {{"image", &options->pass_image},
                  {"label", &options->pass_label},
                  {"name", &options->pass_name},
                  {"class", &options->pass_class}};
    enum { FIELDS = sizeof fields / sizeof *fields };
    for (size_t i = 0; i < FIELDS; i++)
        *fields[i].passed = false;
    if (strcmp(list, "none") == 0) return;
    for (const char *name = list;; name++) {
        size_t length = strcspn(name, ","), i = 0;
        while (i < FIELDS &&
               (strlen(fields[i].name) != length || strncmp(name, fields[i].name, length) != 0))
            i++;
        if (i == FIELDS)
            usage_error("--pass: '%s' is not a list of image, label, name and class, or none",
                        list);
        *fields[i].passed = true;
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
    case OPTION_IMPORTANCE:
        options->importance = (int)parse_integer(optarg, 1, 1000000, "--importance");
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

static void check_files(const encode_options *options)
{
    const place places[] = {
        {options->input, "the input", PLACE_REPLACEABLE},
        {options->shared.model, "--model", PLACE_READ},
        {options->reference, "--knn", PLACE_READ},
        {options->no_codes ? NULL : options->shared.output, "--output", PLACE_REPLACING},
        {options->scatter, "--scatter", PLACE_WRITE},
        {options->report_tsv, "--report-tsv", PLACE_WRITE}};
    check_places(places, sizeof places / sizeof *places);
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
    check_files(options);
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

static void running_mean_add(running_mean *sum, double value)
{
    double before = value - sum->mean;
    sum->count++;
    sum->mean += before / (double)sum->count;
    sum->squares += before * (value - sum->mean);
}

static bool is_categorical(const encoding *run)
{
    return pg_config_has_categories(run->app.config);
}

/* Codes that an encoder finds, not labels. */
static bool has_encoder(const encoding *run)
{
    return pg_config_has_encoder(run->app.config);
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
    const char *code = run->app.config->code_dim ? "no code but the label" : "no code";
    if (has_encoder(run)) return PG_OK;
    if (options->reference || options->scatter)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: the model has %s, hence no neighbours and no picture of codes",
                       run->app.name, code);
    if (options->nll) return PG_OK;
    return pg_fail(err, PG_ERR_UNSUPPORTED,
                   "%s: the model has %s; --nll gives the likelihood of images under it",
                   run->app.name, code);
}

/* What was asked for by name has to be there. */
static pg_status check_passed(const encoding *run, pg_error *err)
{
    const encode_options *options = run->options;
    const pg_schema *given = &run->input.chunk.schema;
    const char *missing = options->pass_label && !given->has_label    ? "label"
                          : options->pass_name && !given->name_size   ? "name"
                          : options->pass_class && !given->class_size ? "class"
                                                                      : NULL;
    if (!missing) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "%s: the examples have no %s to pass on; leave %s out of --pass",
                   run->input.name, strcmp(missing, "label") ? missing : "labels", missing);
}

/* Fields of the output: codes, and what is passed on of the input. */
static pg_status plan_output(encoding *run, pg_error *err)
{
    const encode_options *options = run->options;
    const pg_schema *given = &run->input.chunk.schema;
    pg_schema *schema = &run->output.schema;
    pg_status status = check_passed(run, err);
    if (status) return status;
    if (!options->pass_given || options->pass_name) schema->name_size = given->name_size;
    if (!options->pass_given || options->pass_class) schema->class_size = given->class_size;
    schema->has_label = options->pass_given ? options->pass_label : given->has_label;
    schema->code_dim = has_encoder(run) ? run->app.config->code_dim : 0;
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

static bool allocate_chunk(encoding *run)
{
    size_t capacity = run->input.chunk.capacity, dim = (size_t)run->app.config->code_dim;
    bool bound = run->nll_kind == PG_NLL_BOUND, ok = true;
    if (run->options->nll)
        ok = (run->nll = calloc(capacity, sizeof *run->nll)) &&
             (run->conditional = calloc(capacity, sizeof *run->conditional));
    if (run->knn) ok = ok && (run->votes = calloc(capacity, sizeof *run->votes));
    if (bound && run->statistics)
        ok = ok && (run->posteriors = calloc(capacity, 5 * dim * sizeof *run->posteriors));
    return ok && (run->members = calloc(dim + 1, sizeof *run->members));
}

static pg_status allocate(encoding *run, pg_error *err)
{
    const encode_options *options = run->options;
    int dim = run->app.config->code_dim;
    size_t limit = options->limit;
    run->statistics =
        has_encoder(run) && (options->scatter || options->report || options->report_tsv);
    if (!allocate_chunk(run)) return pg_fail(err, PG_ERR_MEMORY, "out of memory");
    pg_status status = PG_OK;
    if (run->statistics)
        status = pg_subsample_init(&run->subsample, dim, limit, options->shared.seed, err);
    if (!status && run->posteriors)
        status =
            pg_subsample_init(&run->posterior_subsample, 3 * dim, limit, options->shared.seed, err);
    if (!status && is_categorical(run)) status = pg_category_usage_init(&run->usage, dim, err);
    return status;
}

static pg_status encoding_open(encoding *run, const encode_options *options, pg_error *err)
{
    *run = (encoding){.options = options, .contrast = NAN};
    pg_status status = application_open(&run->app, &options->shared, err);
    if (status) return status;
    run->nll_kind = pg_config_nll_kind(run->app.config);
    status = check_model(run, err);
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
    pg_subsample_free(&run->posterior_subsample);
    pg_category_usage_free(&run->usage);
    pg_knn_free(run->knn);
    free(run->nll);
    free(run->conditional);
    free(run->posteriors);
    free(run->votes);
    free(run->members);
    coded_input_close(&run->input);
    application_close(&run->app);
}

static pg_status find_likelihood(encoding *run, pg_error *err)
{
    const pg_records *chunk = &run->input.chunk;
    bool bound = run->nll_kind == PG_NLL_BOUND;
    pg_status status =
        bound ? pg_engine_bound(run->app.engine, chunk->image, run->input.seen, chunk->count,
                                run->options->importance, run->nll, run->conditional, err)
              : pg_engine_nll(run->app.engine, chunk->image, run->input.codes, run->input.seen,
                              chunk->count, run->nll, err);
    for (size_t n = 0; !status && n < chunk->count; n++) {
        running_mean_add(&run->likelihood, run->nll[n]);
        if (bound) running_mean_add(&run->conditional_likelihood, run->conditional[n]);
    }
    return status;
}

enum { CONTRASTED = 64 };

/* What the decoder learns from the codes of the first images. */
static pg_status find_contrast(encoding *run, pg_error *err)
{
    const pg_records *chunk = &run->input.chunk;
    size_t count = chunk->count < CONTRASTED ? chunk->count : CONTRASTED;
    int dim = run->app.config->code_dim;
    const float *codes = run->input.codes;
    float *drawn = NULL;
    pg_status status = PG_OK;
    if (run->posteriors) {
        drawn = calloc(count, (size_t)dim * 3 * sizeof *drawn);
        if (!drawn) return pg_fail(err, PG_ERR_MEMORY, "out of memory");
        float *posteriors = drawn + count * (size_t)dim;
        status = pg_engine_posterior(run->app.engine, chunk->image, count, posteriors, err);
        if (!status)
            status = pg_score_draw(posteriors, count, dim, run->options->shared.seed, drawn, err);
        codes = drawn;
    }
    if (!status)
        status = pg_engine_contrast(run->app.engine, chunk->image, codes, run->input.seen, count,
                                    &run->contrast, err);
    run->contrasted = count;
    free(drawn);
    return status;
}

/* Posteriors beside the codes of the chunk, for a subsample of both. */
static pg_status keep_posteriors(encoding *run, pg_error *err)
{
    const pg_records *chunk = &run->input.chunk;
    size_t dim = (size_t)run->app.config->code_dim;
    float *triple = run->posteriors, *pair = run->posteriors + 3 * dim * chunk->capacity;
    pg_status status = pg_engine_posterior(run->app.engine, chunk->image, chunk->count, pair, err);
    for (size_t n = 0; !status && n < chunk->count; n++) {
        memcpy(triple + 3 * dim * n, pair + 2 * dim * n, 2 * dim * sizeof *triple);
        memcpy(triple + 3 * dim * n + 2 * dim, run->input.codes + dim * n, dim * sizeof *triple);
    }
    if (status) return status;
    return pg_subsample_add(&run->posterior_subsample, triple, NULL, chunk->count, err);
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
    output->code = output->schema.code_dim ? (float *)run->input.codes : NULL;
    output->scalar = run->nll;
    output->name = output->schema.name_size ? chunk->name : NULL;
    output->class_name = output->schema.class_size ? chunk->class_name : NULL;
    return pg_writer_put(run->writer, output, err);
}

static pg_status encode_chunk(encoding *run, pg_error *err)
{
    const pg_records *chunk = &run->input.chunk;
    pg_status status = PG_OK;
    bool reported = run->options->report || run->options->report_tsv;
    if (run->nll && reported && run->app.config->code_dim && !run->examples)
        status = find_contrast(run, err);
    run->examples += chunk->count;
    for (size_t n = 0; chunk->label && n < chunk->count; n++)
        run->labelled += chunk->label[n] >= 0;
    if (!status && run->nll) status = find_likelihood(run, err);
    if (!status && run->posteriors) status = keep_posteriors(run, err);
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
    encode_options options = {.size = 640, .neighbours = 5, .importance = 1, .limit = 10000};
    begin(argv, "pg-encode", help);
    parse_options(argc, argv, &options);
    if (encode(&options, &err)) fail(&err);
    return 0;
}
