/* Deterministic numbers for unit tests of the network, and how far two lots of them are apart. */
#ifndef TESTS_NN_NUMBERS_H
#define TESTS_NN_NUMBERS_H

#include "../tap.h"

static inline void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) bail_out("out of memory");
    return memory;
}

/* Uniform in -1..1: the next of a linear congruential generator (Knuth's MMIX). */
static inline double next_number(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 0x1p52 - 1;
}

static inline void fill_numbers(float *numbers, size_t count, uint64_t seed, double scale)
{
    uint64_t state = seed;
    for (int i = 0; i < 8; i++)
        next_number(&state);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (float)(scale * next_number(&state));
}

/* Uniform in -scale..scale; release with free(). */
static inline float *make_numbers(size_t count, uint64_t seed, double scale)
{
    float *numbers = allocate(count, sizeof *numbers);
    fill_numbers(numbers, count, seed, scale);
    return numbers;
}

/* What a pass must overwrite starts as this. */
static inline float *make_rubbish(size_t count)
{
    float *numbers = allocate(count, sizeof *numbers);
    for (size_t i = 0; i < count; i++)
        numbers[i] = NAN;
    return numbers;
}

/* The largest |got - expected| as a fraction of the largest |expected| (or of 1e-30); infinite
 * where a number is not finite. */
static inline double relative_error(const float *got, const double *expected, size_t count)
{
    double worst = 0, largest = 1e-30;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs(got[i] - expected[i]);
        if (!(difference <= worst)) worst = difference;
        if (fabs(expected[i]) > largest) largest = fabs(expected[i]);
        if (!isfinite(got[i]) || !isfinite(expected[i])) return INFINITY;
    }
    return worst / largest;
}

static inline double relative_difference(const float *a, const float *b, size_t count)
{
    double *wide = allocate(count, sizeof *wide);
    for (size_t i = 0; i < count; i++)
        wide[i] = b[i];
    double error = relative_error(a, wide, count);
    free(wide);
    return error;
}

#endif
