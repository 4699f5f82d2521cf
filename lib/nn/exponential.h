/* Exponential and logarithm without calls and branches, so that loops over them vectorise.
 *
 * Both are accurate to a few units in the last place of a float. They are meant for the bodies of
 * PG_CLONES functions and are always inlined there.
 */
#ifndef PG_NN_EXPONENTIAL_H
#define PG_NN_EXPONENTIAL_H

#include <stdint.h>
#include <string.h>

#if defined(__GNUC__)
#define PG_INLINE static inline __attribute__((always_inline))
#else
#define PG_INLINE static inline
#endif

PG_INLINE float pg_float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

PG_INLINE uint32_t pg_bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* e^x = 2^n e^r with |r| <= log(2)/2, where the Taylor series up to r^7 suffices. Below -87, where
 * floats lose precision, the result is 0; above 88, e^88. NaN stays NaN. */
PG_INLINE float pg_exp(float x)
{
    const float shift = 0x1.8p23f; /* adding it rounds to an integer in the low bits */
    float within = x > 88 ? 88 : x;
    within = within < -87 ? -87 : within;
    float shifted = within * 1.44269504f + shift, n = shifted - shift;
    float r = within - n * 0.693359375f + n * 2.12194440e-4f; /* log(2) in two parts */
    float p = 1 / 5040.0f;
    p = p * r + 1 / 720.0f;
    p = p * r + 1 / 120.0f;
    p = p * r + 1 / 24.0f;
    p = p * r + 1 / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1;
    p = p * r + 1;
    float result = p * pg_float_of((pg_bits_of(shifted) - 0x4b400000u + 127) << 23);
    return x < -87 ? 0 : result;
}

/* log x = n log 2 + 2 artanh f, f = (m-1)/(m+1), m within sqrt(1/2)..sqrt(2).
 * x must be a normal positive number; infinity and NaN give NaN. */
PG_INLINE float pg_log(float x)
{
    int32_t n = (int32_t)(pg_bits_of(x) - 0x3f3504f3u) >> 23;
    float m = pg_float_of(pg_bits_of(x) - ((uint32_t)n << 23));
    float f = (m - 1) / (m + 1), s = f * f;
    float p = 1 / 9.0f;
    p = p * s + 1 / 7.0f;
    p = p * s + 1 / 5.0f;
    p = p * s + 1 / 3.0f;
    p = p * s + 1;
    return (float)n * 0.693147181f + 2 * f * p + (x - x);
}

#endif
