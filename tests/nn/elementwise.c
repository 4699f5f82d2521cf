/* The fused passes, each against a plain loop, with column sums that add to what is there. */
#include <config.h>

#include <float.h>

#include "nn/elementwise.h"
#include "numbers.h"

/* More channels than any vector has, and not a multiple. */
enum { ROWS = 9, CHANNELS = 37, COUNT = ROWS * CHANNELS };

static float x[COUNT], y[COUNT], t[COUNT], sums[CHANNELS], bias[CHANNELS];
static double expected[COUNT], expected_sums[CHANNELS];

static void fill(void)
{
    fill_numbers(x, COUNT, 1, 1);
    fill_numbers(y, COUNT, 2, 1);
    fill_numbers(t, COUNT, 3, 1);
    fill_numbers(sums, CHANNELS, 4, 1);
    fill_numbers(bias, CHANNELS, 5, 1);
    for (int c = 0; c < CHANNELS; c++)
        expected_sums[c] = sums[c];
    y[3] = y[CHANNELS] = 0; /* ReLU passes no gradient at zero */
}

static void expect(int i, double value)
{
    expected[i] = value;
    expected_sums[i % CHANNELS] += value;
}

static void check(const float *got, const char *what)
{
    is_close(relative_error(got, expected, COUNT), 0, 1e-6, "%s", what);
}

static void check_sums(const float *got, const char *what)
{
    check(got, what);
    is_close(relative_error(sums, expected_sums, CHANNELS), 0, 1e-6, "%s: column sums", what);
}

static void test_forward(void)
{
    static float z[COUNT];
    fill();
    for (int i = 0; i < COUNT; i++)
        expected[i] = fmax(x[i], 0);
    pg_relu(COUNT, x, z);
    check(z, "relu");
    for (int i = 0; i < COUNT; i++)
        expected[i] = y[i] + x[i];
    pg_add(COUNT, x, y);
    check(y, "add");
    pg_sum(COUNT, x, t, z);
    for (int i = 0; i < COUNT; i++)
        expected[i] = x[i] + t[i];
    check(z, "sum");
    fill();
    pg_add_relu(COUNT, x, t, y, z);
    for (int i = 0; i < COUNT; i++)
        expected[i] = x[i] + t[i];
    check(y, "add_relu: sum");
    for (int i = 0; i < COUNT; i++)
        expected[i] = fmax(x[i] + t[i], 0);
    check(z, "add_relu: ReLU");
    memset(z, 0, sizeof z);
    pg_add_relu(COUNT, x, t, x, z);
    check(z, "add_relu in place: ReLU");
    ok(memcmp(x, y, sizeof x) == 0, "add_relu in place: sum");
    for (int relu = 0; relu < 2; relu++) {
        fill();
        for (int i = 0; i < COUNT; i++) {
            expected[i] = y[i] + bias[i % CHANNELS];
            if (relu) expected[i] = fmax(expected[i], 0);
        }
        pg_bias(ROWS, CHANNELS, bias, relu, y);
        check(y, relu ? "bias and ReLU" : "bias");
    }
}

static void test_backward(void)
{
    fill();
    for (int i = 0; i < COUNT; i++)
        expect(i, x[i]);
    pg_column_sums(ROWS, CHANNELS, x, sums);
    check_sums(x, "column_sums");
    fill();
    for (int i = 0; i < COUNT; i++)
        expect(i, x[i] + t[i]);
    pg_add_with_sums(ROWS, CHANNELS, t, x, sums);
    check_sums(x, "add_with_sums");
    fill();
    for (int i = 0; i < COUNT; i++)
        expected[i] = y[i] > 0 ? x[i] : 0;
    pg_mask(COUNT, y, x);
    check(x, "mask");
    fill();
    for (int i = 0; i < COUNT; i++)
        expect(i, y[i] > 0 ? x[i] : 0);
    pg_relu_backward(ROWS, CHANNELS, y, NULL, x, sums);
    check_sums(x, "relu_backward");
    fill();
    for (int i = 0; i < COUNT; i++)
        expect(i, y[i] > 0 ? x[i] + t[i] : 0);
    pg_relu_backward(ROWS, CHANNELS, y, t, x, sums);
    check_sums(x, "relu_backward with another branch");
    fill();
    for (int i = 0; i < COUNT; i++)
        expect(i, x[i] + (y[i] > 0 ? t[i] : 0));
    pg_residual_backward(ROWS, CHANNELS, y, t, x, sums);
    check_sums(x, "residual_backward");
    fill();
    for (int i = 0; i < COUNT; i++)
        expect(i, y[i] > 0 ? t[i] : 0);
    pg_relu_mask(ROWS, CHANNELS, y, t, x, sums);
    check_sums(x, "relu_mask");
}

static void test_finite(void)
{
    static const float odd[] = {NAN, -NAN, INFINITY, -INFINITY};
    fill();
    y[7] = -FLT_MAX;
    ok(pg_finite(COUNT, y), "the largest number is finite");
    for (size_t k = 0; k < sizeof odd / sizeof *odd; k++)
        for (int i = 0; i < COUNT; i += COUNT - 1) {
            float kept = y[i];
            y[i] = odd[k];
            ok(!pg_finite(COUNT, y), "%g as number %d is not", odd[k], i);
            y[i] = kept;
        }
}

int main(void)
{
    test_finite();
    test_forward();
    test_backward();
    return done_testing();
}
