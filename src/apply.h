/* Applying a model to a stream: what pg-encode and pg-classify share.
 *
 * Functions return a status, so that a tool can remove unfinished output
 * before it says why it ends.
 */
#ifndef PG_APPLY_H
#define PG_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common.h"
#include "pixelgan/model.h"
#include "pixelgan/stream.h"

/* A model with its engine. */
typedef struct application {
    const char *name; /* of the model file, for messages */
    pg_model *model;
    const pg_config *config;
    pg_engine *engine;
} application;

pg_status application_open(application *app, const shared_options *shared,
                           pg_error *err) PG_MUST_CHECK;
void application_close(application *app);

/* A stream whose examples get their codes from the model's encoder, or, where
 * the code is the label, from their labels, chunk by chunk. A stream without images that has codes of the right size, as
 * pg-encode writes it, is taken as it is. */
typedef struct coded_input {
    const char *name; /* for messages */
    pg_reader *reader;
    pg_records chunk;   /* label and image are NULL where the stream has none */
    float *encoded;     /* room for the codes of a chunk, NULL where they are read */
    const float *codes; /* of the chunk, chunk.count x code_dim; NULL for a model without */
    size_t seen;        /* examples in the chunks before this one */
} coded_input;

pg_status coded_input_open(coded_input *input, const application *app, const char *path,
                           bool images_needed, pg_error *err) PG_MUST_CHECK;
/* chunk.count is 0 at the end. */
pg_status coded_input_next(coded_input *input, const application *app, bool sampled,
                           pg_error *err) PG_MUST_CHECK;
void coded_input_close(coded_input *input);

/* Usage errors where more than one of the files would be standard input, or
 * standard output; NULL entries are files not asked for. */
void refuse_shared_input(const char *a, const char *b, const char *c);
void refuse_shared_output(const char *a, const char *b, const char *c);

/* Lets write print to the file: one that appears when complete, or "-". */
pg_status write_text(const char *path, void (*write)(FILE *to, const void *what), const void *what,
                     pg_error *err) PG_MUST_CHECK;

/* The same on standard error, where it is no failure that nobody reads it. */
pg_status write_message(void (*write)(FILE *to, const void *what), const void *what,
                        pg_error *err) PG_MUST_CHECK;

/* A line "key<TAB>value", "-" for a value that is not known (NaN). */
void print_value(FILE *to, const char *key, double value);

#endif
