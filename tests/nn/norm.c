/* Batch normalisation, forward, backward and running, against its definition. */
#include <config.h>

#include "nn/norm.h"
#include "numbers.h"

/* A row of the batch is two rows of the table; the shards differ in size, and one is empty. */
enum { POSITIONS = 2, BATCH = 19, ROWS = POSITIONS * BATCH, CHANNELS = 5, SHARDS = 6 };

typedef struct setting {
    pg_norm norm;
    float gamma[CHANNELS], beta[CHANNELS], mean[CHANNELS], variance[CHANNELS];
    float start[CHANNELS]; /* the running mean before */
    float *x, *y, *d, *dy;
    pg_shards shards;
    pg_group group;
    float *gradient[SHARDS]; /* of gamma, then of beta */
    bool backward;
} setting;

static const uint64_t seed = 3;

/* Channel c has values about c * offset; near: so has the running mean. */
static void set_up(setting *s, bool relu, double offset, double scale, bool near)
{
    memset(s, 0, sizeof *s);
    s->group = pg_group_alone(SHARDS);
    s->shards = (pg_shards){SHARDS, {0, 4, 5, 5, 12, 15, BATCH}};
    fill_numbers(s->gamma, CHANNELS, seed, 1);
    fill_numbers(s->beta, CHANNELS, seed + 1, 1);
    fill_numbers(s->mean, CHANNELS, seed + 2, 0.5);
    for (int c = 0; c < CHANNELS; c++) {
        if (near) s->mean[c] = (float)(offset * c);
        s->variance[c] = 1 + 0.1f * (float)c;
        s->start[c] = s->mean[c];
    }
    s->norm.channels = CHANNELS;
    s->norm.positions = POSITIONS;
    s->norm.total_rows = ROWS;
    s->norm.shards = &s->shards;
    s->norm.group = &s->group;
    s->norm.relu = relu;
    s->norm.gamma = s->gamma;
    s->norm.beta = s->beta;
    s->norm.mean = s->mean;
    s->norm.variance = s->variance;
    if (!pg_norm_plan(&s->norm)) bail_out("out of memory");
    s->x = make_numbers(ROWS * CHANNELS, seed + 3, scale);
    for (int i = 0; i < ROWS * CHANNELS; i++)
        s->x[i] += (float)(offset * (i % CHANNELS));
    s->y = make_rubbish(ROWS * CHANNELS);
    s->dy = make_numbers(ROWS * CHANNELS, seed + 4, 1);
    s->d = make_numbers(ROWS * CHANNELS, seed + 4, 1);
    for (int i = 0; i < SHARDS; i++)
        s->gradient[i] = make_rubbish(2 * CHANNELS);
}

static void tear_down(setting *s)
{
    float *const memory[] = {s->x, s->y, s->dy, s->d};
    pg_norm_free(&s->norm);
    for (int i = 0; i < SHARDS; i++)
        free(s->gradient[i]);
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
}

static void run(const pg_worker *worker, void *argument)
{
    setting *s = argument;
    pg_norm_forward(&s->norm, worker, s->x, s->y);
    if (s->backward) pg_norm_backward(&s->norm, worker, s->x, s->y, s->d, s->gradient, 0, CHANNELS);
}

static void apply(const pg_worker *worker, void *argument)
{
    setting *s = argument;
    pg_norm_apply(&s->norm, worker, s->x, s->y);
}

/* ---- The definition ---- */

static void moments(const double *x, int c, double *mean, double *variance)
{
    *mean = *variance = 0;
    for (int r = 0; r < ROWS; r++)
        *mean += x[r * CHANNELS + c] / ROWS;
    for (int r = 0; r < ROWS; r++)
        *variance += pow(x[r * CHANNELS + c] - *mean, 2) / ROWS;
}

static void normalise(const double *x, int c, double mean, double variance, double gamma,
                      double beta, bool relu, double *y)
{
    for (int i = c; i < ROWS * CHANNELS; i += CHANNELS) {
        y[i] = gamma * (x[i] - mean) / sqrt(variance + 1e-5) + beta;
        if (relu) y[i] = fmax(y[i], 0);
    }
}

static void define(const double *x, const double *gamma, const double *beta, bool relu, double *y)
{
    for (int c = 0; c < CHANNELS; c++) {
        double mean, variance;
        moments(x, c, &mean, &variance);
        normalise(x, c, mean, variance, gamma[c], beta[c], relu, y);
    }
}

/* Sum of dy times y. */
static double objective(const setting *s, const double *x, const double *gamma, const double *beta)
{
    double y[ROWS * CHANNELS], sum = 0;
    define(x, gamma, beta, s->norm.relu, y);
    for (int i = 0; i < ROWS * CHANNELS; i++)
        sum += s->dy[i] * y[i];
    return sum;
}

/* Central difference by *number, which is one of the last three arguments'. */
static double slope(const setting *s, double *number, const double *x, const double *gamma,
                    const double *beta)
{
    const double step = 1e-6, value = *number;
    *number = value + step;
    double above = objective(s, x, gamma, beta);
    *number = value - step;
    double below = objective(s, x, gamma, beta);
    *number = value;
    return (above - below) / (2 * step);
}

static void widen(const float *from, double *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

/* ---- Checks ---- */

static void test_forward(const setting *s, double tolerance, const char *what)
{
    double x[ROWS * CHANNELS], y[ROWS * CHANNELS], gamma[CHANNELS], beta[CHANNELS];
    double mean[CHANNELS], variance[CHANNELS];
    widen(s->x, x, ROWS * CHANNELS);
    widen(s->gamma, gamma, CHANNELS);
    widen(s->beta, beta, CHANNELS);
    define(x, gamma, beta, s->norm.relu, y);
    is_close(relative_error(s->y, y, ROWS * CHANNELS), 0, tolerance, "%s: forward", what);
    for (int c = 0; c < CHANNELS; c++) {
        moments(x, c, &mean[c], &variance[c]);
        mean[c] = 0.9 * s->start[c] + 0.1 * mean[c];
        variance[c] = 0.9 * (1 + 0.1 * c) + 0.1 * variance[c] * ROWS / (ROWS - 1);
    }
    is_close(relative_error(s->mean, mean, CHANNELS), 0, 1e-6, "%s: running mean", what);
    is_close(relative_error(s->variance, variance, CHANNELS), 0, 2e-6, "%s: running variance",
             what);
}

static void test_backward(const setting *s, double tolerance, const char *what)
{
    double x[ROWS * CHANNELS], gamma[CHANNELS], beta[CHANNELS];
    double dx[ROWS * CHANNELS], dgamma[CHANNELS], dbeta[CHANNELS];
    float sum_gamma[CHANNELS] = {0}, sum_beta[CHANNELS] = {0};
    widen(s->x, x, ROWS * CHANNELS);
    widen(s->gamma, gamma, CHANNELS);
    widen(s->beta, beta, CHANNELS);
    for (int i = 0; i < ROWS * CHANNELS; i++)
        dx[i] = slope(s, &x[i], x, gamma, beta);
    for (int c = 0; c < CHANNELS; c++) {
        dgamma[c] = slope(s, &gamma[c], x, gamma, beta);
        dbeta[c] = slope(s, &beta[c], x, gamma, beta);
        for (int i = 0; i < SHARDS; i++) {
            sum_gamma[c] += s->gradient[i][c];
            sum_beta[c] += s->gradient[i][CHANNELS + c];
        }
    }
    is_close(relative_error(s->d, dx, ROWS * CHANNELS), 0, tolerance, "%s: dx", what);
    is_close(relative_error(sum_gamma, dgamma, CHANNELS), 0, tolerance, "%s: dgamma", what);
    is_close(relative_error(sum_beta, dbeta, CHANNELS), 0, tolerance, "%s: dbeta", what);
}

static void test_setting(int workers, bool relu, double offset, double scale, bool near,
                         double tolerance)
{
    setting s;
    char what[96];
    snprintf(what, sizeof what, "%d workers, %s, means %g apart, spread %g%s", workers,
             relu ? "ReLU" : "no ReLU", offset, scale, near ? ", as they were" : "");
    set_up(&s, relu, offset, scale, near);
    s.backward = true;
    pg_team_run(workers, run, &s);
    test_forward(&s, tolerance, what);
    test_backward(&s, 5 * tolerance, what);
    tear_down(&s);
}

static void test_apply(int workers, bool relu)
{
    setting s;
    double x[ROWS * CHANNELS], y[ROWS * CHANNELS];
    set_up(&s, relu, 0.5, 1, false);
    pg_norm_load(&s.norm);
    pg_team_run(workers, apply, &s);
    widen(s.x, x, ROWS * CHANNELS);
    for (int c = 0; c < CHANNELS; c++)
        normalise(x, c, s.mean[c], s.variance[c], s.gamma[c], s.beta[c], relu, y);
    is_close(relative_error(s.y, y, ROWS * CHANNELS), 0, 2e-6,
             "%d workers, %s: running statistics applied", workers, relu ? "ReLU" : "no ReLU");
    tear_down(&s);
}

/* The running statistics come to those of the data. */
static void test_running(void)
{
    setting s;
    double x[ROWS * CHANNELS], mean[CHANNELS], variance[CHANNELS];
    set_up(&s, false, 2, 1, false);
    widen(s.x, x, ROWS * CHANNELS);
    for (int i = 0; i < 200; i++)
        pg_team_run(1, run, &s);
    for (int c = 0; c < CHANNELS; c++) {
        moments(x, c, &mean[c], &variance[c]);
        variance[c] *= (double)ROWS / (ROWS - 1);
    }
    is_close(relative_error(s.mean, mean, CHANNELS), 0, 1e-5, "running mean in the long run");
    is_close(relative_error(s.variance, variance, CHANNELS), 0, 1e-5,
             "running variance in the long run");
    tear_down(&s);
}

/* The same bits for any number of workers. */
static void test_workers(void)
{
    setting one, other;
    set_up(&one, true, 0.5, 3, false);
    one.backward = true;
    pg_team_run(1, run, &one);
    for (int workers = 2; workers <= 8; workers++) {
        set_up(&other, true, 0.5, 3, false);
        other.backward = true;
        pg_team_run(workers, run, &other);
        ok(memcmp(one.y, other.y, ROWS * CHANNELS * sizeof(float)) == 0 &&
               memcmp(one.d, other.d, ROWS * CHANNELS * sizeof(float)) == 0 &&
               memcmp(one.variance, other.variance, sizeof one.variance) == 0,
           "%d workers: the same bits as by one", workers);
        tear_down(&other);
    }
    tear_down(&one);
}

int main(void)
{
    for (int workers = 1; workers <= 7; workers += 2)
        for (int relu = 0; relu < 2; relu++) {
            test_setting(workers, relu, 0, 1, false, 2e-6);
            test_setting(workers, relu, 0.5, 3, false, 2e-6);
            /* A mean of seventy deviations, known and unknown before: (70^2 rounding errors) */
            test_setting(workers, relu, 1, 0.1, true, 1e-5);
            test_setting(workers, relu, 1, 0.1, false, 3e-4);
            test_apply(workers, relu);
        }
    test_workers();
    test_running();
    return done_testing();
}
