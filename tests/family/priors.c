/* Densities of the priors: they sum to one, fit their draws, and have the right gradients. */
#include <gsl/gsl_randist.h>

#include "base/random.h"
#include "model/model.h"
#include "model/posterior.h"
#include "model/prior.h"
#include "tests/tap.h"

enum { ROWS = 64, MAX_DIM = 8 };

/* A model with that prior, every parameter of the prior random. */
static pg_model *make_model(const char *prior)
{
    pg_config config;
    pg_error err;
    pg_model *model;
    pg_config_defaults(&config);
    config.height = config.width = 6;
    config.features = config.encoder_features = config.hidden = 2;
    config.posterior = PG_POSTERIOR_GAUSSIAN;
    config.pull = PG_PULL_KL;
    config.flow_hidden = 12;
    config.flow_steps = 3;
    if (pg_config_parse_prior(&config, prior, &err) != PG_OK ||
        pg_model_create(&config, 1, &model, &err) != PG_OK)
        bail_out(err.message);
    gsl_rng *rng = pg_rng_create(2, PG_RANDOM_TEST, 0, 0);
    for (int i = 0; i < pg_model_tensor_count(model); i++) {
        pg_tensor_view tensor = pg_model_tensor(model, i);
        for (size_t k = 0; strncmp(tensor.name, "prior.", 6) == 0 && k < tensor.count; k++)
            tensor.data[k] = 0.2 * gsl_ran_gaussian(rng, 1);
    }
    gsl_rng_free(rng);
    return model;
}

static pg_prior_run start(const pg_model *model)
{
    pg_prior_run run;
    pg_error err;
    if (pg_prior_run_init(&run, &model->config, &model->parameters, ROWS, true, &err) != PG_OK)
        bail_out(err.message);
    return run;
}

/* ---- Mass ---- */

static void test_sums_to_one(const char *prior)
{
    enum { SIDE = 5 * ROWS };
    const double extent = 10, step = 2 * extent / SIDE;
    pg_model *model = make_model(prior);
    pg_prior_run run = start(model);
    double sum = 0;
    for (int k = 0; k < SIDE * SIDE; k += ROWS) {
        float codes[2 * ROWS];
        double nats[ROWS];
        for (int r = 0; r < ROWS; r++) {
            codes[2 * r] = ((k + r) % SIDE + 0.5) * step - extent;
            codes[2 * r + 1] = ((k + r) / SIDE + 0.5) * step - extent;
        }
        run.prior->log_density(&run, codes, ROWS, nats);
        for (int r = 0; r < ROWS; r++)
            sum += exp(nats[r]) * step * step;
    }
    is_close(sum, 1, 2e-3, "density of %s sums to one over the plane", prior);
    pg_prior_run_free(&run);
    pg_model_free(model);
}

/* ---- Draws ---- */

/* The mean over draws z ~ p of g(z) / p(z) is the integral of g, for any density g one. */
static void test_fits_draws(const char *prior)
{
    enum { DRAWS = 40000 };
    pg_model *model = make_model(prior);
    pg_prior_run run = start(model);
    gsl_rng *rng = pg_rng_create(3, PG_RANDOM_TEST, 0, 0);
    int dim = model->config.code_dim;
    double sum = 0;
    for (int n = 0; n < DRAWS; n++) {
        float code[MAX_DIM];
        double nats;
        run.prior->draw(&run, rng, -1, code);
        run.prior->log_density(&run, code, 1, &nats);
        double log_g = 0; /* N(0, 0.6^2 I), which p covers */
        for (int i = 0; i < dim; i++)
            log_g -= 0.5 * code[i] * code[i] / 0.36 + log(0.6) + 0.5 * log(2 * M_PI);
        sum += exp(log_g - nats) / DRAWS;
    }
    is_close(sum, 1, 0.05, "draws of %s follow its density", prior);
    gsl_rng_free(rng);
    pg_prior_run_free(&run);
    pg_model_free(model);
}

static void test_component(void)
{
    pg_model *model = make_model("mixture:4");
    pg_prior_run run = start(model);
    gsl_rng *rng = pg_rng_create(3, PG_RANDOM_TEST, 0, 0);
    int upwards = 0;
    for (int n = 0; n < 200; n++) {
        float code[2];
        run.prior->draw(&run, rng, 1, code);
        upwards += code[1] > fabsf(code[0]);
    }
    is_int(upwards, 200, "component 1 of 4 lies above the centre");
    gsl_rng_free(rng);
    pg_prior_run_free(&run);
    pg_model_free(model);
}

/* ---- Gradients ---- */

static double total(pg_prior_run *run, const float *codes, int rows)
{
    double nats[ROWS], sum = 0;
    pg_prior_load(run);
    run->prior->log_density(run, codes, rows, nats);
    for (int r = 0; r < rows; r++)
        sum += nats[r];
    return sum;
}

/* Slope by *at from both sides. */
static double slope(pg_prior_run *run, const float *codes, int rows, float *at)
{
    float before = *at, step = 2e-3f;
    *at = before + step;
    double above = total(run, codes, rows), high = *at;
    *at = before - step;
    double below = total(run, codes, rows), low = *at;
    *at = before;
    return (above - below) / (high - low);
}

static void test_gradient(const char *prior)
{
    enum { CODES = 5 };
    const float scale = -0.7f;
    pg_model *model = make_model(prior);
    pg_prior_run run = start(model);
    pg_parameters *p = &model->parameters;
    gsl_rng *rng = pg_rng_create(4, PG_RANDOM_TEST, 0, 0);
    int dim = model->config.code_dim, wrong = 0, moved = 0;
    float codes[CODES * MAX_DIM], dcodes[CODES * MAX_DIM];
    float *gradient = calloc(p->size, sizeof *gradient);
    for (int i = 0; i < CODES * dim; i++) {
        codes[i] = gsl_ran_gaussian(rng, 1);
        dcodes[i] = 1;
    }
    total(&run, codes, CODES);
    run.prior->backward(&run, codes, CODES, scale, gradient, dcodes);
    for (int i = 0; i < CODES * dim; i++) {
        double expected = 1 + scale * slope(&run, codes, CODES, &codes[i]);
        wrong += !(fabs(dcodes[i] - expected) < 2e-2 * (1 + fabs(expected)));
    }
    is_int(wrong, 0, "gradient of %s by the code", prior);
    wrong = 0;
    for (int i = 0; i < p->count; i++)
        for (size_t k = 0; strncmp(p->tensors[i].name, "prior.", 6) == 0 && k < p->tensors[i].count;
             k++) {
            double expected = scale * slope(&run, codes, CODES, pg_parameter(p, i) + k);
            double got = pg_gradient(p, gradient, i)[k];
            wrong += !(fabs(got - expected) < 2e-2 * (1 + fabs(expected)));
            moved += fabs(expected) > 1e-3;
        }
    if (run.prior->declare) {
        /* A ReLU that turns within a step spoils the slope, not the gradient. */
        ok(wrong <= moved / 50, "gradient of %s by its parameters, %d of %d aside", prior, wrong,
           moved);
        ok(moved >= 2 * dim * model->config.flow_steps, "%d parameters of %s matter", moved, prior);
    }
    free(gradient);
    gsl_rng_free(rng);
    pg_prior_run_free(&run);
    pg_model_free(model);
}

/* ---- The posterior's divergence ---- */

/* -H - E log p by many draws against the closed form. */
static void test_divergence(void)
{
    enum { DRAWS = 20000 };
    pg_model *model = make_model("gaussian:2");
    pg_prior_run run = start(model);
    gsl_rng *rng = pg_rng_create(2, PG_RANDOM_TEST, 0, 0);
    const float outputs[] = {0.5f, -1, -1.5f, 0.3f};
    double parts[2] = {0}, entropy, nats, sum = 0;
    pg_posterior_kl(&model->config, 1, outputs, parts);
    pg_posterior_entropy(&model->config, 1, outputs, &entropy);
    for (int n = 0; n < DRAWS; n++) {
        float noise[2] = {gsl_ran_gaussian(rng, 1), gsl_ran_gaussian(rng, 1)}, code[2];
        pg_posterior_forward(&model->config, 1, outputs, noise, code);
        run.prior->log_density(&run, code, 1, &nats);
        sum -= (entropy + nats) / DRAWS;
    }
    is_close(parts[0] + parts[1], sum, 0.03, "closed and sampled divergence agree");
    gsl_rng_free(rng);
    pg_prior_run_free(&run);
    pg_model_free(model);
}

static void test_divergence_gradient(void)
{
    pg_model *model = make_model("gaussian:2");
    const pg_config *config = &model->config;
    float outputs[] = {0.5f, -1, -1.5f, 0.3f}, doutputs[4] = {0}, scale[] = {0.5f, 2};
    pg_posterior_kl_backward(config, 1, outputs, scale, doutputs);
    for (int i = 0; i < 4; i++) {
        double above[2] = {0}, below[2] = {0}, step = 1e-2;
        float before = outputs[i];
        outputs[i] = before + step;
        pg_posterior_kl(config, 1, outputs, above);
        outputs[i] = before - step;
        pg_posterior_kl(config, 1, outputs, below);
        outputs[i] = before;
        is_close(doutputs[i], scale[i % 2] * (above[i % 2] - below[i % 2]) / (2 * step), 1e-3,
                 "gradient of the divergence by output %d", i);
    }
    pg_model_free(model);
}

int main(void)
{
    static const char *const plane[] = {"gaussian:2", "mixture:1", "mixture:5", "flow:2"};
    static const char *const any[] = {"gaussian:3", "mixture:3", "flow:1", "flow:2", "flow:4"};
    for (size_t i = 0; i < sizeof plane / sizeof *plane; i++)
        test_sums_to_one(plane[i]);
    test_fits_draws("gaussian:2");
    test_fits_draws("flow:1");
    test_fits_draws("flow:3");
    test_component();
    for (size_t i = 0; i < sizeof any / sizeof *any; i++)
        test_gradient(any[i]);
    test_divergence();
    test_divergence_gradient();
    return done_testing();
}
