/* The parts of pg-classify: what is gathered from the stream, and what is told of it. */
#ifndef PG_CLASSIFY_TOOL_H
#define PG_CLASSIFY_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apply.h"
#include "common.h"
#include "pixelgan/pixelgan.h"

/* ---- Options: classify-options.c ---- */

typedef struct classify_options {
    shared_options shared;
    const char *reference, *names, *summary, *summary_tsv, *input;
    const char *sheet, *page, *outliers, *asked, *asked_sheet;
    int remember, quality;
    int per; /* members shown of a category */
    int ask; /* images to label */
} classify_options;

extern const char classify_help[];

/* True where images are to be looked at. */
bool wants_gallery(const classify_options *options);

void parse_options(int argc, char **argv, classify_options *options);

/* ---- The whole: pg-classify.c ---- */

/* Where the labels of the categories come from. */
typedef enum label_source {
    LABELS_NONE,
    LABELS_CLASSES,   /* the model was trained with labels */
    LABELS_REFERENCE, /* --reference */
    LABELS_MODEL,     /* an earlier --remember */
    LABELS_INPUT      /* the input itself */
} label_source;

typedef struct gallery gallery;

typedef struct classification {
    const classify_options *options;
    application app;
    int categories;
    pg_category_names names;
    bool named; /* there is a name at least */
    label_source source;
    int32_t *labels;        /* of each category, -1: none */
    int32_t *majority;      /* by the commonest label instead */
    size_t reference_count; /* labelled examples of the reference */
    size_t *members;        /* examples in each category */
    size_t examples, unassigned;
    pg_confusion confusion; /* of the input */
    bool has_names;         /* the input's examples have names */
    gallery *gallery;       /* what is kept of it to look at, or NULL */
    pg_quality quality;     /* where asked for, and there were images */
    double accuracy;        /* under the best one-to-one assignment; NaN without labels */
} classification;

/* ---- The table: classify-rows.c ---- */

/* What is written of each example. */
typedef struct rows {
    size_t first, count, room;
    int32_t *label, *category;
    float *confidence;
    char **name; /* NULL where the stream has none */
    bool has_names;
} rows;

/* Appends the chunk's examples: labels, categories, probabilities of these. */
pg_status rows_append(rows *table, const coded_input *input, int categories,
                      pg_error *err) PG_MUST_CHECK;
/* Forgets the examples, keeps the memory. */
void rows_clear(rows *table);
void rows_free(rows *table);
void print_header(FILE *to, const classification *result);
void print_rows(FILE *to, const rows *table, const classification *result);
/* A text as a cell of a table: backslash, tab and what ends a line as \\ \t \n \r. */
void print_text(FILE *to, const char *text);

/* ---- Labels and names of categories: classify-labels.c, classify-names.c ---- */

/* Those known before the input is read; --remember keeps them. */
pg_status find_labels(classification *result, pg_error *err) PG_MUST_CHECK;
pg_status find_names(classification *result, pg_error *err) PG_MUST_CHECK;
/* NULL where it has none. */
const char *category_name(const classification *result, int32_t category);

/* ---- The summary: classify-summary.c ---- */

/* Prints what options->summary and options->summary_tsv ask for. */
pg_status summarise(classification *result, pg_error *err) PG_MUST_CHECK;

#endif
