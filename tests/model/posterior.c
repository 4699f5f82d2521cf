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

/* Sum over dimensions of the closed form for two normal distributions. */
static double divergence(void *with)
{
    const setting *s = with;
    double sum = 0;
    for (int r = 0; r < ROWS; r++)
        for (int i = 0; i < DIM; i++) {
            double mean = s->outputs[r * s->width + i];
            double deviation = exp(s->outputs[r * s->width + DIM + i] / 2.0);
            sum += (deviation * deviation + mean * mean - 1) / 2 - log(deviation);
        }
    return sum;
}

static void test_divergence(void)
{
    setting s = set_up("gaussian:5", PG_POSTERIOR_GAUSSIAN, true);
    float gradient[MOST];
    for (int i = 0; i < MOST; i++)
        gradient[i] = 1;
    double value = pg_posterior_kl(&s.config, ROWS, s.outputs, 2, gradient);
    is_close(value, divergence(&s), 1e-4, "divergence of a Gaussian posterior");
    for (int i = 0; i < MOST; i++)
        gradient[i] = (gradient[i] - 1) / 2;
    is_close(gradient_error(divergence, &s, s.outputs, gradient, MOST, 0), 0, 1e-5,
             "its gradient, scaled and added");
    memset(s.outputs, 0, sizeof s.outputs);
    ok(pg_posterior_kl(&s.config, ROWS, s.outputs, 1, gradient) == 0, "none from the prior itself");
}

int main(void)
{
    test_codes("categorical:5", PG_POSTERIOR_NOISE, false, "categorical");
    test_codes("gaussian:5", PG_POSTERIOR_DETERMINISTIC, false, "deterministic");
    test_codes("gaussian:5", PG_POSTERIOR_GAUSSIAN, true, "gaussian");
    test_codes("gaussian:5", PG_POSTERIOR_GAUSSIAN, false, "gaussian, its mean");
    test_divergence();
    return done_testing();
}
