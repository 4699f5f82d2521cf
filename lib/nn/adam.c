#include <config.h>

#include "nn/adam.h"

#include <math.h>

#include "nn/clones.h"

enum { BLOCK = 2048 }; /* parameters summed at a time, in the first-level cache */

PG_CLONES static void update(size_t count, float rate, float beta1, float beta2, float epsilon,
                             const float *restrict g, float *restrict p, float *restrict m,
                             float *restrict v)
{
    for (size_t i = 0; i < count; i++) {
        m[i] = beta1 * m[i] + (1 - beta1) * g[i];
        v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i];
        p[i] -= rate * m[i] / (__builtin_sqrtf(v[i]) + epsilon);
    }
}

void pg_adam_update(const pg_adam *adam, size_t count, const pg_parts *gradients, size_t offset,
                    float *parameters, float *first_moment, float *second_moment)
{
    float sum[BLOCK];
    double correct1 = 1 - pow(adam->beta1, adam->step + 1);
    double correct2 = sqrt(1 - pow(adam->beta2, adam->step + 1));
    float rate = adam->rate * correct2 / correct1;
    float epsilon = adam->epsilon * correct2;
    for (size_t begin = 0; begin < count; begin += BLOCK) {
        size_t n = count - begin < BLOCK ? count - begin : BLOCK;
        pg_parts_sum(gradients, offset + begin, n, sum);
        update(n, rate, adam->beta1, adam->beta2, epsilon, sum, parameters + begin,
               first_moment + begin, second_moment + begin);
    }
}
