/* The machine's arithmetic peak as SGEMM reaches it, in GFLOP/s: the best of
 * several seconds of squares of one size. Prints one number.
 *
 *   sgemm [THREADS [SECONDS]]
 */
#include <config.h>

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef HAVE_OPENBLAS_SET_NUM_THREADS
void openblas_set_num_threads(int threads);
#endif

enum { SIDE = 1536 };

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* GFLOP/s of one product of SIDE x SIDE matrices. */
static double multiply(const float *a, const float *b, float *c)
{
    double start = seconds_now();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, a, SIDE, b, SIDE, 0,
                c, SIDE);
    return 2e-9 * SIDE * SIDE * SIDE / (seconds_now() - start);
}

static double best_of(double seconds, const float *a, const float *b, float *c)
{
    double best = 0, end = seconds_now() + seconds;
    do {
        double speed = multiply(a, b, c);
        if (speed > best) best = speed;
    } while (seconds_now() < end);
    return best;
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    size_t count = (size_t)SIDE * SIDE;
    float *memory = malloc(3 * count * sizeof *memory);
    if (!memory) return 1;
    for (size_t i = 0; i < 3 * count; i++)
        memory[i] = (float)(i % 97) / 97;
#ifdef HAVE_OPENBLAS_SET_NUM_THREADS
    if (threads > 0) openblas_set_num_threads(threads);
#endif
    printf("%.1f\n", best_of(seconds, memory, memory + count, memory + 2 * count));
    free(memory);
    return 0;
}
