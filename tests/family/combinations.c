/* Every combination of the switches: refused with a reason, or it trains,
 * saves, loads, encodes, is judged and samples. */
#include "pixelgan/pixelgan.h"
#include "tests/tap.h"

enum { SIDE = 8, COUNT = 12, CLASSES = 3, MAX_CODE = 8 };

static const char *const decoders[] = {"pixelcnn", "factorised"};
static const char *const priors[] = {"none",          "gaussian:2", "mixture:3",
                                     "categorical:3", "label:3",    "flow:3"};
static const char *const posteriors[] = {"deterministic", "gaussian", "noise"};
static const char *const pulls[] = {"none", "gan", "kl"};
static const char *const conditions[] = {"invariant", "dependent"};

static uint8_t images[COUNT * SIDE * SIDE];
static int32_t labels[COUNT];
static pg_records data;

static void make_data(void)
{
    for (int n = 0; n < COUNT; n++) {
        labels[n] = n % CLASSES;
        for (int k = 0; k < SIDE * SIDE; k++) /* a bar of the class's place, and a pattern */
            images[n * SIDE * SIDE + k] =
                k / SIDE / 2 == n % CLASSES || (k * (n + 3)) % 7 == 0 ? 255 : 0;
    }
    data = (pg_records){.schema = {.height = SIDE, .width = SIDE, .channels = 1, .has_label = true},
                        .count = COUNT,
                        .capacity = COUNT,
                        .image = images,
                        .label = labels};
}

/* What to set beyond the five switches, "" for nothing. */
typedef struct extra {
    const char *name, *value;
} extra;

static pg_status configure(pg_config *config, char *const values[5], const extra *more,
                           pg_error *err)
{
    static const char *const names[] = {"decoder", "prior", "posterior", "pull", "condition"};
    pg_config_defaults(config);
    config->height = config->width = SIDE;
    config->features = config->encoder_features = 4;
    config->blocks = 2;
    config->hidden = config->discriminator_hidden = 8;
    config->flow_hidden = 8;
    for (int i = 0; i < 5; i++)
        if (pg_config_set(config, names[i], values[i], err) != PG_OK) bail_out(err->message);
    if (more && pg_config_set(config, more->name, more->value, err) != PG_OK)
        bail_out(err->message);
    return pg_config_check(config, err);
}

/* ---- The stages; each returns PG_OK or why not. ---- */

static pg_status train(const pg_config *config, const char *path, pg_error *err)
{
    pg_train_options options;
    pg_model *model;
    pg_trainer *trainer;
    pg_train_defaults(&options, config, false);
    options.batch = 6;
    options.threads = 2;
    options.epochs = 1;
    options.free_bits = 0.01;
    options.warm_up = 0.5;
    pg_status status = pg_model_create(config, 1, &model, err);
    if (status != PG_OK) return status;
    status = pg_trainer_create(model, &data, &options, &trainer, err);
    if (status == PG_OK) {
        status = pg_trainer_run(trainer, 2, err);
        pg_train_losses losses = pg_trainer_take_losses(trainer);
        if (status == PG_OK && !(losses.nll > 0))
            status = pg_fail(err, PG_ERR_DIVERGED, "nll %g", losses.nll);
        if (status == PG_OK && (config->pull == PG_PULL_KL) != (losses.kl != 0))
            status = pg_fail(err, PG_ERR_ARGUMENT, "kl %g", losses.kl);
        pg_trainer_free(trainer);
    }
    if (status == PG_OK) status = pg_model_save(model, path, err);
    pg_model_free(model);
    return status;
}

static pg_status encode(const pg_model *model, pg_engine *engine, float *codes, pg_error *err)
{
    const pg_config *config = pg_model_config(model);
    if (config->prior == PG_PRIOR_NONE) return PG_OK;
    if (config->prior == PG_PRIOR_LABEL)
        return pg_model_label_codes(model, labels, COUNT, codes, err);
    return pg_engine_encode(engine, images, 0, COUNT, true, codes, err);
}

static pg_status judge(const pg_model *model, pg_error *err)
{
    float codes[COUNT * MAX_CODE], nll[COUNT];
    pg_engine *engine;
    pg_status status = pg_engine_create(model, 2, 1, &engine, err);
    if (status != PG_OK) return status;
    status = encode(model, engine, codes, err);
    if (status == PG_OK) status = pg_engine_nll(engine, images, codes, 0, COUNT, nll, err);
    for (int n = 0; status == PG_OK && n < COUNT; n++)
        if (!(nll[n] > 0)) status = pg_fail(err, PG_ERR_DIVERGED, "nll of %d: %g", n, nll[n]);
    if (status == PG_OK && pg_config_nll_kind(pg_model_config(model)) == PG_NLL_BOUND)
        status = pg_engine_bound(engine, images, 0, COUNT, 2, nll, NULL, err);
    for (int n = 0; status == PG_OK && n < COUNT; n++)
        if (!isfinite(nll[n])) status = pg_fail(err, PG_ERR_DIVERGED, "bound %d: %g", n, nll[n]);
    pg_engine_free(engine);
    return status;
}

static pg_status sample(const pg_model *model, pg_error *err)
{
    float codes[3 * MAX_CODE];
    uint8_t drawn[3 * SIDE * SIDE];
    pg_sampler *sampler;
    pg_status status = pg_sampler_create(model, 2, 1, &sampler, err);
    if (status != PG_OK) return status;
    status = pg_sampler_prior(sampler, 3, -1, codes, err);
    pg_sample_request request = {.count = 3, .codes = codes, .temperature = 1};
    if (status == PG_OK) status = pg_sampler_run(sampler, &request, drawn, NULL, err);
    for (int k = 0; status == PG_OK && k < 3 * SIDE * SIDE; k++)
        if (drawn[k] != 0 && drawn[k] != 255)
            status = pg_fail(err, PG_ERR_ARGUMENT, "pixel %d is %d", k, drawn[k]);
    pg_sampler_free(sampler);
    return status;
}

static pg_status walk(const pg_config *config, const char *path, pg_error *err)
{
    pg_model *model;
    pg_status status = train(config, path, err);
    if (status != PG_OK) return status;
    status = pg_model_load(path, &model, err);
    if (status != PG_OK) return status;
    status = judge(model, err);
    if (status == PG_OK) status = sample(model, err);
    pg_model_free(model);
    return status;
}

/* Whether this combination is one the documentation promises. */
static bool promised(const pg_config *c)
{
    bool continuous =
        c->prior == PG_PRIOR_GAUSSIAN || c->prior == PG_PRIOR_MIXTURE || c->prior == PG_PRIOR_FLOW;
    if (c->prior == PG_PRIOR_NONE)
        return c->decoder == PG_DECODER_PIXELCNN && c->pull != PG_PULL_KL;
    if (c->prior == PG_PRIOR_LABEL) return c->pull != PG_PULL_KL;
    if (c->posterior == PG_POSTERIOR_GAUSSIAN && !continuous) return false;
    if (c->prior == PG_PRIOR_FLOW && c->pull != PG_PULL_KL) return false;
    return c->pull != PG_PULL_KL || (continuous && c->posterior == PG_POSTERIOR_GAUSSIAN);
}

static int accepted, refused;

static void try_combination(char *const values[5], const extra *more, const char *path)
{
    pg_config config;
    pg_error err = {0};
    char name[128];
    snprintf(name, sizeof name, "%s %s %s %s %s%s%s", values[0], values[1], values[2], values[3],
             values[4], more ? " " : "", more ? more->name : "");
    if (configure(&config, values, more, &err) != PG_OK) {
        ok(!promised(&config) && strlen(err.message) > 20, "%s: refused, %s", name, err.message);
        refused++;
        return;
    }
    pg_status status = walk(&config, path, &err);
    if (!ok(status == PG_OK && promised(&config), "%s: walks", name)) diag("%s", err.message);
    accepted++;
}

#define EACH(i, list) for (size_t i = 0; i < sizeof list / sizeof *list; i++)

int main(void)
{
    const char *path = temporary_path("combination.safetensors");
    const extra informed = {"label_informed", "1"}, residual = {"encoder", "residual"};
    make_data();
    EACH(d, decoders)
    EACH(p, priors)
    EACH(q, posteriors)
    EACH(u, pulls)
    EACH(c, conditions)
    {
        char *values[] = {(char *)decoders[d], (char *)priors[p], (char *)posteriors[q],
                          (char *)pulls[u], (char *)conditions[c]};
        try_combination(values, NULL, path);
        if (strncmp(priors[p], "mixture", 7) == 0 && strcmp(pulls[u], "gan") == 0)
            try_combination(values, &informed, path);
        try_combination(values, &residual, path);
    }
    ok(accepted > 100 && refused > 40, "%d combinations walked, %d refused", accepted, refused);
    return done_testing();
}
