#include <config.h>

#include "nn/passes.h"

#include <stdint.h>
#include <string.h>

#include "nn/clones.h"
#include "nn/elementwise.h"

/* ---- float32 ---- */

static void float_store(size_t count, const float *x, void *y)
{
    if (y != x) memcpy(y, x, count * sizeof *x);
}

static void float_relu(size_t count, const float *x, void *y)
{
    pg_relu(count, x, y);
}

static void float_add_relu(size_t count, const float *x, const float *m, float *y, void *z)
{
    pg_add_relu(count, x, m, y, z);
}

static void float_relu_backward(size_t rows, int channels, const void *y, const void *extra,
                                void *d, float *sums)
{
    pg_relu_backward(rows, channels, y, extra, d, sums);
}

static void float_residual_backward(size_t rows, int channels, const void *y, const void *t,
                                    float *d, void *copy, float *sums)
{
    (void)copy;
    pg_residual_backward(rows, channels, y, t, d, sums);
}

static void float_relu_mask(size_t rows, int channels, const void *y, const void *t, float *d,
                            void *copy, float *sums)
{
    (void)copy;
    pg_relu_mask(rows, channels, y, t, d, sums);
}

const pg_passes pg_passes_float = {
    .half = false,
    .size = sizeof(float),
    .store = float_store,
    .relu = float_relu,
    .add_relu = float_add_relu,
    .relu_backward = float_relu_backward,
    .residual_backward = float_residual_backward,
    .relu_mask = float_relu_mask,
};

/* ---- bfloat16: the upper half of a float32, rounded to nearest, ties to even ---- */

/* A clone only takes in what it is forced to. */
#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#else
#define INLINE static inline
#endif

INLINE float widen(uint16_t half)
{
    uint32_t bits = (uint32_t)half << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

INLINE uint16_t narrow(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* t where y is positive, that is, its sign bit is clear and some other is set;
 * else 0. By masks: a condition would keep the loops from being vectorised. */
INLINE uint16_t where_positive(uint16_t y, uint16_t t)
{
    return t & (uint16_t) - (uint16_t)((int16_t)y > 0);
}

PG_CLONES static void half_store(size_t count, const float *restrict x, void *restrict to)
{
    uint16_t *restrict y = to;
    for (size_t i = 0; i < count; i++)
        y[i] = narrow(x[i]);
}

PG_CLONES static void half_relu(size_t count, const float *restrict x, void *restrict to)
{
    uint16_t *restrict y = to;
    for (size_t i = 0; i < count; i++)
        y[i] = narrow(x[i] > 0 ? x[i] : 0);
}

PG_CLONES static void half_add_relu(size_t count, const float *x, const float *restrict m, float *y,
                                    void *restrict to)
{
    uint16_t *restrict z = to;
    for (size_t i = 0; i < count; i++) {
        float sum = x[i] + m[i];
        y[i] = sum;
        z[i] = narrow(sum > 0 ? sum : 0);
    }
}

PG_CLONES static void half_relu_backward_plain(size_t rows, int channels,
                                               const uint16_t *restrict y, uint16_t *restrict d,
                                               float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, y += channels, d += channels)
        for (int c = 0; c < channels; c++) {
            uint16_t value = where_positive(y[c], d[c]);
            d[c] = value;
            sums[c] += widen(value);
        }
}

PG_CLONES static void half_relu_backward_extra(size_t rows, int channels,
                                               const uint16_t *restrict y,
                                               const uint16_t *restrict extra, uint16_t *restrict d,
                                               float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, y += channels, d += channels, extra += channels)
        for (int c = 0; c < channels; c++) {
            float sum = widen(d[c]) + widen(extra[c]);
            uint16_t value = where_positive(y[c], narrow(sum));
            d[c] = value;
            sums[c] += widen(value);
        }
}

static void half_relu_backward(size_t rows, int channels, const void *y, const void *extra, void *d,
                               float *sums)
{
    if (extra)
        half_relu_backward_extra(rows, channels, y, extra, d, sums);
    else
        half_relu_backward_plain(rows, channels, y, d, sums);
}

PG_CLONES static void half_residual(size_t rows, int channels, const uint16_t *restrict y,
                                    const uint16_t *restrict t, float *restrict d,
                                    uint16_t *restrict copy, float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, y += channels, t += channels, d += channels, copy += channels)
        for (int c = 0; c < channels; c++) {
            float value = d[c] + widen(where_positive(y[c], t[c]));
            d[c] = value;
            copy[c] = narrow(value);
            sums[c] += value;
        }
}

static void half_residual_backward(size_t rows, int channels, const void *y, const void *t,
                                   float *d, void *copy, float *sums)
{
    half_residual(rows, channels, y, t, d, copy, sums);
}

PG_CLONES static void half_mask(size_t rows, int channels, const uint16_t *restrict y,
                                const uint16_t *restrict t, float *restrict d,
                                uint16_t *restrict copy, float *restrict sums)
{
    for (size_t r = 0; r < rows; r++, y += channels, t += channels, d += channels, copy += channels)
        for (int c = 0; c < channels; c++) {
            uint16_t half = where_positive(y[c], t[c]);
            float value = widen(half);
            copy[c] = half;
            d[c] = value;
            sums[c] += value;
        }
}

static void half_relu_mask(size_t rows, int channels, const void *y, const void *t, float *d,
                           void *copy, float *sums)
{
    half_mask(rows, channels, y, t, d, copy, sums);
}

const pg_passes pg_passes_half = {
    .half = true,
    .size = sizeof(uint16_t),
    .store = half_store,
    .relu = half_relu,
    .add_relu = half_add_relu,
    .relu_backward = half_relu_backward,
    .residual_backward = half_residual_backward,
    .relu_mask = half_relu_mask,
};
