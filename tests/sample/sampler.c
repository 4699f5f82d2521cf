/* The sampler of a whole model: against the engine, across threads and runs, and the prior. */
#include <config.h>

#include "../tap.h"
#include "model/likelihood.h"
#include "pixelgan/pixelgan.h"

enum { SIDE = 8, COUNT = 21 };

static int map_cell = PG_AUTO; /* of models to come */

static pg_model *make_model_of(const char *prior, pg_condition_kind condition, int channels,
                               pg_likelihood_kind likelihood)
{
    pg_error err;
    pg_config config = {0};
    pg_config_defaults(&config);
    config.height = SIDE;
    config.width = SIDE + 1;
    config.channels = channels;
    config.features = 12;
    config.blocks = 2;
    config.encoder_features = 4;
    config.hidden = 16;
    config.map_cell = map_cell;
    if (pg_config_parse_prior(&config, prior, &err) != PG_OK) bail_out(err.message);
    config.condition = condition;
    config.likelihood = likelihood;
    if (config.prior == PG_PRIOR_NONE) config.pull = PG_PULL_NONE;
    pg_model *model;
    if (pg_model_create(&config, 3, &model, &err) != PG_OK) bail_out(err.message);
    return model;
}

static pg_model *make_model(const char *prior, pg_condition_kind condition, int channels)
{
    return make_model_of(prior, condition, channels, PG_LIKELIHOOD_AUTO);
}

static pg_sampler *make_sampler(const pg_model *model, int threads, uint64_t seed)
{
    pg_sampler *sampler;
    pg_error err;
    if (pg_sampler_create(model, threads, seed, &sampler, &err) != PG_OK) bail_out(err.message);
    return sampler;
}

static void draw(pg_sampler *sampler, size_t count, const float *codes, uint8_t *images,
                 float *logits)
{
    pg_sample_request request = {.count = count, .codes = codes, .temperature = 1};
    pg_error err;
    if (pg_sampler_run(sampler, &request, images, logits, &err) != PG_OK) bail_out(err.message);
}

static float *draw_codes(pg_sampler *sampler, const pg_config *config, size_t count)
{
    float *codes = calloc(count * config->code_dim + 1, sizeof *codes);
    pg_error err;
    if (pg_sampler_prior(sampler, count, -1, codes, &err) != PG_OK) bail_out(err.message);
    return codes;
}

/* What was returned while sampling is what the engine makes of the finished images. */
static void test_logits(const char *prior, pg_condition_kind condition, int channels,
                        pg_likelihood_kind likelihood)
{
    pg_model *model = make_model_of(prior, condition, channels, likelihood);
    const pg_config *config = pg_model_config(model);
    size_t area = (size_t)COUNT * SIDE * (SIDE + 1);
    size_t values = area * pg_likelihood_find(config->likelihood)->outputs(config);
    uint8_t *images = calloc(area, channels);
    float *drawn = calloc(values, sizeof *drawn), *expected = calloc(values, sizeof *expected);
    pg_sampler *sampler = make_sampler(model, 2, 5);
    float *codes = draw_codes(sampler, config, COUNT);
    draw(sampler, COUNT, codes, images, drawn);
    pg_engine *engine;
    pg_error err;
    if (pg_engine_create(model, 2, 1, &engine, &err) != PG_OK ||
        pg_engine_logits(engine, images, codes, COUNT, expected, &err) != PG_OK)
        bail_out(err.message);
    double worst = 0, largest = 1;
    for (size_t i = 0; i < values; i++) {
        worst = worse_of(worst, fabs(drawn[i] - expected[i]));
        largest = worse_of(largest, fabs(expected[i]));
        if (!isfinite(drawn[i])) worst = INFINITY;
    }
    is_close(worst / largest, 0, 1e-5, "%s, %s, %d channels, likelihood %d: logits of a full pass",
             prior, condition == PG_CONDITION_DEPENDENT ? "dependent" : "invariant", channels,
             config->likelihood);
    free(images);
    free(drawn);
    free(expected);
    free(codes);
    pg_engine_free(engine);
    pg_sampler_free(sampler);
    pg_model_free(model);
}

static void test_reproducible(void)
{
    pg_model *model = make_model("categorical:3", PG_CONDITION_DEPENDENT, 1);
    const pg_config *config = pg_model_config(model);
    size_t size = SIDE * (SIDE + 1);
    uint8_t *first = calloc(COUNT, size), *second = calloc(COUNT, size);
    pg_sampler *sampler = make_sampler(model, 1, 5);
    float *codes = draw_codes(sampler, config, COUNT);
    draw(sampler, COUNT, codes, first, NULL);
    pg_sampler_free(sampler);

    for (int threads = 2; threads <= 5; threads += 3) {
        sampler = make_sampler(model, threads, 5);
        draw(sampler, COUNT, codes, second, NULL);
        ok(memcmp(first, second, COUNT * size) == 0, "%d threads draw the same", threads);
        pg_sampler_free(sampler);
    }
    sampler = make_sampler(model, 2, 5);
    draw(sampler, 8, codes, second, NULL);
    draw(sampler, COUNT - 8, codes + 8 * config->code_dim, second + 8 * size, NULL);
    ok(memcmp(first, second, COUNT * size) == 0, "two runs go on where one would");
    draw(sampler, COUNT, codes, second, NULL);
    ok(memcmp(first, second, COUNT * size) != 0, "a third draws anew");
    pg_sampler_free(sampler);
    sampler = make_sampler(model, 2, 6);
    draw(sampler, COUNT, codes, second, NULL);
    ok(memcmp(first, second, COUNT * size) != 0, "another seed, other images");
    pg_sampler_free(sampler);
    free(first);
    free(second);
    free(codes);
    pg_model_free(model);
}

static void test_prior(void)
{
    enum { K = 4, MANY = 400 };
    pg_model *model = make_model("categorical:4", PG_CONDITION_INVARIANT, 1);
    pg_sampler *sampler = make_sampler(model, 1, 1);
    float *codes = draw_codes(sampler, pg_model_config(model), MANY);
    int counts[K] = {0}, ones = 0;
    for (int i = 0; i < MANY * K; i++) {
        ones += codes[i] == 1;
        counts[i % K] += codes[i] == 1;
    }
    is_int(ones, MANY, "one-hot codes");
    for (int k = 0; k < K; k++)
        ok(counts[k] > 60 && counts[k] < 140, "category %d is drawn about as often", k);
    pg_error err;
    is_int(pg_sampler_prior(sampler, MANY, 2, codes, &err), PG_OK, "a fixed category");
    bool fixed = true;
    for (int i = 0; i < MANY * K; i++)
        fixed = fixed && codes[i] == (i % K == 2);
    ok(fixed, "is drawn each time");
    is_int(pg_sampler_prior(sampler, 1, K, codes, &err), PG_ERR_ARGUMENT, "no such category");
    is_string(err.message, "sampler: category 4, but the model's are 0 to 3", "says so");
    free(codes);
    pg_sampler_free(sampler);
    pg_model_free(model);

    model = make_model("gaussian:2", PG_CONDITION_INVARIANT, 1);
    sampler = make_sampler(model, 1, 1);
    codes = draw_codes(sampler, pg_model_config(model), MANY);
    double sum = 0, squares = 0, n = 2 * MANY;
    for (int i = 0; i < 2 * MANY; i++) {
        sum += codes[i];
        squares += codes[i] * codes[i];
    }
    is_close(sum / n, 0, 4 / sqrt(n), "mean of a normal prior");
    is_close(squares / n, 1, 4 * sqrt(2 / n), "its variance");
    is_int(pg_sampler_prior(sampler, 1, 0, codes, &err), PG_ERR_ARGUMENT, "it has no categories");
    free(codes);
    pg_sampler_free(sampler);
    pg_model_free(model);
}

/* A factorised decoder: all logits come from the engine. */
static void test_factorised(void)
{
    enum { MANY = 150, VALUES = MANY * SIDE * (SIDE + 1) };
    pg_model *model = make_model("gaussian:2", PG_CONDITION_INVARIANT, 1);
    pg_config config = *pg_model_config(model);
    pg_model_free(model);
    config.decoder = PG_DECODER_FACTORISED;
    pg_error err;
    if (pg_model_create(&config, 3, &model, &err) != PG_OK) bail_out(err.message);
    pg_sampler *sampler = make_sampler(model, 2, 5);
    float *codes = draw_codes(sampler, &config, MANY);
    uint8_t *images = calloc(VALUES, 1), *again = calloc(VALUES, 1);
    float *logits = calloc(VALUES, sizeof *logits);
    draw(sampler, MANY, codes, images, logits);
    pg_sampler_free(sampler);
    sampler = make_sampler(model, 1, 5);
    draw(sampler, 4, codes, again, NULL);
    draw(sampler, MANY - 4, codes + 8, again + 4 * SIDE * (SIDE + 1), NULL);
    ok(memcmp(images, again, VALUES) == 0, "factorised: the same however it is split");
    double white = 0, expected = 0;
    for (int i = 0; i < VALUES; i++) {
        white += images[i] == 255;
        expected += 1 / (1 + exp(-logits[i]));
    }
    is_close(white / VALUES, expected / VALUES, 2 / sqrt(VALUES), "as white as its logits say");
    free(codes);
    free(images);
    free(again);
    free(logits);
    pg_sampler_free(sampler);
    pg_model_free(model);
}

static pg_status try(pg_sampler *sampler, pg_sample_request request, pg_error *err)
{
    static uint8_t images[2 * SIDE * (SIDE + 1)];
    return pg_sampler_run(sampler, &request, images, NULL, err);
}

static void test_refusals(void)
{
    pg_model *model = make_model("gaussian:2", PG_CONDITION_DEPENDENT, 1);
    pg_sampler *sampler = make_sampler(model, 2, 1);
    pg_error err;
    float codes[4] = {0, 0, NAN, 0};
    uint8_t given[SIDE * (SIDE + 1)] = {0};
    pg_sample_request request = {.count = 1, .codes = codes, .temperature = 1};
    is_int(try(sampler, request, &err), PG_OK, "a good request");
    request.count = 2;
    is_int(try(sampler, request, &err), PG_ERR_ARGUMENT, "a code that is not a number");
    is_string(err.message, "sampler: code 1 is not finite", "says which");
    request.count = 1;
    request.codes = NULL;
    is_int(try(sampler, request, &err), PG_ERR_ARGUMENT, "no codes");
    request.count = 0;
    is_int(try(sampler, request, &err), PG_OK, "no codes for no image");
    request = (pg_sample_request){.count = 1, .codes = codes};
    is_int(try(sampler, request, &err), PG_ERR_ARGUMENT, "temperature 0");
    request.temperature = INFINITY;
    is_int(try(sampler, request, &err), PG_ERR_ARGUMENT, "infinite temperature");
    request.temperature = 1;
    request.given = given;
    request.given_rows = SIDE + 1;
    is_int(try(sampler, request, &err), PG_ERR_ARGUMENT, "more rows than there are");
    is_string(err.message, "sampler: 9 given rows, but images have 8", "says so");
    pg_sampler_free(sampler);
    pg_model_free(model);
}

int main(void)
{
    test_logits("none", PG_CONDITION_INVARIANT, 1, PG_LIKELIHOOD_BERNOULLI);
    test_logits("categorical:5", PG_CONDITION_INVARIANT, 1, PG_LIKELIHOOD_AUTO);
    test_logits("categorical:5", PG_CONDITION_DEPENDENT, 1, PG_LIKELIHOOD_SOFTMAX);
    test_logits("gaussian:2", PG_CONDITION_DEPENDENT, 3, PG_LIKELIHOOD_AUTO);
    test_logits("categorical:5", PG_CONDITION_DEPENDENT, 3, PG_LIKELIHOOD_SOFTMAX);
    test_logits("none", PG_CONDITION_INVARIANT, 1, PG_LIKELIHOOD_LOGISTIC);
    test_logits("mixture:4", PG_CONDITION_DEPENDENT, 3, PG_LIKELIHOOD_BERNOULLI);
    for (map_cell = 2; map_cell < 6; map_cell += 3) {
        test_logits("categorical:5", PG_CONDITION_DEPENDENT, 1, PG_LIKELIHOOD_AUTO);
        test_logits("label:3", PG_CONDITION_DEPENDENT, 3, PG_LIKELIHOOD_AUTO);
    }
    map_cell = PG_AUTO;
    test_reproducible();
    test_prior();
    test_factorised();
    test_refusals();
    return done_testing();
}
