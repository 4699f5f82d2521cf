#include <config.h>

#include "nn/norm.h"

#include <math.h>
#include <string.h>

#include "nn/clones.h"

static const float epsilon = 1e-5f; /* added to the variance */

/* Rows of a worker's part of the workspace: two of sums, three of factors. */
enum { SUMS, DOTS, SCALE, SHIFT, SLOPE, ROWS };

static const float momentum = 0.1f; /* weight of the newest batch in the running statistics */

size_t pg_norm_workspace(int channels, int workers)
{
    return (size_t)channels * (ROWS * workers + 2);
}

void pg_norm_place(pg_norm *norm, int channels, int workers, float *memory)
{
    norm->channels = channels;
    norm->partial = memory;
    norm->batch_mean = memory + (size_t)ROWS * workers * channels;
    norm->batch_inv = norm->batch_mean + channels;
}

/* sums = column sums of x, squares = column sums of (x - centre)^2 */
PG_CLONES static void add_moments(size_t rows, int channels, const float *restrict x,
                                  const float *restrict centre, float *restrict sums,
                                  float *restrict squares)
{
    for (size_t r = 0; r < rows; r++, x += channels)
        for (int c = 0; c < channels; c++) {
            float d = x[c] - centre[c];
            sums[c] += d;
            squares[c] += d * d;
        }
}

static float *worker_row(const pg_norm *norm, int worker, int row)
{
    return norm->partial + ((size_t)worker * ROWS + row) * norm->channels;
}

/* out[c] = sum over workers, in their order, of partial[worker][which][c] */
static double sum_partial(const pg_norm *norm, int workers, int which, int c)
{
    double sum = 0;
    for (int w = 0; w < workers; w++)
        sum += worker_row(norm, w, which)[c];
    return sum;
}

/* This worker's two rows of partial sums, cleared. */
static float *clear_partial(const pg_norm *norm, const pg_worker *worker)
{
    float *mine = worker_row(norm, worker->id, SUMS);
    memset(mine, 0, (size_t)2 * norm->channels * sizeof *mine);
    return mine;
}

/* The moments are taken about the running mean, which is near the batch's own:
 * one pass over x without cancellation. */
static void reduce_moments(const pg_norm *norm, int workers, size_t total_rows)
{
    for (int c = 0; c < norm->channels; c++) {
        double offset = sum_partial(norm, workers, 0, c) / total_rows;
        double square = sum_partial(norm, workers, 1, c) / total_rows;
        double variance = fmax(square - offset * offset, 0);
        norm->batch_mean[c] = norm->mean[c] + offset;
        norm->batch_inv[c] = 1 / sqrt(variance + epsilon);
        double unbiased = total_rows > 1 ? variance * total_rows / (total_rows - 1) : variance;
        norm->mean[c] += momentum * offset;
        norm->variance[c] += momentum * (unbiased - norm->variance[c]);
    }
}

PG_CLONES static void scale_rows(size_t rows, int channels, const float *restrict scale,
                                 const float *restrict shift, int relu, const float *x, float *y)
{
    float floor = relu ? 0 : -__builtin_inff();
    for (size_t r = 0; r < rows; r++, x += channels, y += channels)
        for (int c = 0; c < channels; c++) {
            float value = x[c] * scale[c] + shift[c];
            y[c] = value > floor ? value : floor;
        }
}

/* y = (x - mean) * inv * gamma + beta, through tables of scale and shift. */
static void normalise(const pg_norm *norm, const pg_worker *worker, size_t rows, const float *mean,
                      const float *inv, const float *x, float *y)
{
    float *scale = worker_row(norm, worker->id, SCALE),
          *shift = worker_row(norm, worker->id, SHIFT);
    for (int c = 0; c < norm->channels; c++) {
        scale[c] = inv[c] * norm->gamma[c];
        shift[c] = norm->beta[c] - mean[c] * scale[c];
    }
    scale_rows(rows, norm->channels, scale, shift, norm->relu, x, y);
}

void pg_norm_forward(const pg_norm *norm, const pg_worker *worker, size_t rows, size_t total_rows,
                     const float *x, float *y)
{
    float *mine = clear_partial(norm, worker);
    add_moments(rows, norm->channels, x, norm->mean, mine, mine + norm->channels);
    pg_team_barrier();
    if (worker->id == 0) reduce_moments(norm, worker->count, total_rows);
    pg_team_barrier();
    normalise(norm, worker, rows, norm->batch_mean, norm->batch_inv, x, y);
}

void pg_norm_apply(const pg_norm *norm, const pg_worker *worker, size_t rows, const float *x,
                   float *y)
{
    float *inv = worker_row(norm, worker->id, SLOPE);
    for (int c = 0; c < norm->channels; c++)
        inv[c] = 1 / sqrtf(norm->variance[c] + epsilon);
    normalise(norm, worker, rows, norm->mean, inv, x, y);
}

/* Masks d by the ReLU and sums d and d * (x - mean) over the rows. */
PG_CLONES static void mask_and_sum(size_t rows, int channels, int relu, const float *restrict x,
                                   const float *restrict y, const float *restrict mean,
                                   float *restrict d, float *restrict sums, float *restrict dots)
{
    float floor = relu ? 0 : -__builtin_inff();
    for (size_t r = 0; r < rows; r++, x += channels, y += channels, d += channels)
        for (int c = 0; c < channels; c++) {
            float value = y[c] > floor ? d[c] : 0;
            d[c] = value;
            sums[c] += value;
            dots[c] += value * (x[c] - mean[c]);
        }
}

PG_CLONES static void project_out(size_t rows, int channels, const float *restrict x,
                                  const float *restrict mean, const float *restrict scale,
                                  const float *restrict slope, const float *restrict offset,
                                  float *restrict d)
{
    for (size_t r = 0; r < rows; r++, x += channels, d += channels)
        for (int c = 0; c < channels; c++)
            d[c] = scale[c] * (d[c] - offset[c] - (x[c] - mean[c]) * slope[c]);
}

/* dx = gamma inv (dy - mean(dy) - xhat mean(dy xhat)) */
static void project(const pg_norm *norm, const pg_worker *worker, size_t rows, size_t total_rows,
                    const float *x, float *d)
{
    float *scale = worker_row(norm, worker->id, SCALE),
          *shift = worker_row(norm, worker->id, SHIFT);
    float *slope = worker_row(norm, worker->id, SLOPE);
    for (int c = 0; c < norm->channels; c++) {
        float inv = norm->batch_inv[c];
        shift[c] = sum_partial(norm, worker->count, SUMS, c) / total_rows;
        slope[c] = sum_partial(norm, worker->count, DOTS, c) / total_rows * inv * inv;
        scale[c] = norm->gamma[c] * inv;
    }
    project_out(rows, norm->channels, x, norm->batch_mean, scale, slope, shift, d);
}

void pg_norm_backward(const pg_norm *norm, const pg_worker *worker, size_t rows, size_t total_rows,
                      const float *x, const float *y, float *d, float *dgamma, float *dbeta)
{
    float *sums = clear_partial(norm, worker), *dots = worker_row(norm, worker->id, DOTS);
    mask_and_sum(rows, norm->channels, norm->relu, x, y, norm->batch_mean, d, sums, dots);
    for (int c = 0; c < norm->channels; c++) {
        dbeta[c] = sums[c];
        dgamma[c] = dots[c] * norm->batch_inv[c];
    }
    pg_team_barrier();
    project(norm, worker, rows, total_rows, x, d);
    pg_team_barrier();
}
