/* Depths and cells that follow from the size of the images: what they are, what they cost, and what
 * models have that do not say. */
#include <config.h>

#include "../train/tiny.h"
#include "model/model.h"
#include "model/safetensors.h"

static pg_config make_config(int height, int width, int channels)
{
    pg_config config;
    pg_config_defaults(&config);
    config.height = height;
    config.width = width;
    config.channels = channels;
    return config;
}

/* ---- What they are ---- */

static void test_sizes(void)
{
    static const struct {
        int height, width, encoder, upsampler, cell;
    } cases[] = {
        {28, 28, 3, 2, 1},   {32, 32, 3, 2, 1}, {1, 1, 3, 2, 1},    {4, 4, 3, 2, 1},
        {8, 8, 3, 2, 1},     {33, 17, 3, 2, 1}, {64, 64, 4, 3, 2},  {96, 96, 5, 4, 3},
        {128, 128, 5, 4, 4}, {1, 512, 5, 3, 1}, {16, 512, 5, 4, 4}, {1, 4096, 8, 6, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pg_config config = make_config(cases[i].height, cases[i].width, 1);
        pg_model *model;
        pg_error err;
        if (pg_model_declare(&config, &model, &err) != PG_OK) bail_out(err.message);
        const pg_config *found = pg_model_config(model);
        ok(found->encoder_depth == cases[i].encoder &&
               found->upsampler_depth == cases[i].upsampler && found->map_cell == cases[i].cell,
           "%dx%d: depths %d and %d, cells of %d", cases[i].height, cases[i].width,
           found->encoder_depth, found->upsampler_depth, found->map_cell);
        pg_model_free(model);
    }
}

static void test_by_hand(void)
{
    pg_config config = make_config(28, 28, 1);
    pg_model *model;
    pg_error err;
    set_fields(&config, "encoder-depth=4 upsampler-depth=1 map-cell=7");
    if (pg_model_declare(&config, &model, &err) != PG_OK) bail_out(err.message);
    const pg_config *found = pg_model_config(model);
    ok(found->encoder_depth == 4 && found->upsampler_depth == 1 && found->map_cell == 7,
       "what is chosen by hand is taken");
    is_int(model->encoder.count, 6, "an encoder of so many layers");
    is_int(model->condition.code_map.dense.out, 4 * 4 * 16, "maps of so many cells");
    pg_model_free(model);
    config.encoder_depth = 0;
    ok(pg_config_check(&config, &err) == PG_ERR_ARGUMENT && strstr(err.message, "encoder_depth"),
       "an encoder without convolutions is refused: %s", err.message);
}

/* ---- What they cost ---- */

static size_t count_parameters(const pg_config *config)
{
    pg_model *model;
    pg_error err;
    size_t count = 0;
    if (pg_model_declare(config, &model, &err) != PG_OK) bail_out(err.message);
    for (int i = 0; i < model->parameters.count; i++)
        count += model->parameters.tensors[i].count;
    pg_model_free(model);
    return count;
}

static void apply_preset(pg_config *config, const pg_preset *preset)
{
    pg_error err;
    for (const pg_setting *s = preset->settings; s->name; s++)
        if (pg_config_set(config, s->name, s->value, &err) == PG_ERR_ARGUMENT)
            bail_out(err.message);
}

static void test_parameters(void)
{
    const pg_preset *preset;
    for (int i = 0; (preset = pg_preset_at(i)); i++) {
        pg_config config = make_config(128, 128, 3);
        apply_preset(&config, preset);
        size_t count = count_parameters(&config);
        ok(count <= 3000000, "%s at 128x128x3: %zu parameters", preset->name, count);
    }
    static const char *const more[] = {"prior=gaussian:2", "prior=gaussian:50 condition=invariant",
                                       "prior=mixture:10", "prior=categorical:100"};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        pg_config config = make_config(128, 128, 3);
        set_fields(&config, more[i]);
        size_t count = count_parameters(&config);
        ok(count <= 3000000, "%s at 128x128x3: %zu parameters", more[i], count);
    }
    pg_config digits = make_config(28, 28, 1);
    is_int((long long)count_parameters(&digits), 824456, "28x28: as many as ever");
}

static void refuses(const char *fields, const char *reason)
{
    pg_config config = make_config(4096, 4096, 1);
    pg_model *model;
    pg_error err = {0};
    set_fields(&config, fields);
    pg_status status = pg_model_declare(&config, &model, &err);
    ok(status == PG_ERR_LIMIT && !model && strstr(err.message, reason), "%s at 4096x4096: %s",
       fields, err.message);
}

/* ---- Models that do not say ---- */

static const char *const newer[] = {"map_cell", "encoder_depth", "upsampler_depth"};

static bool is_newer(const char *key)
{
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        if (strcmp(newer[i], key) == 0) return true;
    return false;
}

/* The file without what came later. */
static void make_older(const char *path)
{
    enum { MOST = 128 };
    pg_safetensors *file;
    pg_safetensor tensors[MOST];
    pg_metadata_entry entries[MOST];
    pg_error err;
    if (pg_safetensors_read(path, &file, &err) != PG_OK) bail_out(err.message);
    size_t count = pg_safetensors_count(file), kept = 0;
    for (size_t i = 0; i < count && i < MOST; i++)
        tensors[i] = *pg_safetensors_tensor(file, i);
    for (size_t i = 0; i < pg_safetensors_metadata_count(file) && kept < MOST; i++)
        if (!is_newer(pg_safetensors_metadata(file, i).key))
            entries[kept++] = pg_safetensors_metadata(file, i);
    if (pg_safetensors_write(path, tensors, count, entries, kept, &err) != PG_OK)
        bail_out(err.message);
    pg_safetensors_free(file);
}

/* 64 x 64 pixels would get more now; the older file's networks are those of any size then. */
static void test_older(void)
{
    const char *path = temporary_path("older.safetensors");
    pg_config config =
        tiny_config("height=64 width=64 encoder_depth=3 upsampler_depth=2 map_cell=1");
    pg_model *model = tiny_model(&config, 1), *loaded;
    pg_error err;
    if (pg_model_save(model, path, &err) != PG_OK) bail_out(err.message);
    make_older(path);
    if (!ok(pg_model_load(path, &loaded, &err) == PG_OK, "a model that does not say loads"))
        bail_out(err.message);
    const pg_config *found = pg_model_config(loaded);
    ok(found->encoder_depth == 3 && found->upsampler_depth == 2 && found->map_cell == 1,
       "and has what all had");
    pg_model_free(loaded);
    pg_model_free(model);
}

int main(void)
{
    test_sizes();
    test_by_hand();
    test_parameters();
    refuses("prior=categorical:3 encoder_depth=1 encoder_features=1024", "larger encoder_depth");
    refuses("prior=gaussian:2 upsampler_depth=1 encoder_features=1024", "larger upsampler_depth");
    test_older();
    return done_testing();
}
