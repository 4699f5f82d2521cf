/* Adam against algorithm 1 of Kingma & Ba (2015), number by number in double. */
#include <config.h>

#include "nn/adam.h"
#include "numbers.h"

enum { COUNT = 5000, OFFSET = 13, MARGIN = 7, SIZE = OFFSET + COUNT + MARGIN, STEPS = 6, MAX = 3 };

typedef struct scalar {
    double p, m, v;
} scalar;

static void define(scalar *s, double g, const pg_adam *adam)
{
    double t = (double)adam->step + 1;
    s->m = adam->beta1 * s->m + (1 - adam->beta1) * g;
    s->v = adam->beta2 * s->v + (1 - adam->beta2) * g * g;
    double m = s->m / (1 - pow(adam->beta1, t)), v = s->v / (1 - pow(adam->beta2, t));
    s->p -= adam->rate * m / (sqrt(v) + adam->epsilon);
}

static void test_updates(int workers, double beta1)
{
    pg_adam adam = {1e-2, beta1, 0.999, 1e-8, 0};
    float *p = make_numbers(SIZE, 1, 1), *start = make_numbers(SIZE, 1, 1);
    float *m = allocate(SIZE, sizeof *m), *v = allocate(SIZE, sizeof *v);
    float *gradient[MAX];
    double expected[SIZE];
    static scalar s[SIZE];
    for (int i = 0; i < SIZE; i++)
        s[i] = (scalar){p[i], 0, 0};
    for (int w = 0; w < workers; w++)
        gradient[w] = allocate(SIZE, sizeof(float));
    for (int t = 0; t < STEPS; t++, adam.step++) {
        adam.rate = t < 4 ? 1e-2 : 1e-3;
        for (int w = 0; w < workers; w++)
            fill_numbers(gradient[w], SIZE, (uint64_t)(10 * t + w), pow(10, t % 3 - 1));
        gradient[0][OFFSET] = 0;
        for (int i = 0; i < COUNT; i++) {
            double sum = 0;
            for (int w = 0; w < workers; w++)
                sum += gradient[w][OFFSET + i];
            define(&s[OFFSET + i], sum, &adam);
        }
        const pg_parts parts = {(const float *const *)gradient, NULL, workers};
        pg_adam_update(&adam, COUNT, &parts, OFFSET, p + OFFSET, m + OFFSET, v + OFFSET);
    }
    for (int i = 0; i < SIZE; i++)
        expected[i] = s[i].p;
    is_close(relative_error(p, expected, SIZE), 0, 2e-6, "%d workers, beta1 %g: parameters",
             workers, beta1);
    for (int i = 0; i < SIZE; i++)
        expected[i] = s[i].m;
    is_close(relative_error(m, expected, SIZE), 0, 1e-5, "first moments");
    for (int i = 0; i < SIZE; i++)
        expected[i] = s[i].v;
    is_close(relative_error(v, expected, SIZE), 0, 1e-4, "second moments");
    ok(memcmp(p, start, OFFSET * sizeof *p) == 0 &&
           memcmp(p + OFFSET + COUNT, start + OFFSET + COUNT, MARGIN * sizeof *p) == 0,
       "nothing else moves");
    for (int w = 0; w < workers; w++)
        free(gradient[w]);
    float *const memory[] = {p, start, m, v};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
}

/* The first step is rate times the sign, whatever the gradient's size. */
static void test_first_step(void)
{
    const float sizes[] = {1e-6f, 1, 1e6f, -1e-6f, -1e6f};
    const pg_adam adam = {0.5, 0.9, 0.999, 1e-8, 0};
    float p[5] = {0}, m[5] = {0}, v[5] = {0};
    const float *gradient = sizes;
    const pg_parts parts = {&gradient, NULL, 1};
    pg_adam_update(&adam, 5, &parts, 0, p, m, v);
    for (int i = 0; i < 5; i++)
        is_close(p[i], sizes[i] > 0 ? -0.5 : 0.5, 6e-3, "first step of gradient %g", sizes[i]);
    float still = 1, zero = 0, m0 = 0, v0 = 0;
    gradient = &zero;
    pg_adam_update(&adam, 1, &parts, 0, &still, &m0, &v0);
    ok(still == 1, "no gradient, no step");
}

int main(void)
{
    for (int workers = 1; workers <= MAX; workers++)
        test_updates(workers, workers == 2 ? 0.5 : 0.9);
    test_first_step();
    return done_testing();
}
