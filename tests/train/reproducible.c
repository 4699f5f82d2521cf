/* What is promised of repeated trainings, and of models that were saved and loaded. */
#include <config.h>

#include "nn/team.h"
#include "tiny.h"

enum { COUNT = 48, STEPS = 6 };

typedef struct run_options {
    const char *fields;
    uint64_t seed;
    int threads;
    bool noise; /* at the encoder's input and the discriminator's, and in the images */
    bool supervise;
} run_options;

/* A model after some steps. */
static pg_model *train(const run_options *o, double *nll)
{
    pg_config config = tiny_config(o->fields);
    pg_train_options options;
    pg_trainer *trainer;
    pg_error err;
    pg_train_defaults(&options, &config, o->supervise);
    options.batch = options.labelled_batch = COUNT / 4;
    options.threads = o->threads;
    options.seed = o->seed;
    if (!o->noise)
        options.input_noise = options.code_noise = options.shift = options.rotate = options.shear =
            options.zoom = options.elastic = options.erase = 0;
    pg_model *model = tiny_model(&config, o->seed);
    pg_records data = tiny_data(&config, COUNT, o->noise);
    if (pg_trainer_create(model, &data, &options, &trainer, &err) != PG_OK ||
        pg_trainer_run(trainer, STEPS, &err) != PG_OK)
        bail_out(err.message);
    if (nll) *nll = pg_trainer_take_losses(trainer).nll;
    pg_trainer_free(trainer);
    pg_records_free(&data);
    return model;
}

static bool equal_models(const pg_model *a, const pg_model *b)
{
    bool equal = pg_model_tensor_count(a) == pg_model_tensor_count(b);
    for (int i = 0; equal && i < pg_model_tensor_count(a); i++) {
        pg_tensor_view x = pg_model_tensor(a, i), y = pg_model_tensor(b, i);
        equal = x.count == y.count && memcmp(x.data, y.data, x.count * sizeof *x.data) == 0;
    }
    return equal;
}

/* ---- Seeds and threads ---- */

static void test_seeds(const char *fields, int threads, bool supervise)
{
    run_options o = {fields, 5, threads, true, supervise};
    pg_model *first = train(&o, NULL), *again = train(&o, NULL);
    o.seed = 6;
    pg_model *other = train(&o, NULL);
    ok(equal_models(first, again), "%s, %d threads: the same seed, the same weights", fields,
       threads);
    ok(!equal_models(first, other), "%s, %d threads: another seed, others", fields, threads);
    pg_model_free(first);
    pg_model_free(again);
    pg_model_free(other);
}

/* Codes and nll of the first images, the noise of a sampled posterior left out. */
static float *apply(const pg_model *model, int threads, size_t *count)
{
    enum { IMAGES = 70 };
    const pg_config *config = pg_model_config(model);
    size_t codes = (size_t)IMAGES * config->code_dim;
    pg_records data = tiny_data(config, IMAGES, true);
    pg_engine *engine;
    pg_error err;
    *count = codes + IMAGES;
    float *result = make_rubbish(*count);
    if (pg_engine_create(model, threads, 1, &engine, &err) != PG_OK ||
        pg_engine_encode(engine, data.image, 0, IMAGES, false, result, &err) != PG_OK ||
        pg_engine_nll(engine, data.image, result, 0, IMAGES, result + codes, &err) != PG_OK)
        bail_out(err.message);
    pg_engine_free(engine);
    pg_records_free(&data);
    return result;
}

/* The same bits by any number of threads: of the weights, and of what they are applied to. */
static void test_threads(const char *fields, bool supervise)
{
    run_options o = {fields, 5, 1, true, supervise};
    size_t count;
    double nll, other_nll;
    pg_model *one = train(&o, &nll);
    float *first = apply(one, 1, &count);
    for (o.threads = 2; o.threads <= 9; o.threads++) {
        pg_model *other = train(&o, &other_nll);
        float *codes = apply(one, o.threads, &count);
        ok(equal_models(one, other) && nll == other_nll,
           "%s: the same weights and losses by %d threads as by one", fields, o.threads);
        ok(memcmp(codes, first, count * sizeof *codes) == 0,
           "%s: and applied, the same codes and nll", fields);
        pg_model_free(other);
        free(codes);
    }
    free(first);
    pg_model_free(one);
}

/* Codes and nll of the first images of a call do not depend on how many follow. */
static void test_calls(const char *fields)
{
    run_options o = {fields, 5, 2, true, false};
    enum { IMAGES = 150 };
    pg_model *model = train(&o, NULL);
    const pg_config *config = pg_model_config(model);
    pg_records data = tiny_data(config, IMAGES, true);
    size_t dim = config->code_dim, image = pg_schema_image_size(&data.schema), done = 0;
    float *codes = make_rubbish(IMAGES * dim), *parts = make_rubbish(IMAGES * dim);
    float nll[IMAGES], part_nll[IMAGES];
    pg_engine *engine;
    pg_error err;
    if (pg_engine_create(model, 3, 1, &engine, &err) != PG_OK ||
        pg_engine_encode(engine, data.image, 0, IMAGES, true, codes, &err) != PG_OK ||
        pg_engine_nll(engine, data.image, codes, 0, IMAGES, nll, &err) != PG_OK)
        bail_out(err.message);
    for (size_t part = 1; done < IMAGES;
         done += part, part = done + part < IMAGES ? part + 6 : IMAGES - done)
        if (pg_engine_encode(engine, data.image + done * image, done, part, true,
                             parts + done * dim, &err) != PG_OK ||
            pg_engine_nll(engine, data.image + done * image, codes + done * dim, done, part,
                          part_nll + done, &err) != PG_OK)
            bail_out(err.message);
    ok(memcmp(codes, parts, IMAGES * dim * sizeof *codes) == 0, "%s: the same codes by parts",
       fields);
    ok(memcmp(nll, part_nll, sizeof nll) == 0, "%s: the same nll by parts", fields);
    pg_engine_free(engine);
    pg_records_free(&data);
    free(codes);
    free(parts);
    pg_model_free(model);
}

/* ---- Files ---- */

static pg_model *load(const char *path)
{
    pg_model *model;
    pg_error err;
    if (pg_model_load(path, &model, &err) != PG_OK) bail_out(err.message);
    return model;
}

static void save(const pg_model *model, const char *path)
{
    pg_error err;
    if (pg_model_save(model, path, &err) != PG_OK) bail_out(err.message);
}

static bool equal_files(const char *a, const char *b)
{
    char command[8192];
    snprintf(command, sizeof command, "cmp -s '%s' '%s'", a, b);
    return system(command) == 0;
}

static void test_file(const char *fields)
{
    run_options o = {fields, 5, 1, true, false};
    const char *path = temporary_path("model.safetensors");
    const char *second = temporary_path("again.safetensors");
    size_t count;
    pg_model *model = train(&o, NULL);
    save(model, path);
    pg_model *loaded = load(path);
    save(loaded, second);
    ok(equal_models(model, loaded), "%s: loaded as it was saved", fields);
    ok(equal_files(path, second), "%s: saved again to the same bytes", fields);
    if (pg_model_config(model)->prior != PG_PRIOR_NONE) {
        float *before = apply(model, 1, &count), *after = apply(loaded, 1, &count);
        ok(memcmp(before, after, count * sizeof *before) == 0,
           "%s: the same codes and losses, bit by bit", fields);
        free(before);
        free(after);
    }
    pg_model_free(model);
    pg_model_free(loaded);
}

int main(void)
{
    static const char *const systems[] = {
        "prior=categorical:3",
        "prior=gaussian:2",
        "prior=gaussian:2 posterior=gaussian pull=kl decoder=factorised",
        "prior=mixture:4 condition=invariant",
    };
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        test_seeds(systems[i], 1, false);
        test_file(systems[i]);
    }
    test_file("prior=none");
    test_seeds("prior=categorical:3", 1, true);
    test_seeds("prior=categorical:3", 2, true);
    test_seeds("prior=gaussian:2 posterior=gaussian pull=kl", 2, false);
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        test_threads(systems[i], false);
        test_calls(systems[i]);
    }
    test_threads("prior=categorical:3", true);
    test_threads("prior=gaussian:2 posterior=gaussian pull=kl", false);
    test_threads("prior=flow:3 posterior=gaussian pull=kl condition=invariant", false);
    test_threads("prior=mixture:3 condition=invariant label_informed=1", true);
    test_threads("channels=3 prior=categorical:3 likelihood=logistic", false);
    return done_testing();
}
