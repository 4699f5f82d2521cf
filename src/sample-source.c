#include <config.h>

#include "sample.h"

#include <stdlib.h>
#include <string.h>

/* The place of the i-th image among the categories in turn: one row of the sheet each, or one
 * column each where only that fits their number. */
static size_t place_of(const sample_options *options, size_t categories, size_t i)
{
    size_t rows = (size_t)options->rows, columns = (size_t)options->columns;
    if (columns == 0) return i % categories;
    bool along_columns = rows != categories && columns == categories;
    return (along_columns ? i % columns : i / columns) % categories;
}

/* The category of the i-th image, -1: any. */
static int category_of(const source *s, size_t i)
{
    const sample_options *options = s->options;
    size_t chosen = options->category_count, all = (size_t)s->config->components;
    if (chosen) return (int)options->categories[place_of(options, chosen, i)];
    return options->columns && all ? (int)place_of(options, all, i) : -1;
}

/* A new code where the last one has had its images. */
static pg_status next_of_prior(source *s, batch *b, pg_error *err)
{
    size_t dimensions = (size_t)s->config->code_dim;
    for (size_t i = 0; i < b->count; i++) {
        size_t place = s->done + i;
        if (place % s->options->repeat == 0) {
            pg_status status =
                pg_sampler_prior(s->sampler, 1, category_of(s, place), s->repeated, err);
            if (status != PG_OK) return status;
        }
        memcpy(b->codes + i * dimensions, s->repeated, dimensions * sizeof *b->codes);
    }
    return PG_OK;
}

/* The encoder must not see the rows that are to be drawn. */
static void blank_rows(const source *s, uint8_t *images, size_t count)
{
    const pg_config *config = s->config;
    size_t row = (size_t)config->width * config->channels, size = row * config->height;
    size_t kept = row * (size_t)s->options->given_rows;
    for (size_t i = 0; i < count; i++)
        memset(images + i * size + kept, 0, size - kept);
}

/* Codes of the stream's images: those it has, those its labels are, else the encoder's. */
static pg_status find_codes(source *s, batch *b, pg_error *err)
{
    pg_records *records = &s->records;
    if (s->config->code_dim == 0) return PG_OK;
    if (records->code) {
        memcpy(b->codes, records->code,
               records->count * (size_t)s->config->code_dim * sizeof *b->codes);
        return PG_OK;
    }
    if (pg_config_code_is_label(s->config))
        return pg_model_label_codes(s->model, records->label, records->count, b->codes, err);
    if (s->options->complete) blank_rows(s, records->image, records->count);
    return pg_engine_encode(s->engine, records->image, 0, records->count, false, b->codes, err);
}

/* Spreads items of that size from the front of an array: `repeat` copies of each. */
static void repeat_items(void *items, size_t size, size_t count, size_t repeat)
{
    char *bytes = items;
    for (size_t i = count; repeat > 1 && i-- > 0;)
        memmove(bytes + i * size, bytes + i / repeat * size, size);
}

/* Batches hold whole groups of repeated images but for the last one. */
static pg_status next_of_stream(source *s, batch *b, pg_error *err)
{
    size_t repeat = s->options->repeat, size = pg_schema_image_size(&s->records.schema);
    s->records.capacity = (b->count + repeat - 1) / repeat;
    pg_status status = pg_reader_next(s->reader, &s->records, err);
    if (status != PG_OK) return status;
    size_t found = s->records.count;
    if (found * repeat < b->count) b->count = found * repeat;
    if (b->originals) memcpy(b->originals, s->records.image, found * size);
    status = find_codes(s, b, err);
    if (b->originals) repeat_items(b->originals, size, b->count, repeat);
    repeat_items(b->codes, (size_t)s->config->code_dim * sizeof *b->codes, b->count, repeat);
    return status;
}

pg_status source_next(source *s, batch *b, pg_error *err)
{
    size_t left = s->limit - s->done;
    b->count = left < b->capacity ? left : b->capacity;
    if (b->count == 0) return PG_OK;
    pg_status status = PG_OK;
    if (s->reader)
        status = next_of_stream(s, b, err);
    else if (s->options->manifold)
        status =
            pg_sampler_plane(s->sampler, s->options->manifold, s->done, b->count, b->codes, err);
    else
        status = next_of_prior(s, b, err);
    s->done += b->count;
    return status;
}

static const char *stream_of(const sample_options *options)
{
    if (options->codes) return options->codes;
    return options->reconstruct ? options->reconstruct : options->complete;
}

static pg_status check_codes(const source *s, const char *name, pg_error *err)
{
    const char *model = input_name(s->options->shared.model);
    int found = pg_reader_schema(s->reader)->code_dim, wanted = s->config->code_dim;
    if (found && found != wanted)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: codes of %d components, but those of %s have %d; encode the images "
                       "with 'pg-encode -m %s'",
                       name, found, model, wanted, model);
    if (!found && s->options->codes)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: there are no codes; 'pg-encode -m %s' finds those of images", name,
                       model);
    return PG_OK;
}

static pg_status check_images(const source *s, const char *name, pg_error *err)
{
    const pg_schema *schema = pg_reader_schema(s->reader);
    const pg_config *config = s->config;
    const pg_schema wanted = {
        .height = config->height, .width = config->width, .channels = config->channels};
    pg_status status =
        pg_images_check(schema, &wanted, name, input_name(s->options->shared.model), err);
    if (status != PG_OK) return status;
    if (pg_config_code_is_label(config) && !schema->has_label && !schema->code_dim)
        return pg_fail(
            err, PG_ERR_ARGUMENT,
            "%s: there are no labels, which this model needs; add them with 'pg-prep --labels'",
            name);
    return PG_OK;
}

static pg_status open_stream(source *s, size_t batch_size, pg_error *err)
{
    const char *path = stream_of(s->options), *name = input_name(path);
    pg_status status = pg_reader_open(path, &s->reader, err);
    if (status == PG_OK) status = check_codes(s, name, err);
    if (status == PG_OK && !s->options->codes) status = check_images(s, name, err);
    if (status == PG_OK)
        status = pg_records_init(&s->records, pg_reader_schema(s->reader), batch_size, err);
    bool encode = pg_config_has_encoder(s->config) && status == PG_OK && !s->records.code;
    if (encode)
        status = pg_engine_create(s->model, s->options->shared.threads, s->options->shared.seed,
                                  &s->engine, err);
    return status;
}

pg_status source_open(source *s, const sample_options *options, const pg_model *model,
                      pg_sampler *sampler, size_t batch_size, pg_error *err)
{
    const pg_config *config = pg_model_config(model);
    *s = (source){.options = options, .model = model, .config = config, .sampler = sampler};
    s->repeated = calloc((size_t)config->code_dim + 1, sizeof *s->repeated);
    if (!s->repeated) return pg_fail(err, PG_ERR_MEMORY, "out of memory for a code");
    bool tiled = options->columns > 0;
    s->limit = options->count >= 0 ? (size_t)options->count : SIZE_MAX;
    if (tiled && options->count < 0) {
        s->limit = (size_t)options->rows * (size_t)options->columns;
        if (options->reconstruct) s->limit /= 2; /* two tiles each */
    }
    if (stream_of(options)) return open_stream(s, batch_size, err);
    if (options->manifold)
        s->limit = (size_t)options->manifold * (size_t)options->manifold;
    else if (s->limit == SIZE_MAX)
        s->limit = 100;
    float point[2]; /* is there a plane at all? */
    return options->manifold ? pg_sampler_plane(sampler, options->manifold, 0, 1, point, err)
                             : PG_OK;
}

void source_close(source *s)
{
    free(s->repeated);
    pg_engine_free(s->engine);
    pg_records_free(&s->records);
    if (s->reader && pg_reader_remark(s->reader)) warning("%s", pg_reader_remark(s->reader));
    pg_reader_close(s->reader);
    memset(s, 0, sizeof *s);
}
