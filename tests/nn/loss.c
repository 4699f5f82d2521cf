/* Losses and softmax against their definitions, gradients by central differences. */
#include <config.h>

#include "nn/loss.h"
#include "numbers.h"

enum { COUNT = 40, ROWS = 7, CLASSES = 6 };

static double define_bernoulli(double logit, double target)
{
    return log1p(exp(-fabs(logit))) + fmax(logit, 0) - logit * target;
}

static void test_bernoulli(void)
{
    float *logits = make_numbers(COUNT, 1, 6), *target = make_numbers(COUNT, 2, 0.5);
    float d[COUNT], all[COUNT];
    double expected = 0, slopes[COUNT];
    for (int i = 0; i < COUNT; i++) {
        target[i] = i < COUNT / 2 ? (float)(i % 2) : target[i] + 0.5f;
        expected += define_bernoulli(logits[i], target[i]);
        slopes[i] = 0.25 * (1 / (1 + exp(-logits[i])) - target[i]);
    }
    is_close(pg_loss_bernoulli(COUNT, logits, target, 0.25f, d), expected, 1e-6 * expected,
             "Bernoulli: value");
    is_close(relative_error(d, slopes, COUNT), 0, 1e-6, "Bernoulli: gradient");
    is_close(pg_loss_bernoulli(COUNT, logits, target, 1, NULL), expected, 1e-6 * expected,
             "Bernoulli: value without gradient");
    for (int t = 0; t < 2; t++) {
        expected = 0;
        for (int i = 0; i < COUNT; i++) {
            expected += define_bernoulli(logits[i], t);
            slopes[i] = 2 / (1 + exp(-logits[i])) - 2 * t;
        }
        is_close(pg_loss_bernoulli_all(COUNT, logits, (float)t, 2, all), expected, 1e-6 * expected,
                 "one target %d for all: value", t);
        is_close(relative_error(all, slopes, COUNT), 0, 1e-6, "one target %d: gradient", t);
    }
    free(logits);
    free(target);
}

/* exp(100) is no single-precision number, and 1 - sigmoid(20) is lost in one. */
static void test_extremes(void)
{
    const float logits[] = {-1e4f, -100, -20, 0, 20, 100, 1e4f};
    for (size_t i = 0; i < sizeof logits / sizeof *logits; i++)
        for (float t = 0; t <= 1; t++) {
            float d;
            double got = pg_loss_bernoulli(1, &logits[i], &t, 1, &d);
            double expected = define_bernoulli(logits[i], t);
            is_close(got, expected, 1e-6 * expected + 1e-40, "logit %g, target %g: value",
                     logits[i], t);
            double slope = t > 0 ? -1 / (1 + exp(logits[i])) : 1 / (1 + exp(-logits[i]));
            is_close(d, slope, 1e-7, "logit %g, target %g: gradient", logits[i], t);
        }
}

static void define_softmax(const double *logits, double *p)
{
    for (int r = 0; r < ROWS; r++, logits += CLASSES, p += CLASSES) {
        double sum = 0;
        for (int c = 0; c < CLASSES; c++)
            sum += exp(logits[c]);
        for (int c = 0; c < CLASSES; c++)
            p[c] = exp(logits[c]) / sum;
    }
}

/* Sum of weight times softmax. */
static double weighted(const double *logits, const float *weight)
{
    double p[ROWS * CLASSES], sum = 0;
    define_softmax(logits, p);
    for (int i = 0; i < ROWS * CLASSES; i++)
        sum += weight[i] * p[i];
    return sum;
}

static double cross_entropy(const double *logits, const int32_t *labels)
{
    double p[ROWS * CLASSES], sum = 0;
    define_softmax(logits, p);
    for (int r = 0; r < ROWS; r++)
        sum -= log(p[r * CLASSES + labels[r]]);
    return sum;
}

static void test_softmax(void)
{
    enum { N = ROWS * CLASSES };
    const double step = 1e-6;
    float *logits = make_numbers(N, 3, 5), *d = make_numbers(N, 4, 1), p[N], in_place[N];
    float *weight = make_numbers(N, 4, 1);
    double wide[N], expected[N];
    for (int i = 0; i < N; i++)
        wide[i] = logits[i];
    define_softmax(wide, expected);
    pg_softmax(ROWS, CLASSES, logits, p);
    is_close(relative_error(p, expected, N), 0, 1e-6, "softmax");
    memcpy(in_place, logits, sizeof in_place);
    pg_softmax(ROWS, CLASSES, in_place, in_place);
    ok(memcmp(in_place, p, sizeof p) == 0, "softmax in place");
    pg_softmax_backward(ROWS, CLASSES, p, d);
    for (int i = 0; i < N; i++) {
        double value = wide[i];
        wide[i] = value + step;
        double above = weighted(wide, weight);
        wide[i] = value - step;
        expected[i] = (above - weighted(wide, weight)) / (2 * step);
        wide[i] = value;
    }
    is_close(relative_error(d, expected, N), 0, 1e-5, "softmax: backward");
    free(logits);
    free(d);
    free(weight);
}

static void test_categorical(void)
{
    enum { N = ROWS * CLASSES };
    const double step = 1e-6;
    const int32_t labels[ROWS] = {0, 5, 3, 3, 1, 2, 4};
    float *logits = make_numbers(N, 5, 4), p[N], d[N];
    double wide[N], expected[N];
    for (int i = 0; i < N; i++)
        wide[i] = logits[i];
    pg_softmax(ROWS, CLASSES, logits, p);
    double value = pg_loss_categorical(ROWS, CLASSES, p, labels, 0.5f, d);
    is_close(value, cross_entropy(wide, labels), 1e-5, "cross-entropy: value");
    for (int i = 0; i < N; i++) {
        double at = wide[i];
        wide[i] = at + step;
        double above = cross_entropy(wide, labels);
        wide[i] = at - step;
        expected[i] = 0.5 * (above - cross_entropy(wide, labels)) / (2 * step);
        wide[i] = at;
    }
    is_close(relative_error(d, expected, N), 0, 1e-5, "cross-entropy: gradient by the logits");
    free(logits);
}

static void test_far_apart(void)
{
    const float logits[] = {1e4f, 0, -1e4f, -1e4f, -2e4f, -3e4f};
    const int32_t labels[] = {1, 0};
    float p[6], d[6];
    pg_softmax(2, 3, logits, p);
    ok(p[0] == 1 && p[1] == 0 && p[2] == 0 && p[3] == 1 && p[4] == 0 && p[5] == 0,
       "softmax of logits far apart");
    double value = pg_loss_categorical(2, 3, p, labels, 1, d);
    ok(isfinite(value) && value > 50,
       "cross-entropy of a probability of zero is large, not infinite");
    ok(d[0] == 1 && d[1] == -1 && d[2] == 0 && d[3] == 0, "and has its gradient");
}

static double disagreement(const double *p, const double *q)
{
    double sum = 0;
    for (int r = 0; r < ROWS; r++) {
        double same = 0;
        for (int c = 0; c < CLASSES; c++)
            same += p[r * CLASSES + c] * q[r * CLASSES + c];
        sum -= log(same);
    }
    return sum;
}

/* Gradients by p and by q, added to what is there. */
static void test_agreement(void)
{
    enum { N = ROWS * CLASSES };
    const double step = 1e-6;
    float *logits = make_numbers(2 * N, 6, 4), pq[2 * N], d[2 * N];
    double wide[2 * N], expected[2 * N];
    pg_softmax(2 * ROWS, CLASSES, logits, pq);
    for (int i = 0; i < 2 * N; i++) {
        wide[i] = pq[i];
        d[i] = 1;
    }
    double value = pg_loss_agreement(ROWS, CLASSES, pq, pq + N, 0.5f, d, d + N);
    is_close(value, disagreement(wide, wide + N), 1e-5 * value, "agreement: value");
    for (int i = 0; i < 2 * N; i++) {
        double at = wide[i];
        wide[i] = at + step;
        double above = disagreement(wide, wide + N);
        wide[i] = at - step;
        expected[i] = 1 + 0.5 * (above - disagreement(wide, wide + N)) / (2 * step);
        wide[i] = at;
    }
    is_close(relative_error(d, expected, 2 * N), 0, 1e-5, "agreement: gradients");
    free(logits);
}

/* Categories that exclude each other: a number, however unlikely. */
static void test_disagreement(void)
{
    const float p[2] = {1, 0}, q[2] = {0, 1};
    float dp[2] = {0}, dq[2] = {0};
    double value = pg_loss_agreement(1, 2, p, q, 1, dp, dq);
    ok(value > 60 && value < 80, "disagreement: %g nats", value);
    ok(isfinite(dp[1]) && dp[1] < 0 && dp[0] == 0, "and its gradient is a number");
}

/* A probability that is not a number must show in the loss, not look like a small one. */
static void test_not_a_number(void)
{
    const float p[] = {NAN, 0.5f}, q[] = {0.5f, 0.5f};
    const int32_t label = 0;
    float dp[2] = {0}, dq[2] = {0};
    ok(isnan(pg_loss_categorical(1, 2, p, &label, 1, dp)), "categorical: NaN in, NaN out");
    ok(isnan(pg_loss_agreement(1, 2, p, q, 1, dp, dq)), "agreement: NaN in, NaN out");
}

int main(void)
{
    test_bernoulli();
    test_extremes();
    test_softmax();
    test_categorical();
    test_agreement();
    test_disagreement();
    test_far_apart();
    test_not_a_number();
    return done_testing();
}
