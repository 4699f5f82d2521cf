#include "differences.h"

#include "../nn/numbers.h"

/* Small enough that hardly a ReLU changes side, large enough for double precision. */
static const double step = 0x1p-16;

enum { SAMPLES = 30 };

static double slope(loss_function *loss, void *with, float *number)
{
    const float value = *number, high = (float)(value + step), low = (float)(value - step);
    *number = high;
    double above = loss(with);
    *number = low;
    double below = loss(with);
    *number = value;
    return (above - below) / ((double)high - low);
}

double gradient_error(loss_function *loss, void *with, float *numbers, const float *gradient,
                      size_t count, double floor)
{
    double worst = 0, largest = floor;
    size_t samples = count < SAMPLES ? count : SAMPLES;
    for (size_t k = 0; k < samples; k++) {
        size_t i = (2 * k + 1) * count / (2 * samples);
        double expected = slope(loss, with, &numbers[i]);
        double error = fabs(gradient[i] - expected);
        if (!(error <= worst)) worst = error;
        if (fabs(expected) > largest) largest = fabs(expected);
    }
    return worst / largest;
}

void check_gradients(loss_function *loss, void *with, const pg_parameters *p, const char *prefix,
                     const float *gradient, double tolerance, const char *what)
{
    double largest = 0;
    for (size_t i = 0; i < p->size; i++)
        largest = fmax(largest, fabs(gradient[i]));
    for (int i = 0; i < p->count; i++) {
        const pg_tensor *t = &p->tensors[i];
        if (t->group == PG_GROUP_BUFFER || strncmp(t->name, prefix, strlen(prefix)) != 0) continue;
        double error = gradient_error(loss, with, pg_parameter(p, i), gradient + t->offset,
                                      t->count, 1e-3 * largest);
        is_close(error, 0, tolerance, "%s: gradient of %s", what, t->name);
    }
}

void randomise(const pg_parameters *p, uint64_t seed)
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
