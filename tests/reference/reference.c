/* A whole model against numbers that PyTorch made of the same weights and images (see
 * make-reference.py): one pass, all gradients, running statistics, and five steps of Adam. */
#include <config.h>

#include "../nn/numbers.h"
#include "model/config.h"
#include "model/safetensors.h"
#include "nn/loss.h"
#include "train/trainer.h"

/* The reference is in double precision, rounded; ours sums in single. */
static const double pass_tolerance = 1e-5, gradient_tolerance = 5e-5, training_tolerance = 2e-4;

typedef struct system {
    const char *name;
    pg_safetensors *file;
    pg_config config;
    pg_train_options options;
    pg_model *model;
    pg_records data;
    pg_trainer *trainer;
} system_under_test;

/* ---- The file ---- */

static const pg_safetensor *find(const system_under_test *s, const char *folder, const char *name)
{
    char full[128];
    snprintf(full, sizeof full, "%s%s", folder, name);
    const pg_safetensor *tensor = pg_safetensors_find(s->file, full);
    if (!tensor) {
        diag("%s lacks %s", s->name, full);
        bail_out("a reference file lacks a tensor");
    }
    return tensor;
}

static size_t numbers_of(const pg_safetensor *tensor)
{
    return tensor->bytes / sizeof(float);
}

/* How far `got` is from a tensor of the file. */
static double error_of(const float *got, const pg_safetensor *tensor)
{
    return relative_difference(got, tensor->data, numbers_of(tensor));
}

static void set(system_under_test *s, const char *key, const char *value)
{
    pg_error err;
    pg_status status = PG_OK;
    if (strncmp(key, "model.", 6) == 0) status = pg_config_set(&s->config, key + 6, value, &err);
    if (strncmp(key, "train.", 6) == 0) status = pg_train_set(&s->options, key + 6, value, &err);
    if (status != PG_OK) bail_out(err.message);
}

/* Architecture first, for the defaults of training hang on it. */
static void read_settings(system_under_test *s)
{
    size_t count = pg_safetensors_metadata_count(s->file);
    pg_config_defaults(&s->config);
    for (size_t i = 0; i < count; i++) {
        pg_metadata_entry entry = pg_safetensors_metadata(s->file, i);
        set(s, entry.key, entry.value);
    }
    pg_train_defaults(&s->options, &s->config, false);
    for (size_t i = 0; i < count; i++) {
        pg_metadata_entry entry = pg_safetensors_metadata(s->file, i);
        set(s, entry.key, entry.value);
    }
}

static void read_images(system_under_test *s)
{
    const pg_safetensor *images = find(s, "images", "");
    pg_schema schema = {
        .height = s->config.height, .width = s->config.width, .channels = s->config.channels};
    pg_error err;
    size_t size = pg_schema_image_size(&schema), count = images->bytes / size;
    if (pg_records_init(&s->data, &schema, count, &err) != PG_OK) bail_out(err.message);
    memcpy(s->data.image, images->data, images->bytes);
    s->data.count = count;
}

static void take_weights(system_under_test *s)
{
    for (int i = 0; i < pg_model_tensor_count(s->model); i++) {
        pg_tensor_view view = pg_model_tensor(s->model, i);
        const pg_safetensor *weight = find(s, "weight/", view.name);
        if (numbers_of(weight) != view.count) bail_out("a weight has another shape");
        memcpy(view.data, weight->data, weight->bytes);
    }
}

/* One worker, no noise, the whole of the data in each step. */
static void set_up(system_under_test *s, const char *name)
{
    char path[128];
    pg_error err;
    memset(s, 0, sizeof *s);
    s->name = name;
    snprintf(path, sizeof path, "tests/reference/good-%s.safetensors", name);
    if (pg_safetensors_read(fixture_path(path), &s->file, &err) != PG_OK) bail_out(err.message);
    read_settings(s);
    read_images(s);
    s->options.batch = (int)s->data.count;
    s->options.threads = s->options.shards = 1; /* one gradient, not parts of it */
    s->options.discriminator_rate = s->options.code_noise = 0;
    s->options.decay_at = 1;
    if (pg_model_create(&s->config, 1, &s->model, &err) != PG_OK) bail_out(err.message);
    take_weights(s);
    if (pg_trainer_create(s->model, &s->data, &s->options, &s->trainer, &err) != PG_OK)
        bail_out(err.message);
}

static void tear_down(system_under_test *s)
{
    pg_trainer_free(s->trainer);
    pg_records_free(&s->data);
    pg_model_free(s->model);
    pg_safetensors_free(s->file);
}

static void run_step(system_under_test *s)
{
    pg_error err;
    if (pg_trainer_run(s->trainer, 1, &err) != PG_OK) bail_out(err.message);
}

/* ---- Checks ---- */

/* Codes of the step, which has the images in an order of its own. */
static void test_codes(const system_under_test *s)
{
    const pg_safetensor *codes = find(s, "codes", "");
    size_t dim = (size_t)s->config.code_dim;
    float *sorted = make_rubbish(numbers_of(codes));
    for (size_t row = 0; row < s->data.count; row++)
        memcpy(sorted + s->trainer->example[row] * dim, s->trainer->codes + row * dim,
               dim * sizeof *sorted);
    is_close(error_of(sorted, codes), 0, pass_tolerance, "%s: codes", s->name);
    free(sorted);
}

static void test_gradients(const system_under_test *s)
{
    const pg_parameters *p = &s->model->parameters;
    for (int i = 0; i < p->count; i++) {
        const pg_tensor *t = &p->tensors[i];
        if (t->group != PG_GROUP_AUTOENCODER) continue;
        const pg_safetensor *gradient = find(s, "gradient/", t->name);
        const float *got = s->trainer->gradients[0] + t->offset;
        if (s->config.prior == PG_PRIOR_CATEGORICAL && strcmp(t->name, "encoder.out.bias") == 0) {
            ok(fabs(got[0]) < 1e-5, "%s: the normalised outputs' bias has no gradient", s->name);
            continue;
        }
        is_close(error_of(got, gradient), 0, gradient_tolerance, "%s: gradient of %s", s->name,
                 t->name);
    }
}

static void test_running_statistics(const system_under_test *s)
{
    const pg_parameters *p = &s->model->parameters;
    for (int i = 0; i < p->count; i++)
        if (p->tensors[i].group == PG_GROUP_BUFFER)
            is_close(error_of(pg_parameter(p, i), find(s, "running/", p->tensors[i].name)), 0,
                     pass_tolerance, "%s: %s after a step", s->name, p->tensors[i].name);
}

/* The engine, with the first weights and the statistics after one batch. */
static void test_engine(const system_under_test *s)
{
    pg_engine *engine;
    pg_error err;
    const pg_safetensor *codes = find(s, "codes", ""), *logits = find(s, "logits", "");
    const pg_safetensor *running = find(s, "codes_running", "");
    float *got = make_rubbish(numbers_of(logits)), *code = make_rubbish(numbers_of(running));
    if (pg_engine_create(s->model, 1, 1, &engine, &err) != PG_OK ||
        pg_engine_encode(engine, s->data.image, 0, s->data.count, false, code, &err) != PG_OK ||
        pg_engine_logits(engine, s->data.image, codes->data, s->data.count, got, &err) != PG_OK)
        bail_out(err.message);
    is_close(error_of(code, running), 0, pass_tolerance, "%s: codes by running statistics",
             s->name);
    is_close(error_of(got, logits), 0, pass_tolerance, "%s: logits", s->name);
    pg_engine_free(engine);
    free(got);
    free(code);
}

static void check_discriminator_gradients(const system_under_test *s, const float *gradient)
{
    const pg_parameters *p = &s->model->parameters;
    for (int i = 0; i < p->count; i++) {
        const pg_tensor *t = &p->tensors[i];
        if (t->group != PG_GROUP_DISCRIMINATOR) continue;
        is_close(error_of(gradient + t->offset, find(s, "gradient/", t->name)), 0,
                 gradient_tolerance, "%s: gradient of %s", s->name, t->name);
    }
}

/* The discriminator between the file's draws of the prior and codes. */
static void test_discriminator(const system_under_test *s)
{
    enum { LAST = PG_DISCRIMINATOR_LAYERS };
    const pg_safetensor *prior = find(s, "prior", ""), *codes = find(s, "codes", "");
    const float *expected = find(s, "discriminator_loss", "")->data;
    const pg_parameters *p = &s->model->parameters;
    size_t rows = s->data.count, count = numbers_of(codes);
    float *gradient = allocate(p->size, sizeof *gradient), scale = 1 / (float)rows;
    pg_discriminator_run run;
    pg_error err;
    if (pg_discriminator_run_init(&run, &s->model->discriminator, p, 2 * rows, &err) != PG_OK)
        bail_out(err.message);
    memcpy(run.value[0], prior->data, prior->bytes);
    memcpy(run.value[0] + count, codes->data, codes->bytes);
    pg_discriminator_forward(&run, 2 * rows);
    double loss = pg_loss_bernoulli_all(rows, run.value[LAST], 1, scale, run.d[LAST]);
    loss += pg_loss_bernoulli_all(rows, run.value[LAST] + rows, 0, scale, run.d[LAST] + rows);
    is_close(loss / (double)rows, expected[0], pass_tolerance, "%s: the discriminator's loss",
             s->name);
    pg_discriminator_backward(&run, gradient, false);
    check_discriminator_gradients(s, gradient);
    pg_discriminator_run_free(&run);
    free(gradient);
}

/* nll, adversarial loss and divergence of a step. */
static void test_losses(const system_under_test *s, int step, double tolerance)
{
    const float *expected = (const float *)find(s, "losses", "")->data + 3 * step;
    pg_train_losses got = pg_trainer_take_losses(s->trainer);
    is_close(got.nll, expected[0], tolerance * expected[0], "%s: nll, step %d", s->name, step + 1);
    is_close(got.adversarial, expected[1], tolerance * expected[1], "%s: adversarial loss, step %d",
             s->name, step + 1);
    is_close(got.kl, expected[2], tolerance * expected[2], "%s: divergence, step %d", s->name,
             step + 1);
}

/* One step that leaves the weights alone. */
static void test_pass(const char *name)
{
    system_under_test s;
    set_up(&s, name);
    s.trainer->options.learning_rate = 0;
    run_step(&s);
    test_losses(&s, 0, pass_tolerance);
    test_codes(&s);
    test_gradients(&s);
    test_running_statistics(&s);
    test_engine(&s);
    if (pg_config_has_discriminator(&s.config)) test_discriminator(&s);
    tear_down(&s);
}

static void test_training(const char *name)
{
    system_under_test s;
    set_up(&s, name);
    int steps = (int)find(&s, "losses", "")->shape[0];
    is_int(steps, 5, "%s: steps", name);
    for (int step = 0; step < steps; step++) {
        run_step(&s);
        test_losses(&s, step, training_tolerance);
    }
    tear_down(&s);
}

int main(void)
{
    static const char *const systems[] = {"categorical", "gaussian", "gaussian-kl"};
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        test_pass(systems[i]);
        test_training(systems[i]);
    }
    return done_testing();
}
