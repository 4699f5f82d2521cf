/* Posteriors: codes from outputs, gradients back, and the divergence from N(0, I). */
#include <config.h>

#include "../nn/numbers.h"
#include "differences.h"
#include "model/posterior.h"

enum { ROWS = 6, DIM = 5, MOST = ROWS * 2 * DIM };

typedef struct setting {
    pg_config config;
    int width; /* outputs a row */
    bool sampled;
    float outputs[MOST], noise[ROWS * DIM], weight[ROWS * DIM];
} setting;

static setting set_up(const char *prior, pg_posterior_kind kind, bool sampled)
{
    setting s = {.sampled = sampled};
    pg_error err;
    pg_config_defaults(&s.config);
    if (pg_config_parse_prior(&s.config, prior, &err) != PG_OK) bail_out(err.message);
    s.config.posterior = kind;
    s.width = kind == PG_POSTERIOR_GAUSSIAN ? 2 * DIM : DIM;
    fill_numbers(s.outputs, MOST, 1, 2);
    fill_numbers(s.noise, ROWS * DIM, 2, 2);
    fill_numbers(s.weight, ROWS * DIM, 3, 1);
    return s;
}

/* Component i of row r by its definition. */
static double define_code(const setting *s, int r, int i)
{
    const float *row = s->outputs + r * s->width;
    if (s->config.prior == PG_PRIOR_CATEGORICAL) {
        double sum = 0;
        for (int k = 0; k < DIM; k++)
            sum += exp(row[k]);
        return exp(row[i]) / sum;
    }
    if (s->config.posterior != PG_POSTERIOR_GAUSSIAN || !s->sampled) return row[i];
    return row[i] + sqrt(exp(row[DIM + i])) * s->noise[r * DIM + i];
}

static double weighted_codes(void *with)
{
    const setting *s = with;
    double sum = 0;
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < DIM; i++)
            sum += s->weight[r * DIM + i] * define_code(s, r, i);
    return sum;
}

static void test_codes(const char *prior, pg_posterior_kind kind, bool sampled, const char *what)
{
    setting s = set_up(prior, kind, sampled);
    float codes[ROWS * DIM], dcodes[ROWS * DIM], doutputs[MOST];
    double expected[ROWS * DIM];
    const float *noise = sampled ? s.noise : NULL;
    for (int i = 0; i < ROWS * DIM; i++)
        expected[i] = define_code(&s, i / DIM, i % DIM);
    pg_posterior_forward(&s.config, ROWS, s.outputs, noise, codes);
    is_close(relative_error(codes, expected, ROWS * DIM), 0, 1e-6, "%s: codes", what);
    memcpy(dcodes, s.weight, sizeof dcodes);
    pg_posterior_backward(&s.config, ROWS, s.outputs, noise, codes, dcodes, doutputs);
    is_close(gradient_error(weighted_codes, &s, s.outputs, doutputs, (size_t)ROWS * s.width, 0), 0,
             1e-5, "%s: gradient", what);
}

/* The closed form for two normal distributions, each dimension by its factor. */
static const float scale[DIM] = {1, 2, 0, 0.5f, 3};

static double divergence_part(const setting *s, int i)
{
    double sum = 0;
    for (int r = 0; r < ROWS; r++) {
        double mean = s->outputs[r * s->width + i];
        double deviation = exp(s->outputs[r * s->width + DIM + i] / 2.0);
        sum += (deviation * deviation + mean * mean - 1) / 2 - log(deviation);
    }
    return sum;
}

static double divergence(void *with)
{
    double sum = 0;
    for (int i = 0; i < DIM; i++)
        sum += scale[i] * divergence_part(with, i);
    return sum;
}

static double entropy(void *with)
{
    const setting *s = with;
    double sum = 0;
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < DIM; i++)
            sum += 0.5 * (log(2 * M_PI * M_E) + s->outputs[r * s->width + DIM + i]);
    return sum;
}

static void test_divergence(void)
{
    setting s = set_up("gaussian:5", PG_POSTERIOR_GAUSSIAN, true);
    float gradient[MOST];
    double parts[DIM] = {1, 1, 1, 1, 1};
    pg_posterior_kl(&s.config, ROWS, s.outputs, parts);
    for (int i = 0; i < DIM; i++)
        is_close(parts[i] - 1, divergence_part(&s, i), 1e-4, "divergence, dimension %d", i);
    for (int i = 0; i < MOST; i++)
        gradient[i] = 1;
    pg_posterior_kl_backward(&s.config, ROWS, s.outputs, scale, gradient);
    for (int i = 0; i < MOST; i++)
        gradient[i] -= 1;
    is_close(gradient_error(divergence, &s, s.outputs, gradient, MOST, 0), 0, 1e-5,
             "its gradient, scaled and added");
}

static void test_entropy(void)
{
    setting s = set_up("gaussian:5", PG_POSTERIOR_GAUSSIAN, true);
    float gradient[MOST];
    double nats[ROWS], sum = 0;
    pg_posterior_entropy(&s.config, ROWS, s.outputs, nats);
    for (int r = 0; r < ROWS; r++)
        sum += nats[r];
    is_close(sum, entropy(&s), 1e-4, "entropy");
    for (int i = 0; i < MOST; i++)
        gradient[i] = 1;
    pg_posterior_entropy_backward(&s.config, ROWS, 2, gradient);
    for (int i = 0; i < MOST; i++)
        gradient[i] = (gradient[i] - 1) / 2;
    is_close(gradient_error(entropy, &s, s.outputs, gradient, MOST, 0), 0, 1e-5,
             "its gradient, scaled and added");
}

int main(void)
{
    test_codes("categorical:5", PG_POSTERIOR_NOISE, false, "categorical");
    test_codes("gaussian:5", PG_POSTERIOR_DETERMINISTIC, false, "deterministic");
    test_codes("gaussian:5", PG_POSTERIOR_GAUSSIAN, true, "gaussian");
    test_codes("gaussian:5", PG_POSTERIOR_GAUSSIAN, false, "gaussian, its mean");
    test_divergence();
    test_entropy();
    return done_testing();
}
