/* The parts of pg-classify: what is gathered from the stream, and the summary of it. */
#ifndef PG_CLASSIFY_TOOL_H
#define PG_CLASSIFY_TOOL_H

#include <stddef.h>
#include <stdint.h>

#include "apply.h"
#include "common.h"
#include "pixelgan/pixelgan.h"

typedef struct classify_options {
    shared_options shared;
    const char *reference, *summary, *summary_tsv, *input;
    int remember;
} classify_options;

/* Where the labels of the categories come from. */
typedef enum label_source {
    LABELS_NONE,
    LABELS_CLASSES,   /* the model was trained with labels */
    LABELS_REFERENCE, /* --reference */
    LABELS_MODEL,     /* an earlier --remember */
    LABELS_INPUT      /* the input itself */
} label_source;

typedef struct classification {
    const classify_options *options;
    application app;
    int categories;
    label_source source;
    int32_t *labels;        /* of each category, -1: none */
    int32_t *majority;      /* by the commonest label instead */
    size_t reference_count; /* labelled examples of the reference */
    size_t *members;        /* examples in each category */
    size_t examples, unassigned;
    pg_confusion confusion; /* of the input */
    double accuracy;        /* under the best one-to-one assignment; NaN without labels */
} classification;

/* Prints what options->summary and options->summary_tsv ask for. */
pg_status summarise(classification *result, pg_error *err) PG_MUST_CHECK;

#endif
