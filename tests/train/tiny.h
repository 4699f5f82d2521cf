/* Small models and data for tests of the training. */
#ifndef TESTS_TRAIN_TINY_H
#define TESTS_TRAIN_TINY_H

#include "../nn/numbers.h"
#include "pixelgan/pixelgan.h"

/* Sets architecture fields from "name=value name=value ...". */
static inline void set_fields(pg_config *config, const char *fields)
{
    char text[512], *rest = text, *pair;
    pg_error err;
    snprintf(text, sizeof text, "%s", fields);
    while ((pair = strsep(&rest, " "))) {
        char *value = strchr(pair, '=');
        if (!value) continue;
        *value++ = 0;
        if (pg_config_set(config, pair, value, &err) != PG_OK) bail_out(err.message);
    }
}

/* A few thousand weights at most, plus the given fields. */
static inline pg_config tiny_config(const char *fields)
{
    pg_config config;
    pg_config_defaults(&config);
    set_fields(&config, "height=8 width=7 channels=1 features=6 blocks=2 encoder_features=4 "
                        "hidden=10 discriminator_hidden=12");
    set_fields(&config, fields);
    return config;
}

static inline pg_model *tiny_model(const pg_config *config, uint64_t seed)
{
    pg_model *model;
    pg_error err;
    if (pg_model_create(config, seed, &model, &err) != PG_OK) bail_out(err.message);
    return model;
}

/* Blobs whose place depends on the label, the category in turn; binary, or with greys. */
static inline pg_records tiny_data(const pg_config *config, size_t count, bool greys)
{
    pg_records data;
    pg_error err;
    pg_schema schema = {.height = config->height,
                        .width = config->width,
                        .channels = config->channels,
                        .has_label = true};
    if (pg_records_init(&data, &schema, count, &err) != PG_OK) bail_out(err.message);
    size_t size = pg_schema_image_size(&schema);
    int classes = config->components ? config->components : 3;
    uint64_t state = 17;
    data.count = count;
    for (size_t n = 0; n < count; n++) {
        data.label[n] = (int32_t)(n % classes);
        for (size_t i = 0; i < size; i++) {
            bool inside = (int)(i * classes / size) == data.label[n];
            double number = next_number(&state) + (inside ? 0.7 : -0.5);
            data.image[n * size + i] = number > 0 ? 255 : 0;
            if (greys && number > 0 && number < 0.8) data.image[n * size + i] = 120;
        }
    }
    return data;
}

#endif
