/* Gradients by central differences of a loss that is summed in double. */
#ifndef TESTS_MODEL_DIFFERENCES_H
#define TESTS_MODEL_DIFFERENCES_H

#include "../nn/numbers.h"
#include "model/parameters.h"

/* Reads the numbers that are varied wherever they are. */
typedef double loss_function(void *with);

/* Small enough that hardly a ReLU changes side, large enough for double precision. */
static const double difference_step = 0x1p-16;

enum { DIFFERENCE_SAMPLES = 30 };

static inline double slope(loss_function *loss, void *with, float *number)
{
    const float value = *number, high = (float)(value + difference_step),
                low = (float)(value - difference_step);
    *number = high;
    double above = loss(with);
    *number = low;
    double below = loss(with);
    *number = value;
    return (above - below) / ((double)high - low);
}

/* Of `gradient` by `count` numbers, some dozens spread over them are compared with central
 * differences: the largest error as a fraction of the largest difference met, or of `floor`
 * where that is larger. */
static inline double gradient_error(loss_function *loss, void *with, float *numbers,
                                    const float *gradient, size_t count, double floor)
{
    double worst = 0, largest = floor;
    size_t samples = count < DIFFERENCE_SAMPLES ? count : DIFFERENCE_SAMPLES;
    for (size_t k = 0; k < samples; k++) {
        size_t i = (2 * k + 1) * count / (2 * samples);
        double expected = slope(loss, with, &numbers[i]);
        double error = fabs(gradient[i] - expected);
        if (!(error <= worst)) worst = error;
        if (fabs(expected) > largest) largest = fabs(expected);
    }
    return worst / largest;
}

/* Checks the gradients of all parameters whose names begin with prefix, one line each. */
static inline void check_gradients(loss_function *loss, void *with, const pg_parameters *p,
                                   const char *prefix, const float *gradient, double tolerance,
                                   const char *what)
{
    double largest = 0;
    for (size_t i = 0; i < p->size; i++)
        largest = worse_of(largest, fabs(gradient[i]));
    for (int i = 0; i < p->count; i++) {
        const pg_tensor *t = &p->tensors[i];
        if (t->group == PG_GROUP_BUFFER || strncmp(t->name, prefix, strlen(prefix)) != 0) continue;
        double error = gradient_error(loss, with, pg_parameter(p, i), gradient + t->offset,
                                      t->count, 1e-3 * largest);
        is_close(error, 0, tolerance, "%s: gradient of %s", what, t->name);
    }
}

/* Uniform numbers of the size that initial weights have, everywhere: also for biases, so that no
 * ReLU sits at zero; running variances and scales are positive. */
static inline void randomise(const pg_parameters *p, uint64_t seed)
{
    for (int i = 0; i < p->count; i++) {
        const pg_tensor *t = &p->tensors[i];
        double fan_in = (double)t->count / t->shape[t->rank - 1];
        float *numbers = pg_parameter(p, i);
        fill_numbers(numbers, t->count, seed + (uint64_t)i, t->rank > 1 ? sqrt(3 / fan_in) : 0.5);
        if (t->initial == PG_INITIAL_ONE)
            for (size_t k = 0; k < t->count; k++)
                numbers[k] += 1;
    }
}

#endif
