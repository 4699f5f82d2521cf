#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "classify.h"

void rows_clear(rows *table)
{
    for (size_t n = 0; table->has_names && n < table->count; n++)
        free(table->name[n]);
    table->count = 0;
}

void rows_free(rows *table)
{
    rows_clear(table);
    free(table->label);
    free(table->category);
    free(table->confidence);
    free(table->name);
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
    char **name = table->has_names ? reallocarray(table->name, room, sizeof *name) : NULL;
    if (name) table->name = name;
    if (!label || !category || !confidence || (table->has_names && !name))
        return pg_fail(err, PG_ERR_MEMORY, "out of memory for %zu examples", room);
    table->room = room;
    return PG_OK;
}

static pg_status add_names(rows *table, const pg_records *chunk, pg_error *err)
{
    for (size_t n = 0; n < chunk->count; n++) {
        char *copy = strdup(pg_records_name(chunk, n));
        if (!copy) {
            for (size_t i = 0; i < n; i++)
                free(table->name[table->count + i]);
            return pg_fail(err, PG_ERR_MEMORY, "out of memory for names");
        }
        table->name[table->count + n] = copy;
    }
    return PG_OK;
}

pg_status rows_append(rows *table, const coded_input *input, int categories, pg_error *err)
{
    size_t count = input->chunk.count;
    table->has_names = input->chunk.schema.name_size > 0;
    pg_status status = rows_reserve(table, table->count + count, err);
    if (!status && table->has_names) status = add_names(table, &input->chunk, err);
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

/* ---- Printing ---- */

void print_text(FILE *to, const char *text)
{
    for (; *text; text++) {
        const char *special = strchr("\\\t\n\r", *text);
        if (special)
            fprintf(to, "\\%c", "\\tnr"[special - "\\\t\n\r"]);
        else
            putc(*text, to);
    }
}

void print_header(FILE *to, const classification *result)
{
    fprintf(to, "index\tlabel\t%s\tconfidence\tpredicted",
            result->source == LABELS_CLASSES ? "class" : "cluster");
    if (result->named) fputs("\tpredicted_label", to);
    if (result->has_names) fputs("\tname", to);
    putc('\n', to);
}

static void print_cell(FILE *to, int32_t value)
{
    if (value < 0)
        fputs("\t-", to);
    else
        fprintf(to, "\t%d", (int)value);
}

static void print_prediction(FILE *to, const classification *result, int32_t category)
{
    const char *name = category_name(result, category);
    if (result->named) fprintf(to, "\t%s", name ? name : "-");
    print_cell(to, category < 0 ? -1 : result->labels[category]);
}

void print_rows(FILE *to, const rows *table, const classification *result)
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
        print_prediction(to, result, category);
        if (table->has_names) {
            putc('\t', to);
            print_text(to, table->name[n]);
        }
        putc('\n', to);
    }
}
