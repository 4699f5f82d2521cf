#include <config.h>

#include "nn/norm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/clones.h"

static const float epsilon = 1e-5f; /* added to the variance */

static const float momentum = 0.1f; /* weight of the newest batch in the running statistics */

enum { SUMS = 2, TABLES = 5 }; /* rows of channels: a shard's sums; what all share */

/* ---- Memory ---- */

bool pg_norm_plan(pg_norm *norm)
{
    size_t channels = (size_t)norm->channels;
    size_t own = norm->group ? SUMS * (size_t)norm->shards->count : 0;
    norm->memory = pg_allocate((own + TABLES) * channels, sizeof *norm->memory);
    if (!norm->memory) return false;
    norm->shard_sums = norm->memory;
    norm->batch_mean = norm->memory + own * channels;
    norm->batch_inv = norm->batch_mean + channels;
    norm->scale = norm->batch_inv + channels;
    norm->shift = norm->scale + channels;
    norm->slope = norm->shift + channels;
    if (!norm->group) return true;
    norm->parts = pg_allocate(SUMS * channels * norm->group->shards, sizeof *norm->parts);
    norm->sums = pg_allocate(SUMS * channels, sizeof *norm->sums);
    return norm->parts && norm->sums;
}

void pg_norm_free(pg_norm *norm)
{
    free(norm->memory);
    free(norm->parts);
    free(norm->sums);
}

/* ---- Sums over a shard ---- */

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

/* A shard's two rows of sums, cleared. */
static float *clear_sums(const pg_norm *norm, int s)
{
    size_t count = SUMS * (size_t)norm->channels;
    float *sums = norm->shard_sums + s * count;
    memset(sums, 0, count * sizeof *sums);
    return sums;
}

/* And as the shard's part of the sum over all. */
static void hand_in(const pg_norm *norm, int s, const float *sums)
{
    size_t count = SUMS * (size_t)norm->channels;
    double *part = pg_group_part(norm->group, norm->parts, count, s);
    for (size_t i = 0; i < count; i++)
        part[i] = sums[i];
}

/* The rows of a shard in the table, and where they begin. */
static size_t shard_rows(const pg_norm *norm, int s, size_t *begin)
{
    *begin = norm->shards->begin[s] * norm->positions * norm->channels;
    return pg_shard_rows(norm->shards, s) * norm->positions;
}

/* ---- Forward ---- */

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

/* y = (x - mean) * inv * gamma + beta as x * scale + shift. */
static void find_scale(pg_norm *norm, const float *mean, const float *inv)
{
    for (int c = 0; c < norm->channels; c++) {
        norm->scale[c] = inv[c] * norm->gamma[c];
        norm->shift[c] = norm->beta[c] - mean[c] * norm->scale[c];
    }
}

/* The moments are taken about the running mean, which is near the batch's own:
 * one pass over x without cancellation. */
static void take_moments(pg_norm *norm)
{
    double rows = (double)norm->total_rows;
    for (int c = 0; c < norm->channels; c++) {
        double offset = norm->sums[c] / rows, square = norm->sums[norm->channels + c] / rows;
        double variance = fmax(square - offset * offset, 0);
        norm->batch_mean[c] = norm->mean[c] + offset;
        norm->batch_inv[c] = 1 / sqrt(variance + epsilon);
        double unbiased = rows > 1 ? variance * rows / (rows - 1) : variance;
        norm->mean[c] += momentum * offset;
        norm->variance[c] += momentum * (unbiased - norm->variance[c]);
    }
    find_scale(norm, norm->batch_mean, norm->batch_inv);
}

void pg_norm_load(pg_norm *norm)
{
    for (int c = 0; c < norm->channels; c++)
        norm->batch_inv[c] = 1 / sqrtf(norm->variance[c] + epsilon);
    find_scale(norm, norm->mean, norm->batch_inv);
}

void pg_norm_apply(const pg_norm *norm, const pg_worker *worker, const float *x, float *y)
{
    int begin, end;
    size_t at;
    pg_own_shards(norm->shards, worker, &begin, &end);
    for (int s = begin; s < end; s++) {
        size_t rows = shard_rows(norm, s, &at);
        scale_rows(rows, norm->channels, norm->scale, norm->shift, norm->relu, x + at, y + at);
    }
}

void pg_norm_forward(pg_norm *norm, const pg_worker *worker, const float *x, float *y)
{
    int begin, end;
    size_t at;
    pg_own_shards(norm->shards, worker, &begin, &end);
    for (int s = begin; s < end; s++) {
        size_t rows = shard_rows(norm, s, &at);
        float *sums = clear_sums(norm, s);
        add_moments(rows, norm->channels, x + at, norm->mean, sums, sums + norm->channels);
        hand_in(norm, s, sums);
    }
    if (pg_group_sum(norm->group, worker, SUMS * (size_t)norm->channels, norm->parts, norm->sums))
        take_moments(norm);
    pg_team_barrier();
    pg_norm_apply(norm, worker, x, y);
}

/* ---- Backward ---- */

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
static void find_projection(pg_norm *norm)
{
    double rows = (double)norm->total_rows;
    for (int c = 0; c < norm->channels; c++) {
        float inv = norm->batch_inv[c];
        norm->shift[c] = norm->sums[c] / rows;
        norm->slope[c] = norm->sums[norm->channels + c] / rows * inv * inv;
        norm->scale[c] = norm->gamma[c] * inv;
    }
}

static void take_gradient(const pg_norm *norm, const float *sums, float *dgamma, float *dbeta)
{
    for (int c = 0; c < norm->channels; c++) {
        dbeta[c] = sums[c];
        dgamma[c] = sums[norm->channels + c] * norm->batch_inv[c];
    }
}

void pg_norm_backward(pg_norm *norm, const pg_worker *worker, const float *x, const float *y,
                      float *d, float *const *gradient, size_t gamma, size_t beta)
{
    int begin, end, channels = norm->channels;
    size_t at;
    pg_own_shards(norm->shards, worker, &begin, &end);
    for (int s = begin; s < end; s++) {
        size_t rows = shard_rows(norm, s, &at);
        float *sums = clear_sums(norm, s);
        mask_and_sum(rows, channels, norm->relu, x + at, y + at, norm->batch_mean, d + at, sums,
                     sums + channels);
        hand_in(norm, s, sums);
        take_gradient(norm, sums, gradient[s] + gamma, gradient[s] + beta);
    }
    if (pg_group_sum(norm->group, worker, SUMS * (size_t)channels, norm->parts, norm->sums))
        find_projection(norm);
    pg_team_barrier();
    for (int s = begin; s < end; s++) {
        size_t rows = shard_rows(norm, s, &at);
        project_out(rows, channels, x + at, norm->batch_mean, norm->scale, norm->slope, norm->shift,
                    d + at);
    }
}
