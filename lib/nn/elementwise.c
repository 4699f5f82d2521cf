#include <config.h>

#include "nn/elementwise.h"

#include <stdint.h>
#include <string.h>

#include "nn/clones.h"

PG_CLONES bool pg_finite(size_t count, const float *x)
{
    const uint32_t sign = UINT32_C(1) << 31, infinity = UINT32_C(0x7f800000);
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bits &= ~sign;
        largest = bits > largest ? bits : largest;
    }
    return largest < infinity;
}

PG_CLONES void pg_relu(size_t count, const float *x, float *y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] > 0 ? x[i] : 0;
}

PG_CLONES void pg_add(size_t count, const float *restrict x, float *restrict y)
{
    for (size_t i = 0; i < count; i++)
        y[i] += x[i];
}

PG_CLONES void pg_sum(size_t count, const float *restrict a, const float *restrict b,
                      float *restrict y)
{
    for (size_t i = 0; i < count; i++)
        y[i] = a[i] + b[i];
}

PG_CLONES void pg_add_relu(size_t count, const float *x, const float *restrict m, float *y,
                           float *restrict z)
{
    for (size_t i = 0; i < count; i++) {
        float sum = x[i] + m[i];
        y[i] = sum;
        z[i] = sum > 0 ? sum : 0;
    }
}

PG_CLONES void pg_bias(size_t rows, int channels, const float *restrict bias, int relu,
                       float *restrict y)
{
    float floor = relu ? 0 : -__builtin_inff();
    for (size_t r = 0; r < rows; r++, y += channels)
        for (int c = 0; c < channels; c++) {
            float value = y[c] + bias[c];
            y[c] = value > floor ? value : floor;
        }
}

PG_CLONES void pg_column_sums(size_t rows, int channels, const float *restrict d,
                              float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, d += channels)
        for (int c = 0; c < channels; c++)
            sums[c] += d[c];
}

PG_CLONES void pg_add_with_sums(size_t rows, int channels, const float *restrict t,
                                float *restrict d, float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, t += channels, d += channels)
        for (int c = 0; c < channels; c++) {
            float value = d[c] + t[c];
            d[c] = value;
            sums[c] += value;
        }
}

PG_CLONES void pg_mask(size_t count, const float *restrict y, float *restrict d)
{
    for (size_t i = 0; i < count; i++)
        d[i] = y[i] > 0 ? d[i] : 0;
}

PG_CLONES static void relu_backward_plain(size_t rows, int channels, const float *restrict y,
                                          float *restrict d, float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, y += channels, d += channels)
        for (int c = 0; c < channels; c++) {
            float value = y[c] > 0 ? d[c] : 0;
            d[c] = value;
            sums[c] += value;
        }
}

PG_CLONES static void relu_backward_extra(size_t rows, int channels, const float *restrict y,
                                          const float *restrict extra, float *restrict d,
                                          float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, y += channels, d += channels, extra += channels)
        for (int c = 0; c < channels; c++) {
            float sum = d[c] + extra[c];
            float value = y[c] > 0 ? sum : 0;
            d[c] = value;
            sums[c] += value;
        }
}

void pg_relu_backward(size_t rows, int channels, const float *y, const float *extra, float *d,
                      float *sums)
{
    if (extra)
        relu_backward_extra(rows, channels, y, extra, d, sums);
    else
        relu_backward_plain(rows, channels, y, d, sums);
}

PG_CLONES void pg_residual_backward(size_t rows, int channels, const float *restrict y,
                                    const float *restrict t, float *restrict d,
                                    float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, y += channels, t += channels, d += channels)
        for (int c = 0; c < channels; c++) {
            float value = d[c] + (y[c] > 0 ? t[c] : 0);
            d[c] = value;
            sums[c] += value;
        }
}

PG_CLONES void pg_relu_mask(size_t rows, int channels, const float *restrict y,
                            const float *restrict t, float *restrict d, float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, y += channels, t += channels, d += channels)
        for (int c = 0; c < channels; c++) {
            float value = y[c] > 0 ? t[c] : 0;
            d[c] = value;
            sums[c] += value;
        }
}
