/* Writes small untrained models and streams for the tests of pg-classify and
 * pg-encode into a folder: inputs FOLDER. */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/model.h"
#include "pixelgan/pixelgan.h"

static pg_error err;

static void need(pg_status status)
{
    if (!status) return;
    fprintf(stderr, "inputs: %s\n", err.message);
    exit(1);
}

static pg_model *make_model(const char *prior, pg_posterior_kind posterior, uint64_t seed)
{
    pg_config config;
    pg_model *model;
    pg_config_defaults(&config);
    config.height = 8;
    config.width = 9;
    config.features = 4;
    config.blocks = 1;
    config.encoder_features = 4;
    config.hidden = 16;
    config.discriminator_hidden = 8;
    config.posterior = posterior;
    need(pg_config_parse_prior(&config, prior, &err));
    if (config.prior == PG_PRIOR_NONE) config.pull = PG_PULL_NONE;
    need(pg_model_create(&config, seed, &model, &err));
    return model;
}

static void save(pg_model *model, const char *name)
{
    need(pg_model_save(model, name, &err));
    pg_model_free(model);
}

static void make_models(void)
{
    static const int32_t digits[] = {7, 3, 5, 1, 0};
    save(make_model("categorical:5", PG_POSTERIOR_NOISE, 1), "digits.safetensors");
    save(make_model("gaussian:2", PG_POSTERIOR_GAUSSIAN, 2), "plane.safetensors");
    save(make_model("gaussian:4", PG_POSTERIOR_DETERMINISTIC, 3), "space.safetensors");
    save(make_model("none", PG_POSTERIOR_DETERMINISTIC, 4), "none.safetensors");
    pg_model *classes = make_model("categorical:5", PG_POSTERIOR_NOISE, 1);
    need(pg_model_set_classes(classes, digits, 5, &err));
    save(classes, "classes.safetensors");
}

/* Example n of a set: a bright bar whose place is its label, over noise. */
static void draw(uint8_t *image, const pg_schema *schema, int label, unsigned *noise)
{
    size_t size = pg_schema_image_size(schema);
    for (size_t i = 0; i < size; i++) {
        *noise = *noise * 1664525u + 1013904223u; /* Knuth's linear congruential generator */
        image[i] = (uint8_t)(*noise >> 25);
        if ((int)(i / (size_t)schema->channels) % schema->width == label) image[i] = 255;
    }
}

/* label_step 0: no labels known; 1: all; n: every n-th example is unlabelled. */
static void make_stream(const char *name, pg_schema schema, size_t count, int label_step,
                        unsigned seed)
{
    pg_records records;
    pg_writer *writer;
    unsigned noise = seed;
    need(pg_records_init(&records, &schema, count ? count : 1, &err));
    for (size_t n = 0; n < count; n++) {
        int label = (int)(3 * n % 7);
        draw(records.image + n * pg_schema_image_size(&schema), &schema, label, &noise);
        bool known = label_step == 1 || (label_step > 1 && n % (size_t)label_step != 0);
        if (schema.has_label) records.label[n] = known ? label : -1;
    }
    records.count = count;
    need(pg_writer_open(name, &schema, &writer, &err));
    need(pg_writer_put(writer, &records, &err));
    need(pg_writer_close(writer, &err));
    pg_records_free(&records);
}

static void make_streams(void)
{
    const pg_schema plain = {.height = 8, .width = 9, .channels = 1};
    const pg_schema labelled = {.height = 8, .width = 9, .channels = 1, .has_label = true};
    const pg_schema colour = {.height = 9, .width = 8, .channels = 3, .has_label = true};
    make_stream("test.npy", labelled, 700, 10, 11); /* more than one chunk */
    make_stream("digits.npy", labelled, 90, 1, 12);
    make_stream("plain.npy", plain, 20, 0, 13);
    make_stream("unknown.npy", labelled, 20, 0, 14);
    make_stream("colour.npy", colour, 5, 1, 15);
    make_stream("none.npy", labelled, 0, 1, 16);
}

/* Four codes, the second one no numbers; all labelled 0. */
static void make_codes(const char *name, int dim)
{
    const pg_schema schema = {.code_dim = dim, .has_label = true};
    pg_records records;
    pg_writer *writer;
    need(pg_records_init(&records, &schema, 4, &err));
    records.count = 4;
    for (int n = 0; n < 4; n++)
        for (int d = 0; d < dim; d++)
            records.code[n * dim + d] = n == 1 ? NAN : (float)(d == n);
    need(pg_writer_open(name, &schema, &writer, &err));
    need(pg_writer_put(writer, &records, &err));
    need(pg_writer_close(writer, &err));
    pg_records_free(&records);
}

int main(int argc, char **argv)
{
    if (argc != 2 || chdir(argv[1]) != 0) {
        fprintf(stderr, "usage: inputs FOLDER\n");
        return 1;
    }
    make_models();
    make_streams();
    make_codes("codes3.npy", 3);
    make_codes("codes5.npy", 5);
    return 0;
}
