#include <config.h>

#include <string.h>

#include "classify.h"

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
    return pg_model_set_cluster_labels(result->app.model, result->labels, result->categories, err);
}

/* Labels known before the input is read. */
pg_status find_labels(classification *result, pg_error *err)
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
