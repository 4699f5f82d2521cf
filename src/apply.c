#include <config.h>

#include "apply.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/outfile.h"
#include "pixelgan/score.h"

pg_status application_open(application *app, const shared_options *shared, pg_error *err)
{
    *app = (application){.name = input_name(shared->model)};
    pg_score_threads(shared->threads);
    pg_status status = pg_model_load(shared->model, &app->model, err);
    if (status) return status;
    app->config = pg_model_config(app->model);
    status = pg_engine_create(app->model, shared->threads, shared->seed, &app->engine, err);
    if (status) application_close(app);
    return status;
}

void application_close(application *app)
{
    if (app->engine) pg_engine_free(app->engine);
    if (app->model) pg_model_free(app->model);
    *app = (application){0};
}

static pg_status check_images(const coded_input *input, const pg_schema *schema,
                              const application *app, pg_error *err)
{
    const pg_config *config = app->config;
    const pg_schema wanted = {
        .height = config->height, .width = config->width, .channels = config->channels};
    return pg_images_check(schema, &wanted, input->name, app->name, err);
}

/* Images of the model's shape, or where they are not needed, codes of its size. */
static pg_status check_schema(const coded_input *input, const application *app, bool images_needed,
                              pg_error *err)
{
    const pg_schema *schema = pg_reader_schema(input->reader);
    if (pg_config_code_is_label(app->config) && schema->channels && !schema->has_label)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: the examples have no labels, which are the codes of %s; give them "
                       "with 'pg-prep --labels'",
                       input->name, app->name);
    if (schema->channels) return check_images(input, schema, app, err);
    if (images_needed || !schema->code_dim)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: the examples have no images, make such a stream with pg-prep",
                       input->name);
    if (schema->code_dim == app->config->code_dim) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "%s: codes of %d components, but those of %s have %d; encode the images with "
                   "'pg-encode -m %s'",
                   input->name, schema->code_dim, app->name, app->config->code_dim, app->name);
}

static pg_status allocate_chunk(coded_input *input, const application *app, pg_error *err)
{
    const pg_schema *schema = pg_reader_schema(input->reader);
    size_t capacity = pg_schema_chunk_capacity(schema), dim = (size_t)app->config->code_dim;
    pg_status status = pg_records_init(&input->chunk, schema, capacity, err);
    if (status || !schema->channels || !dim) return status;
    input->encoded = calloc(capacity, dim * sizeof *input->encoded);
    if (input->encoded) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory for codes", input->name);
}

pg_status coded_input_open(coded_input *input, const application *app, const char *path,
                           bool images_needed, pg_error *err)
{
    *input = (coded_input){.name = input_name(path)};
    pg_status status = pg_reader_open(path, &input->reader, err);
    if (status) return status;
    status = check_schema(input, app, images_needed, err);
    if (!status) status = allocate_chunk(input, app, err);
    if (status) coded_input_close(input);
    return status;
}

pg_status coded_input_next(coded_input *input, const application *app, bool sampled, pg_error *err)
{
    input->seen += input->chunk.count;
    pg_status status = pg_reader_next(input->reader, &input->chunk, err);
    input->codes = input->chunk.image ? input->encoded : input->chunk.code;
    if (status || !input->encoded || !input->chunk.count) return status;
    if (pg_config_code_is_label(app->config))
        return pg_model_label_codes(app->model, input->chunk.label, input->chunk.count,
                                    input->encoded, err);
    return pg_engine_encode(app->engine, input->chunk.image, input->seen, input->chunk.count,
                            sampled, input->encoded, err);
}

void coded_input_close(coded_input *input)
{
    free(input->encoded);
    pg_records_free(&input->chunk);
    if (input->reader && pg_reader_remark(input->reader))
        warning("%s", pg_reader_remark(input->reader));
    if (input->reader) pg_reader_close(input->reader);
    *input = (coded_input){0};
}

static int count_dashes(const char *a, const char *b, const char *c)
{
    return (a && strcmp(a, "-") == 0) + (b && strcmp(b, "-") == 0) + (c && strcmp(c, "-") == 0);
}

void refuse_shared_input(const char *a, const char *b, const char *c)
{
    if (count_dashes(a, b, c) > 1)
        usage_error("standard input ('-') can be read as one file only; name the others");
}

void refuse_shared_output(const char *a, const char *b, const char *c)
{
    if (count_dashes(a, b, c) > 1)
        usage_error("standard output ('-') can be one file only; name the others");
}

pg_status write_text(const char *path, void (*write)(FILE *to, const void *what), const void *what,
                     pg_error *err)
{
    pg_outfile out;
    pg_status status = pg_outfile_open(&out, path, err);
    if (status) return status;
    write(out.stream, what);
    return pg_outfile_commit(&out, err);
}

pg_status write_message(void (*write)(FILE *to, const void *what), const void *what, pg_error *err)
{
    write(message_stream(), what);
    int why = flush_messages();
    if (!why || why == EBADF || why == EPIPE) return PG_OK;
    return pg_fail_errno(err, why, "standard error: cannot write");
}

void print_value(FILE *to, const char *key, double value)
{
    if (isnan(value))
        fprintf(to, "%s\t-\n", key);
    else
        fprintf(to, "%s\t%.8g\n", key, value);
}
