/* Encoder, discriminator, upsampler and conditioning, forward and backward, against plain loops. */
#include <config.h>

#include "../nn/numbers.h"
#include "differences.h"
#include "model/condition.h"
#include "model/model.h"
#include "plain.h"

/* Single precision through a few layers. */
static const double forward_tolerance = 1e-5, gradient_tolerance = 1e-4;

static pg_model *make_model(const pg_config *config)
{
    pg_model *model;
    pg_error err;
    if (pg_model_create(config, 1, &model, &err) != PG_OK) bail_out(err.message);
    randomise(&model->parameters, 7);
    return model;
}

static pg_config small_config(const char *prior, int height, int width, int channels)
{
    pg_config config;
    pg_error err;
    pg_config_defaults(&config);
    if (pg_config_parse_prior(&config, prior, &err) != PG_OK) bail_out(err.message);
    config.height = height;
    config.width = width;
    config.channels = channels;
    config.features = 3;
    config.blocks = 1;
    config.encoder_features = 5;
    config.hidden = 9;
    config.discriminator_hidden = 11;
    return config;
}

/* sum of weight times value */
static double dot(const float *weight, const double *value, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += weight[i] * value[i];
    return sum;
}

/* ---- Encoder ---- */

enum { SHARDS = 3 };

typedef struct encoder_setting {
    const pg_model *model;
    pg_encoder_run *run;
    size_t rows, images, outputs; /* numbers of all rows */
    float *image, *weight;
    float *gradient[SHARDS];
    bool training;
} encoder_setting;

static void run_encoder(const pg_worker *worker, void *argument)
{
    encoder_setting *s = argument;
    pg_encoder_forward(s->run, worker, s->training);
    if (s->training) pg_encoder_backward(s->run, worker, s->gradient);
}

static double encoder_loss(void *with)
{
    const encoder_setting *s = with;
    double *outputs = allocate(s->outputs, sizeof *outputs);
    plain_encoder(&s->model->encoder, &s->model->parameters, s->rows, true, s->image, outputs);
    double sum = dot(s->weight, outputs, s->outputs);
    free(outputs);
    return sum;
}

static void check_encoder_output(const encoder_setting *s, const char *what)
{
    double *expected = allocate(s->outputs, sizeof *expected);
    plain_encoder(&s->model->encoder, &s->model->parameters, s->rows, s->training, s->image,
                  expected);
    is_close(relative_error(pg_encoder_output(s->run), expected, s->outputs), 0, forward_tolerance,
             "%s: forward, %s", what, s->training ? "training" : "with running statistics");
    free(expected);
}

static void test_encoder(const pg_config *config, int workers, size_t rows)
{
    pg_model *model = make_model(config);
    pg_error err;
    pg_shards shards = {.count = SHARDS};
    pg_group group = pg_group_alone(SHARDS);
    const pg_batch batch = {&shards, &group, rows, workers};
    size_t image = (size_t)config->height * config->width * config->channels;
    encoder_setting s = {.model = model, .rows = rows};
    char what[96];
    const float *parts[SHARDS];
    snprintf(what, sizeof what, "encoder %dx%dx%d, %d outputs, %d workers", config->height,
             config->width, config->channels, model->encoder.outputs, workers);
    for (int i = 0; i < SHARDS; i++) {
        parts[i] = s.gradient[i] = make_rubbish(model->parameters.size);
        shards.begin[i + 1] = (size_t)(i + 1) * rows / SHARDS;
    }
    if (pg_encoder_run_create(&model->encoder, &model->parameters, &batch, &s.run, &err) != PG_OK)
        bail_out(err.message);
    s.outputs = rows * model->encoder.outputs;
    s.image = make_numbers(rows * image, 11, 1);
    s.weight = make_numbers(s.outputs, 12, 1);
    memcpy(pg_encoder_input(s.run), s.image, rows * image * sizeof(float));
    s.training = true;
    memcpy(pg_encoder_output_gradient(s.run), s.weight, s.outputs * sizeof(float));
    pg_team_run(workers, run_encoder, &s);
    check_encoder_output(&s, what);
    float *gradient = allocate(model->parameters.size, sizeof *gradient);
    pg_shards_sum(parts, SHARDS, 0, model->parameters.size, gradient);
    for (size_t i = 0; i < model->parameters.size; i++)
        if (isnan(gradient[i])) gradient[i] = 0; /* of other networks, and padding */
    check_gradients(encoder_loss, &s, &model->parameters, "encoder.", gradient, gradient_tolerance,
                    what);
    pg_encoder_run_free(s.run);
    float *const memory[] = {s.image,       s.weight,      s.gradient[0],
                             s.gradient[1], s.gradient[2], gradient};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    pg_model_free(model);
}

/* With running statistics, as a model is applied. */
static void test_encoder_applied(const pg_config *config, int workers, size_t rows)
{
    pg_model *model = make_model(config);
    pg_error err;
    pg_shards shards = {.count = SHARDS};
    const pg_batch batch = {.shards = &shards, .rows = rows, .threads = workers};
    size_t image = (size_t)config->height * config->width * config->channels;
    encoder_setting s = {.model = model, .rows = rows, .outputs = rows * model->encoder.outputs};
    for (int i = 0; i < SHARDS; i++)
        shards.begin[i + 1] = (size_t)(i + 1) * rows / SHARDS;
    if (pg_encoder_run_create(&model->encoder, &model->parameters, &batch, &s.run, &err) != PG_OK)
        bail_out(err.message);
    s.image = make_numbers(rows * image, 11, 1);
    memcpy(pg_encoder_input(s.run), s.image, rows * image * sizeof(float));
    pg_team_run(workers, run_encoder, &s);
    check_encoder_output(&s, "encoder");
    pg_encoder_run_free(s.run);
    free(s.image);
    pg_model_free(model);
}

static void test_encoders(void)
{
    pg_config category = small_config("categorical:4", 12, 10, 1);
    pg_config plane = small_config("gaussian:2", 7, 9, 3);
    pg_config wide = small_config("gaussian:3", 13, 13, 1);
    pg_config large = small_config("categorical:4", 33, 17, 3);
    pg_config deep = small_config("gaussian:2", 9, 20, 1);
    pg_config small = small_config("categorical:2", 4, 4, 1);
    pg_config line = small_config("gaussian:2", 1, 50, 2);
    plane.posterior = PG_POSTERIOR_GAUSSIAN;
    wide.encoder_features = 8;
    deep.encoder_depth = 5;
    small.encoder_depth = 1;
    pg_config residual = small_config("categorical:3", 19, 14, 3);
    pg_config single = small_config("gaussian:2", 12, 9, 1);
    residual.encoder = single.encoder = PG_ENCODER_RESIDUAL;
    single.encoder_blocks = 1;
    single.posterior = PG_POSTERIOR_GAUSSIAN;
    test_encoder(&single, 2, 7);
    test_encoder(&residual, 1, 6);
    test_encoder(&residual, 3, 9);
    test_encoder_applied(&residual, 2, 5);
    test_encoder(&large, 2, 8);
    test_encoder(&deep, 2, 7);
    test_encoder(&small, 2, 8);
    test_encoder(&line, 2, 9);
    test_encoder_applied(&large, 2, 3);
    for (int workers = 1; workers <= 3; workers++) {
        test_encoder(&category, workers, 9);
        test_encoder(&plane, workers, 8);
        test_encoder(&wide, workers, 6);
        test_encoder_applied(&category, workers, 9);
        test_encoder_applied(&plane, workers, 2); /* a shard without rows */
    }
}

/* ---- Discriminator ---- */

typedef struct discriminator_setting {
    const pg_model *model;
    size_t rows;
    float *codes, *weight;
} discriminator_setting;

static double discriminator_loss(void *with)
{
    const discriminator_setting *s = with;
    double *logits = allocate(s->rows, sizeof *logits);
    plain_discriminator(&s->model->discriminator, &s->model->parameters, s->rows, s->codes, logits);
    double sum = dot(s->weight, logits, s->rows);
    free(logits);
    return sum;
}

static void test_discriminator(void)
{
    enum { ROWS = 13, DIM = 6, LAST = PG_DISCRIMINATOR_LAYERS };
    pg_config config = small_config("categorical:6", 4, 4, 1);
    pg_model *model = make_model(&config);
    const pg_parameters *p = &model->parameters;
    pg_discriminator_run run;
    pg_error err;
    discriminator_setting s = {model, ROWS, make_numbers(ROWS * DIM, 1, 1),
                               make_numbers(ROWS, 2, 1)};
    float *gradient = allocate(p->size, sizeof *gradient);
    double expected[ROWS];
    if (pg_discriminator_run_init(&run, &model->discriminator, p, ROWS + 5, &err) != PG_OK)
        bail_out(err.message);
    memcpy(run.value[0], s.codes, ROWS * DIM * sizeof(float));
    pg_discriminator_forward(&run, ROWS);
    plain_discriminator(&model->discriminator, p, ROWS, s.codes, expected);
    is_close(relative_error(run.value[LAST], expected, ROWS), 0, forward_tolerance,
             "discriminator: forward");
    memcpy(run.d[LAST], s.weight, ROWS * sizeof(float));
    pg_discriminator_backward(&run, gradient, true);
    check_gradients(discriminator_loss, &s, p, "discriminator.", gradient, gradient_tolerance,
                    "discriminator");
    is_close(gradient_error(discriminator_loss, &s, s.codes, run.d[0], ROWS * DIM, 0), 0,
             gradient_tolerance, "discriminator: gradient by the codes");
    memcpy(run.d[LAST], s.weight, ROWS * sizeof(float));
    pg_discriminator_backward(&run, NULL, true);
    is_close(gradient_error(discriminator_loss, &s, s.codes, run.d[0], ROWS * DIM, 0), 0,
             gradient_tolerance, "discriminator: gradient by the codes alone");
    pg_discriminator_run_free(&run);
    free(s.codes);
    free(s.weight);
    free(gradient);
    pg_model_free(model);
}

/* ---- Upsampler ---- */

typedef struct upsampler_setting {
    const pg_model *model;
    size_t rows, maps; /* numbers of all maps */
    float *codes, *weight;
} upsampler_setting;

static double upsampler_loss(void *with)
{
    const upsampler_setting *s = with;
    double *maps = allocate(s->maps, sizeof *maps);
    plain_upsampler(&s->model->factorised, &s->model->parameters, s->rows, s->codes, maps);
    double sum = dot(s->weight, maps, s->maps);
    free(maps);
    return sum;
}

static void test_upsampler(int height, int width, int channels, int depth)
{
    enum { ROWS = 3, DIM = 4 };
    pg_config config = small_config("gaussian:4", height, width, channels);
    config.decoder = PG_DECODER_FACTORISED;
    config.upsampler_depth = depth;
    pg_model *model = make_model(&config);
    const pg_parameters *p = &model->parameters;
    size_t count =
        (size_t)ROWS * height * width * model->factorised.shape[model->factorised.convs - 1].in;
    upsampler_setting s = {model, ROWS, count, make_numbers(ROWS * DIM, 1, 2),
                           make_numbers(count, 2, 1)};
    float *maps = make_rubbish(count), *gradient = allocate(p->size, sizeof *gradient);
    float *dcodes = allocate(ROWS * DIM, sizeof *dcodes);
    double *expected = allocate(count, sizeof *expected);
    pg_upsampler_run run;
    pg_error err;
    char what[64];
    snprintf(what, sizeof what, "upsampler to %dx%dx%d by %d", height, width, channels,
             model->factorised.convs);
    if (pg_upsampler_run_init(&run, &model->factorised, p, ROWS, true, &err) != PG_OK)
        bail_out(err.message);
    pg_upsampler_forward(&run, s.codes, ROWS, maps);
    plain_upsampler(&model->factorised, p, ROWS, s.codes, expected);
    is_close(relative_error(maps, expected, count), 0, forward_tolerance, "%s: forward", what);
    for (int i = 0; i < ROWS * DIM; i++)
        dcodes[i] = 3;
    pg_upsampler_backward(&run, s.codes, ROWS, s.weight, gradient, dcodes);
    check_gradients(upsampler_loss, &s, p, "decoder.", gradient, gradient_tolerance, what);
    for (int i = 0; i < ROWS * DIM; i++)
        dcodes[i] -= 3;
    is_close(gradient_error(upsampler_loss, &s, s.codes, dcodes, ROWS * DIM, 0), 0,
             gradient_tolerance, "%s: gradient by the codes, added to what was there", what);
    pg_upsampler_run_free(&run);
    float *const memory[] = {s.codes, s.weight, maps, gradient, dcodes};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    free(expected);
    pg_model_free(model);
}

/* ---- Conditioning ---- */

typedef struct condition_setting {
    const pg_model *model;
    size_t rows;
    float *codes, *weight, *map_weight;
} condition_setting;

/* How much a cell counts for a pixel, in one direction: a tent around its centre; the outermost
 * cells go on to the edges. */
static double tent(int pixel, int cell, int cells, int which)
{
    double at = fmin(fmax((pixel + 0.5) / cell - 0.5, 0), cells - 1);
    return fmax(0, 1 - fabs(at - which));
}

/* One row's map from its cells, every cell times its weight. */
static void spread_cells(const pg_interpolation *c, const double *cells, double *map)
{
    int down = pg_interpolation_cells(c->height, c->cell);
    int right = pg_interpolation_cells(c->width, c->cell);
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++, map += c->channels)
            for (int k = 0; k < down * right; k++)
                for (int i = 0; i < c->channels; i++)
                    map[i] += tent(y, c->cell, down, k / right) *
                              tent(x, c->cell, right, k % right) * cells[k * c->channels + i];
}

/* maps are zero. */
static void define_map(const condition_setting *s, const double *codes, double *maps)
{
    const pg_condition *c = &s->model->condition;
    size_t size = pg_interpolation_size(&c->cells);
    double *cells = allocate(s->rows * size, sizeof *cells);
    plain_dense(s->rows, (int)size, c->code_dim, codes,
                pg_parameter(&s->model->parameters, c->code_map.weight), NULL, cells);
    for (size_t r = 0; r < s->rows; r++)
        spread_cells(&c->cells, cells + r * size, maps + r * c->map);
    free(cells);
}

/* The tables of biases and the maps of all rows, by their definition; they start at zero. */
static void define_condition(const condition_setting *s, double *biases, double *maps)
{
    const pg_condition *c = &s->model->condition;
    const pg_parameters *p = &s->model->parameters;
    double *codes = widened(s->codes, s->rows * c->code_dim);
    if (c->code_dim)
        plain_dense(s->rows, c->biases, c->code_dim, codes, pg_parameter(p, c->code.weight),
                    pg_parameter(p, c->bias_table), biases);
    else
        for (size_t i = 0; i < s->rows * c->biases; i++)
            biases[i] = pg_parameter(p, c->bias_table)[i % c->biases];
    if (c->upsampled)
        plain_upsampler(&c->upsampler, p, s->rows, s->codes, maps);
    else if (c->map)
        define_map(s, codes, maps);
    free(codes);
}

static double condition_loss(void *with)
{
    const condition_setting *s = with;
    const pg_condition *c = &s->model->condition;
    double *biases = allocate(s->rows * c->biases, sizeof *biases);
    double *maps = allocate(s->rows * c->map, sizeof *maps);
    define_condition(s, biases, maps);
    double sum = dot(s->weight, biases, s->rows * c->biases);
    sum += dot(s->map_weight, maps, s->rows * c->map);
    free(biases);
    free(maps);
    return sum;
}

/* Which parameters conditioning has, by their names. */
static void check_condition_gradients(condition_setting *s, const float *gradient, const char *what)
{
    static const char *const prefixes[] = {"decoder.bias", "decoder.code.", "decoder.map."};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        check_gradients(condition_loss, s, &s->model->parameters, prefixes[i], gradient,
                        gradient_tolerance, what);
}

static void test_condition(const char *prior, pg_condition_kind kind, int cell, const char *what)
{
    enum { ROWS = 4 };
    pg_config config = small_config(prior, cell > 1 ? 11 : 6, 5, 1);
    config.condition = kind;
    config.map_cell = cell;
    pg_model *model = make_model(&config);
    const pg_condition *c = &model->condition;
    size_t bias_count = (size_t)ROWS * c->biases, map_count = (size_t)ROWS * c->map;
    size_t code_count = (size_t)ROWS * c->code_dim;
    condition_setting s = {model, ROWS, make_numbers(code_count, 1, 1),
                           make_numbers(bias_count, 2, 1), make_numbers(map_count, 3, 1)};
    float *biases = make_rubbish(bias_count), *maps = make_rubbish(map_count);
    float *gradient = allocate(model->parameters.size, sizeof *gradient);
    float *dcodes = allocate(code_count, sizeof *dcodes);
    double *expected_biases = allocate(bias_count, sizeof(double));
    double *expected_maps = allocate(map_count, sizeof(double));
    pg_condition_run run;
    pg_error err;
    if (pg_condition_run_init(&run, c, &model->parameters, ROWS, true, &err) != PG_OK)
        bail_out(err.message);
    pg_condition_forward(&run, s.codes, ROWS, biases, maps);
    define_condition(&s, expected_biases, expected_maps);
    is_close(relative_error(biases, expected_biases, bias_count), 0, forward_tolerance,
             "%s: biases", what);
    is_close(relative_error(maps, expected_maps, map_count), 0, forward_tolerance, "%s: maps",
             what);
    pg_condition_backward(&run, s.codes, ROWS, s.weight, s.map_weight, gradient, dcodes);
    check_condition_gradients(&s, gradient, what);
    is_close(gradient_error(condition_loss, &s, s.codes, dcodes, code_count, 1e-9), 0,
             gradient_tolerance, "%s: gradient by the codes", what);
    pg_condition_run_free(&run);
    float *const memory[] = {s.codes, s.weight, s.map_weight, biases, maps, gradient, dcodes};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    free(expected_biases);
    free(expected_maps);
    pg_model_free(model);
}

int main(void)
{
    test_encoders();
    test_discriminator();
    test_upsampler(8, 8, 1, PG_AUTO);
    test_upsampler(9, 6, 3, PG_AUTO);
    test_upsampler(1, 1, 1, PG_AUTO);
    test_upsampler(33, 17, 1, PG_AUTO);
    test_upsampler(1, 13, 2, 3);
    test_upsampler(4, 4, 1, 1);
    test_condition("categorical:3", PG_CONDITION_DEPENDENT, PG_AUTO, "free maps");
    test_condition("categorical:3", PG_CONDITION_DEPENDENT, 2, "maps of cells of 2");
    test_condition("categorical:3", PG_CONDITION_DEPENDENT, 3, "maps of cells of 3");
    test_condition("label:2", PG_CONDITION_DEPENDENT, 20, "maps of one cell");
    test_condition("gaussian:2", PG_CONDITION_DEPENDENT, 3, "upsampled maps");
    test_condition("gaussian:2", PG_CONDITION_INVARIANT, PG_AUTO, "biases only");
    test_condition("none", PG_CONDITION_DEPENDENT, PG_AUTO, "no code");
    return done_testing();
}
