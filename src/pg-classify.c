/* pg-classify: the class or the cluster of each image, and how well they fit the labels. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/outfile.h"
#include "classify.h"
#include "places.h"

static const char help[] =
    "Usage: pg-classify -m MODEL [OPTION]... [FILE]\n"
    "Writes a table of the class or cluster of each image of a stream, and a summary\n"
    "of how they fit the labels to standard error.\n"
    "\n"
    "  -m, --model FILE        model with a categorical prior\n"
    "      --reference FILE    labelled stream; a cluster gets the label of the image\n"
    "                          in it that is surest to belong there\n"
    "      --remember          keep these labels of clusters in the model\n"
    "      --summary FILE      write the summary there\n"
    "      --summary-tsv FILE  write it as lines of key, tab and value\n"
    "  -o, --output FILE       write the table there (default -, standard output)\n"
    "  -j, --threads N         threads (default: one a core)\n"
    "  -q, --quiet             no summary on standard error\n"
    "  -v, --verbose           more messages\n"
    "  -h, --help              this text\n"
    "  -V, --version           version\n";

enum { OPTION_REFERENCE = FIRST_LONG_OPTION, OPTION_REMEMBER, OPTION_SUMMARY, OPTION_SUMMARY_TSV };

static const struct option option_table[] = {
    OPTION_MODEL,
    {"reference", required_argument, NULL, OPTION_REFERENCE},
    {"remember", no_argument, NULL, OPTION_REMEMBER},
    {"summary", required_argument, NULL, OPTION_SUMMARY},
    {"summary-tsv", required_argument, NULL, OPTION_SUMMARY_TSV},
    OPTION_OUTPUT,
    OPTION_THREADS,
    OPTIONS_EVERY_TOOL,
    {NULL, 0, NULL, 0}};

static void check_files(const classify_options *options)
{
    const char *model = options->shared.model;
    const place places[] = {{options->input, "the input", PLACE_READ},
                            {model, "--model", PLACE_REPLACEABLE},
                            {options->reference, "--reference", PLACE_READ},
                            {options->remember ? model : NULL, "--remember", PLACE_REPLACING},
                            {options->shared.output, "--output", PLACE_WRITE},
                            {options->summary, "--summary", PLACE_WRITE},
                            {options->summary_tsv, "--summary-tsv", PLACE_WRITE}};
    check_places(places, sizeof places / sizeof *places);
}

static void check_options(const classify_options *options)
{
    const shared_options *shared = &options->shared;
    if (!shared->model) usage_error("a model is needed: -m FILE");
    if (options->remember && !options->reference)
        usage_error("--remember: there is nothing to remember without --reference FILE");
    if (options->remember && strcmp(shared->model, "-") == 0)
        usage_error("--remember: a model from standard input cannot be changed; name its file");
    refuse_shared_input(shared->model, options->reference, options->input);
    refuse_shared_output(shared->output, options->summary, options->summary_tsv);
    refuse_terminal_input(options->input);
    if (options->reference) refuse_terminal_input(options->reference);
    check_files(options);
}

static void parse_options(int argc, char **argv, classify_options *options)
{
    int option;
    while ((option = next_option(argc, argv, option_table, &options->shared)) != -1) {
        switch (option) {
        case OPTION_REFERENCE:
            options->reference = optarg;
            break;
        case OPTION_REMEMBER:
            options->remember = 1;
            break;
        case OPTION_SUMMARY:
            options->summary = optarg;
            break;
        case OPTION_SUMMARY_TSV:
            options->summary_tsv = optarg;
            break;
        }
    }
    options->input = single_operand(argc, argv);
    check_options(options);
}

/* What is written of each example. */
typedef struct rows {
    size_t first, count, room;
    int32_t *label, *category;
    float *confidence;
} rows;

static void rows_free(rows *table)
{
    free(table->label);
    free(table->category);
    free(table->confidence);
    *table = (rows){0};
}

static pg_status rows_reserve(rows *table, size_t wanted, pg_error *err)
{
    if (wanted <= table->room) return PG_OK;
    size_t room = wanted > 2 * table->room ? wanted : 2 * table->room;
    int32_t *label = reallocarray(table->label, room, sizeof *label);
    if (label) table->label = label;
    int32_t *category = reallocarray(table->category, room, sizeof *category);
    if (category) table->category = category;
    float *confidence = reallocarray(table->confidence, room, sizeof *confidence);
    if (confidence) table->confidence = confidence;
    if (!label || !category || !confidence)
        return pg_fail(err, PG_ERR_MEMORY, "out of memory for %zu examples", room);
    table->room = room;
    return PG_OK;
}

/* Appends the chunk's examples: labels, categories, probabilities of these. */
static pg_status rows_append(rows *table, const coded_input *input, int categories, pg_error *err)
{
    size_t count = input->chunk.count;
    pg_status status = rows_reserve(table, table->count + count, err);
    if (status) return status;
    int32_t *category = table->category + table->count;
    pg_score_assign(input->codes, count, categories, category);
    for (size_t n = 0; n < count; n++) {
        const float *code = input->codes + n * (size_t)categories;
        table->label[table->count + n] = input->chunk.label ? input->chunk.label[n] : -1;
        table->confidence[table->count + n] = category[n] < 0 ? 0 : code[category[n]];
    }
    table->count += count;
    return PG_OK;
}

static void print_cell(FILE *to, int32_t value)
{
    if (value < 0)
        fputs("\t-", to);
    else
        fprintf(to, "\t%d", (int)value);
}

static void print_rows(FILE *to, const rows *table, const int32_t *labels)
{
    for (size_t n = 0; n < table->count; n++) {
        int32_t category = table->category[n];
        fprintf(to, "%zu", table->first + n);
        print_cell(to, table->label[n]);
        print_cell(to, category);
        if (category < 0)
            fputs("\t-", to);
        else
            fprintf(to, "\t%.6g", table->confidence[n]);
        print_cell(to, category < 0 ? -1 : labels[category]);
        putc('\n', to);
    }
}

static pg_status count_rows(classification *result, const rows *table, size_t first, pg_error *err)
{
    for (size_t n = first; n < table->count; n++)
        if (table->category[n] < 0)
            result->unassigned++;
        else
            result->members[table->category[n]]++;
    result->examples += table->count - first;
    return pg_confusion_add(&result->confusion, table->label + first, table->category + first,
                            table->count - first, err);
}

/* Writes each chunk as it comes: the labels of the categories are known, or none will be. */
static pg_status pass_through(classification *result, coded_input *input, FILE *to, pg_error *err)
{
    rows table = {0};
    pg_status status;
    do {
        table.count = 0;
        status = coded_input_next(input, &result->app, false, err);
        table.first = input->seen;
        if (!status) status = rows_append(&table, input, result->categories, err);
        if (!status) status = count_rows(result, &table, 0, err);
        if (!status) print_rows(to, &table, result->labels);
    } while (!status && table.count && !ferror(to));
    rows_free(&table);
    return status;
}

/* Reads a labelled stream to its end: exemplars of the clusters, and the rows added to a table. */
static pg_status collect(const classification *result, coded_input *input, pg_exemplars *exemplars,
                         rows *table, pg_error *err)
{
    pg_status status;
    do {
        status = coded_input_next(input, &result->app, false, err);
        if (!status) status = rows_append(table, input, result->categories, err);
        if (!status)
            pg_exemplars_add(exemplars, input->codes, input->chunk.label, input->chunk.count);
    } while (!status && input->chunk.count);
    return status;
}

/* The input is its own reference: rows wait until the last example has been seen. */
static pg_status label_by_input(classification *result, coded_input *input, FILE *to, pg_error *err)
{
    rows table = {0};
    pg_exemplars exemplars;
    pg_status status = pg_exemplars_init(&exemplars, result->categories, err);
    if (status) return status;
    status = collect(result, input, &exemplars, &table, err);
    if (!status) status = count_rows(result, &table, 0, err);
    if (!status) {
        if (result->confusion.total) result->source = LABELS_INPUT;
        memcpy(result->labels, exemplars.labels,
               (size_t)result->categories * sizeof *result->labels);
        print_rows(to, &table, result->labels);
    }
    pg_exemplars_free(&exemplars);
    rows_free(&table);
    return status;
}

static pg_status classify_input(classification *result, FILE *to, pg_error *err)
{
    coded_input input;
    pg_status status = coded_input_open(&input, &result->app, result->options->input, false, err);
    if (status) return status;
    fprintf(to, "index\tlabel\t%s\tconfidence\tpredicted\n",
            result->source == LABELS_CLASSES ? "class" : "cluster");
    if (result->source == LABELS_NONE && input.chunk.label)
        status = label_by_input(result, &input, to, err);
    else
        status = pass_through(result, &input, to, err);
    if (!status && result->source != LABELS_REFERENCE)
        pg_confusion_majority(&result->confusion, result->majority);
    coded_input_close(&input);
    return status;
}

/* Labels by protocol and by majority from a collected reference. */
static pg_status label_by_reference(classification *result, const pg_exemplars *exemplars,
                                    const rows *table, const char *name, pg_error *err)
{
    pg_confusion confusion;
    pg_status status = pg_confusion_init(&confusion, table->label, table->category, table->count,
                                         result->categories, err);
    if (status) return status;
    result->reference_count = confusion.total;
    result->source = LABELS_REFERENCE;
    pg_confusion_majority(&confusion, result->majority);
    memcpy(result->labels, exemplars->labels, (size_t)result->categories * sizeof *result->labels);
    pg_confusion_free(&confusion);
    if (result->reference_count) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "%s: none of %zu examples is labelled, give labels "
                   "with 'pg-prep --labels'",
                   name, table->count);
}

static pg_status read_labelled(classification *result, coded_input *reference, pg_error *err)
{
    if (!reference->chunk.label)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: a reference needs labels, give them with 'pg-prep --labels'",
                       reference->name);
    rows table = {0};
    pg_exemplars exemplars;
    pg_status status = pg_exemplars_init(&exemplars, result->categories, err);
    if (status) return status;
    status = collect(result, reference, &exemplars, &table, err);
    if (!status) status = label_by_reference(result, &exemplars, &table, reference->name, err);
    pg_exemplars_free(&exemplars);
    rows_free(&table);
    return status;
}

static pg_status read_reference(classification *result, pg_error *err)
{
    coded_input reference;
    const classify_options *options = result->options;
    pg_status status = coded_input_open(&reference, &result->app, options->reference, false, err);
    if (status) return status;
    status = read_labelled(result, &reference, err);
    coded_input_close(&reference);
    if (status || !options->remember) return status;
    status =
        pg_model_set_cluster_labels(result->app.model, result->labels, result->categories, err);
    if (!status) status = pg_model_save(result->app.model, options->shared.model, err);
    return status;
}

/* Labels known before the input is read. */
static pg_status find_labels(classification *result, pg_error *err)
{
    const int32_t *known;
    int classes = pg_model_classes(result->app.model, &known);
    for (int i = 0; i < result->categories; i++)
        result->labels[i] = i < classes ? known[i] : -1;
    if (classes) result->source = LABELS_CLASSES;
    if (classes && result->options->reference)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: the model was trained with labels, its categories are classes; leave "
                       "--reference out",
                       result->app.name);
    if (classes) return PG_OK;
    if (result->options->reference) return read_reference(result, err);
    int clusters = pg_model_cluster_labels(result->app.model, &known);
    if (clusters != result->categories) return PG_OK;
    result->source = LABELS_MODEL;
    memcpy(result->labels, known, (size_t)clusters * sizeof *known);
    return PG_OK;
}

static pg_status check_model(const application *app, pg_error *err)
{
    if (pg_config_has_categories(app->config)) return PG_OK;
    if (pg_config_has_encoder(app->config))
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: the code is continuous and has no categories; for the error of a "
                       "nearest-neighbour vote use 'pg-encode --knn REFERENCE'",
                       app->name);
    return pg_fail(err, PG_ERR_UNSUPPORTED,
                   "%s: the model has no encoder, hence nothing to classify by; train one with "
                   "'pg-train --prior categorical:K'",
                   app->name);
}

static pg_status classification_init(classification *result, const classify_options *options,
                                     pg_error *err)
{
    *result = (classification){.options = options};
    pg_status status = application_open(&result->app, &options->shared, err);
    if (!status) status = check_model(&result->app, err);
    if (status) return status;
    result->categories = result->app.config->components;
    size_t count = (size_t)result->categories;
    result->labels = calloc(count, sizeof *result->labels);
    result->majority = calloc(count, sizeof *result->majority);
    result->members = calloc(count, sizeof *result->members);
    if (!result->labels || !result->majority || !result->members)
        return pg_fail(err, PG_ERR_MEMORY, "out of memory");
    return pg_confusion_init(&result->confusion, NULL, NULL, 0, result->categories, err);
}

static void classification_free(classification *result)
{
    pg_confusion_free(&result->confusion);
    free(result->labels);
    free(result->majority);
    free(result->members);
    application_close(&result->app);
}

static pg_status write_table(classification *result, pg_error *err)
{
    pg_outfile out;
    pg_status status = pg_outfile_open(&out, result->options->shared.output, err);
    if (status) return status;
    status = classify_input(result, out.stream, err);
    if (status) {
        pg_outfile_abandon(&out);
        return status;
    }
    return pg_outfile_commit(&out, err);
}

static pg_status run(const classify_options *options, pg_error *err)
{
    classification result;
    pg_status status = classification_init(&result, options, err);
    if (!status) status = find_labels(&result, err);
    if (!status) status = write_table(&result, err);
    if (!status) status = summarise(&result, err);
    classification_free(&result);
    return status;
}

int main(int argc, char **argv)
{
    pg_error err;
    classify_options options = {0};
    begin(argv, "pg-classify", help);
    parse_options(argc, argv, &options);
    if (run(&options, &err)) fail(&err);
    return 0;
}
