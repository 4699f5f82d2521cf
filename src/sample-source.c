#include <config.h>

#include "sample.h"

#include <gsl/gsl_cdf.h>
#include <string.h>

/* The category of the i-th image: one row of the sheet each, or one column each where only that
 * fits the number of categories. */
static int category_of(const source *s, size_t i)
{
    const sample_options *options = s->options;
    int categories = s->config->components;
    if (options->category >= 0) return options->category;
    if (options->columns == 0 || categories == 0) return -1;
    bool along_columns = options->rows != categories && options->columns == categories;
    size_t place = along_columns ? i % (size_t)options->columns : i / (size_t)options->columns;
    return (int)(place % (size_t)categories);
}

static pg_status next_of_prior(source *s, batch *b, pg_error *err)
{
    for (size_t i = 0; i < b->count; i++) {
        pg_status status = pg_sampler_prior(s->sampler, 1, category_of(s, s->done + i),
                                            b->codes + i * s->config->code_dim, err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

/* Points of equal probability between them: the plane of codes as the prior fills it. The first
 * coordinate grows to the right, the second upwards. */
static void next_of_manifold(const source *s, batch *b)
{
    size_t side = (size_t)s->options->manifold;
    for (size_t i = 0; i < b->count; i++) {
        size_t row = (s->done + i) / side, column = (s->done + i) % side;
        b->codes[2 * i] = (float)gsl_cdf_ugaussian_Pinv(((double)column + 0.5) / (double)side);
        b->codes[2 * i + 1] = (float)-gsl_cdf_ugaussian_Pinv(((double)row + 0.5) / (double)side);
    }
}

/* Labels as one-hot codes, for a model whose code is the label. */
static pg_status codes_of_labels(const source *s, batch *b, pg_error *err)
{
    const int32_t *classes;
    int count = pg_model_classes(s->model, &classes), dimensions = s->config->code_dim;
    memset(b->codes, 0, b->count * (size_t)dimensions * sizeof *b->codes);
    for (size_t i = 0; i < b->count; i++) {
        int32_t label = s->records.label[i];
        int category = count > 0 ? 0 : label;
        while (category < count && classes[category] != label)
            category++;
        if (category < 0 || category >= dimensions || (count > 0 && category == count))
            return pg_fail(err, PG_ERR_ARGUMENT,
                           "example %zu: label %d is none of the model's classes", s->done + i,
                           (int)label);
        b->codes[i * (size_t)dimensions + (size_t)category] = 1;
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
        memcpy(b->codes, records->code, b->count * (size_t)s->config->code_dim * sizeof *b->codes);
        return PG_OK;
    }
    if (s->config->prior == PG_PRIOR_LABEL) return codes_of_labels(s, b, err);
    if (s->options->complete) blank_rows(s, records->image, b->count);
    return pg_engine_encode(s->engine, records->image, b->count, false, b->codes, err);
}

static pg_status next_of_stream(source *s, batch *b, pg_error *err)
{
    s->records.capacity = b->count;
    pg_status status = pg_reader_next(s->reader, &s->records, err);
    if (status != PG_OK) return status;
    b->count = s->records.count;
    if (b->originals)
        memcpy(b->originals, s->records.image, b->count * pg_schema_image_size(&s->records.schema));
    return find_codes(s, b, err);
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
        next_of_manifold(s, b);
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
    int found = pg_reader_schema(s->reader)->code_dim, wanted = s->config->code_dim;
    if (found && found != wanted)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: codes have %d numbers, the model's have %d; encode with this model",
                       name, found, wanted);
    if (!found && s->options->codes)
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: there are no codes; see pg-encode(1)", name);
    return PG_OK;
}

static pg_status check_images(const source *s, const char *name, pg_error *err)
{
    const pg_schema *schema = pg_reader_schema(s->reader);
    const pg_config *config = s->config;
    if (schema->channels == 0)
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: there are no images", name);
    if (schema->height != config->height || schema->width != config->width ||
        schema->channels != config->channels)
        return pg_fail(
            err, PG_ERR_ARGUMENT,
            "%s: images are %d x %d x %d, the model's %d x %d x %d; see pg-prep --resize", name,
            schema->height, schema->width, schema->channels, config->height, config->width,
            config->channels);
    if (config->prior == PG_PRIOR_LABEL && !schema->has_label && !schema->code_dim)
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: there are no labels, which this model needs",
                       name);
    return PG_OK;
}

static pg_status open_stream(source *s, size_t batch_size, pg_error *err)
{
    const char *name = stream_of(s->options);
    pg_status status = pg_reader_open(name, &s->reader, err);
    if (status == PG_OK) status = check_codes(s, name, err);
    if (status == PG_OK && !s->options->codes) status = check_images(s, name, err);
    if (status == PG_OK)
        status = pg_records_init(&s->records, pg_reader_schema(s->reader), batch_size, err);
    bool encode = s->config->code_dim > 0 && s->config->prior != PG_PRIOR_LABEL &&
                  status == PG_OK && !s->records.code;
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
    bool tiled = options->columns > 0;
    s->limit = options->count >= 0 ? (size_t)options->count : SIZE_MAX;
    if (tiled && options->count < 0) {
        s->limit = (size_t)options->rows * (size_t)options->columns;
        if (options->reconstruct) s->limit /= 2; /* two tiles each */
    }
    if (stream_of(options)) return open_stream(s, batch_size, err);
    if (options->manifold) {
        if (config->code_dim != 2 || config->prior == PG_PRIOR_CATEGORICAL ||
            config->prior == PG_PRIOR_LABEL)
            return pg_fail(err, PG_ERR_ARGUMENT,
                           "--manifold: the model's code is not a point of the plane; it takes "
                           "--prior gaussian:2 or mixture:K");
        s->limit = (size_t)options->manifold * (size_t)options->manifold;
    } else if (s->limit == SIZE_MAX) {
        s->limit = 100;
    }
    return PG_OK;
}

void source_close(source *s)
{
    pg_engine_free(s->engine);
    pg_records_free(&s->records);
    pg_reader_close(s->reader);
    memset(s, 0, sizeof *s);
}
