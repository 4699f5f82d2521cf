/* pg-classify: the class or the cluster of each image, and how well they fit the labels. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/outfile.h"
#include "classify-gallery.h"

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

/* The next examples of the input as further rows; none at its end. */
static pg_status next_rows(classification *result, coded_input *input, rows *table, pg_error *err)
{
    size_t before = table->count;
    pg_status status = coded_input_next(input, &result->app, false, err);
    if (!status) status = rows_append(table, input, result->categories, err);
    if (!status) status = count_rows(result, table, before, err);
    if (!status) status = gallery_add(result, input, table, before, err);
    return status;
}

/* Writes each chunk as it comes: the labels of the categories are known, or none will be. */
static pg_status pass_through(classification *result, coded_input *input, FILE *to, pg_error *err)
{
    rows table = {0};
    pg_status status;
    do {
        rows_clear(&table);
        status = next_rows(result, input, &table, err);
        table.first = input->seen;
        if (!status) print_rows(to, &table, result);
    } while (!status && table.count && !ferror(to));
    rows_free(&table);
    return status;
}

static pg_status collect(classification *result, coded_input *input, pg_exemplars *exemplars,
                         rows *table, pg_error *err)
{
    pg_status status;
    do {
        status = next_rows(result, input, table, err);
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
    if (!status) {
        if (result->confusion.total) result->source = LABELS_INPUT;
        memcpy(result->labels, exemplars.labels,
               (size_t)result->categories * sizeof *result->labels);
        print_rows(to, &table, result);
    }
    pg_exemplars_free(&exemplars);
    rows_free(&table);
    return status;
}

static pg_status classify_input(classification *result, FILE *to, pg_error *err)
{
    coded_input input;
    pg_status status = coded_input_open(&input, &result->app, result->options->input,
                                        wants_gallery(result->options), err);
    if (status) return status;
    result->has_names = input.chunk.schema.name_size > 0;
    print_header(to, result);
    if (result->source == LABELS_NONE && input.chunk.label)
        status = label_by_input(result, &input, to, err);
    else
        status = pass_through(result, &input, to, err);
    if (!status && result->source != LABELS_REFERENCE)
        pg_confusion_majority(&result->confusion, result->majority);
    coded_input_close(&input);
    return status;
}

/* Saved as a model, a checkpoint would lose the run that it is to go on with. */
static pg_status refuse_checkpoint(const char *path, pg_error *err)
{
    pg_config config;
    pg_train_options settings;
    pg_error none;
    if (pg_checkpoint_settings(path, &config, &settings, &none) != PG_OK) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "%s: is a checkpoint of a training run, which --remember would end; name the "
                   "model that pg-train -o made",
                   path);
}

/* What --remember keeps: labels and names that were found are the model's already. */
static pg_status remember(const classification *result, pg_error *err)
{
    const classify_options *options = result->options;
    if (!options->remember) return PG_OK;
    pg_status status = refuse_checkpoint(options->shared.model, err);
    return status ? status : pg_model_save(result->app.model, options->shared.model, err);
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
    pg_category_names_free(&result->names);
    gallery_free(result->gallery);
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
    if (!status) status = find_names(&result, err);
    if (!status) status = find_labels(&result, err);
    if (!status) status = remember(&result, err);
    if (!status) status = gallery_open(&result, err);
    if (!status) status = write_table(&result, err);
    if (!status) status = measure_quality(&result, err);
    if (!status) status = choose_asked(&result, err);
    if (!status) status = write_asked(&result, err);
    if (!status) status = write_asked_sheet(&result, err);
    if (!status) status = write_sheet(&result, err);
    if (!status) status = write_page(&result, err);
    if (!status) status = write_outliers(&result, err);
    if (!status) status = summarise(&result, err);
    classification_free(&result);
    return status;
}

int main(int argc, char **argv)
{
    pg_error err;
    classify_options options = {0};
    begin(argv, "pg-classify", classify_help);
    parse_options(argc, argv, &options);
    if (run(&options, &err)) fail(&err);
    return 0;
}
