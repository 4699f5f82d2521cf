/* Matrix products against plain loops: many columns and one, no rows, and what was there kept or
 * not. */
#include <config.h>

#include "nn/blas.h"
#include "numbers.h"

enum { M = 7, N = 5, K = 6 };

static float x[M * K], w[K * N], dy[M * N];

static void check(const float *got, const double *expected, size_t count, const char *what, int m,
                  int n, float beta)
{
    is_close(relative_error(got, expected, count), 0, 1e-5, "%s, %d rows, %d columns, beta %g",
             what, m, n, beta);
}

static void test_forward(int m, int n, float beta)
{
    float y[M * N];
    double expected[M * N];
    fill_numbers(y, M * N, 4, 1);
    for (int r = 0; r < M; r++)
        for (int c = 0; c < n; c++) {
            double sum = beta * y[r * n + c];
            for (int k = 0; k < K; k++)
                sum += (double)x[r * K + k] * w[k * n + c];
            expected[r * n + c] = r < m ? sum : y[r * n + c];
        }
    pg_matmul(m, n, K, x, w, beta, y);
    check(y, expected, (size_t)M * n, "forward", m, n, beta);
}

static void test_backward_data(int m, int n, float beta)
{
    float dx[M * K];
    double expected[M * K];
    fill_numbers(dx, M * K, 5, 1);
    for (int r = 0; r < M; r++)
        for (int k = 0; k < K; k++) {
            double sum = beta * dx[r * K + k];
            for (int c = 0; c < n; c++)
                sum += (double)dy[r * n + c] * w[k * n + c];
            expected[r * K + k] = r < m ? sum : dx[r * K + k];
        }
    pg_matmul_backward_data(m, n, K, dy, w, beta, dx);
    check(dx, expected, M * K, "backward to data", m, n, beta);
}

static void test_backward_weights(int m, int n, float beta)
{
    float dw[K * N];
    double expected[K * N];
    fill_numbers(dw, K * N, 6, 1);
    for (int k = 0; k < K; k++)
        for (int c = 0; c < n; c++) {
            double sum = beta * dw[k * n + c];
            for (int r = 0; r < m; r++)
                sum += (double)x[r * K + k] * dy[r * n + c];
            expected[k * n + c] = sum;
        }
    pg_matmul_backward_weights(m, n, K, x, dy, beta, dw);
    double largest = 0; /* all is zero after no rows and beta 0 */
    for (int i = 0; i < K * n; i++)
        largest = worse_of(largest, fabs(dw[i] - expected[i]));
    is_close(largest, 0, 1e-5, "backward to weights, %d rows, %d columns, beta %g", m, n, beta);
}

int main(void)
{
    fill_numbers(x, M * K, 1, 1);
    fill_numbers(w, K * N, 2, 1);
    fill_numbers(dy, M * N, 3, 1);
    for (int n = 1; n <= N; n += N - 1)
        for (int m = 0; m <= M; m += M)
            for (int beta = 0; beta <= 1; beta++) {
                test_forward(m, n, beta);
                test_backward_data(m, n, beta);
                test_backward_weights(m, n, beta);
            }
    return done_testing();
}
