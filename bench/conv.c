/* GFLOP/s of the convolutions on one core, by layer and pass, beside what SGEMM reaches in between:
 *
 *   conv [NUMBERS_OF_A_VECTOR [ROUNDS]]
 *
 * Each number is the best of many short turns, in time of the CPU. Taps that lie outside the image
 * count as work. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "nn/blas.h"
#include "nn/conv.h"

enum { SIDE = 384, ROUNDS = 15 };
static const double turn = 2e-3; /* seconds */

typedef struct layer {
    const char *name;
    pg_conv_shape shape;
} layer;

#define SAME(c, r, k, d, p)                                                                        \
    {                                                                                              \
        .images = 1, .height = 28, .width = 28, .in = c, .out = c, .rows = r, .columns = k,        \
        .stride = 1, .dilation = d, .pad_top = (r - 1) * d, .pad_left = (p)*d, .out_height = 28,   \
        .out_width = 28                                                                            \
    }
#define HALF(n, side, i, o, k)                                                                     \
    {                                                                                              \
        .images = n, .height = side, .width = side, .in = i, .out = o, .rows = k, .columns = k,    \
        .stride = 2, .dilation = 1, .pad_top = k / 2, .pad_left = k / 2,                           \
        .out_height = (side + 1) / 2, .out_width = (side + 1) / 2                                  \
    }
#define FIRST(i, o, r, k, p)                                                                       \
    {                                                                                              \
        .images = 1, .height = 28, .width = 28, .in = i, .out = o, .rows = r, .columns = k,        \
        .stride = 1, .dilation = 1, .pad_top = r == 1 ? 0 : r, .pad_left = p, .out_height = 28,    \
        .out_width = 28                                                                            \
    }

static const layer layers[] = {
    {"first 3x7, 1 to 16", FIRST(1, 16, 3, 7, 3)},
    {"first 1x3, 1 to 16", FIRST(1, 16, 1, 3, 3)},
    {"first 3x7, 3 to 32", FIRST(3, 32, 3, 7, 3)},
    {"2x3, 8", SAME(8, 2, 3, 1, 1)},
    {"2x3, 16", SAME(16, 2, 3, 1, 1)},
    {"1x2, 16", SAME(16, 1, 2, 1, 1)},
    {"1x1, 16", SAME(16, 1, 1, 1, 0)},
    {"2x3 dilated, 16", SAME(16, 2, 3, 4, 1)},
    {"2x3, 24", SAME(24, 2, 3, 1, 1)},
    {"2x3, 32", SAME(32, 2, 3, 1, 1)},
    {"1x2, 32", SAME(32, 1, 2, 1, 1)},
    {"1x1, 32", SAME(32, 1, 1, 1, 0)},
    {"2x3, 64", SAME(64, 2, 3, 1, 1)},
    {"1x2, 64", SAME(64, 1, 2, 1, 1)},
    {"1x1, 64", SAME(64, 1, 1, 1, 0)},
    {"5x5/2, 1 to 32", HALF(10, 28, 1, 32, 5)},
    {"5x5/2, 32 to 64", HALF(10, 14, 32, 64, 5)},
    {"3x3/2, 64 to 64", HALF(10, 7, 64, 64, 3)},
    {"3x3/2, 64 to 64, 4", HALF(4, 7, 64, 64, 3)},
    {"5x5/2, 1 to 32, 1", HALF(1, 28, 1, 32, 5)},
    {"5x5/2, 32 to 64, 1", HALF(1, 14, 32, 64, 5)},
    {"3x3/2, 64 to 64, 1", HALF(1, 7, 64, 64, 3)},
};

typedef struct bench {
    pg_conv *conv;
    float *x, *y, *w, *bias;
    float *a, *b, *c; /* SIDE x SIDE */
} bench;

static void forward(bench *b)
{
    pg_conv_forward(b->conv, b->x, b->bias, b->y);
}

static void data(bench *b)
{
    pg_conv_backward_data(b->conv, b->y, b->x);
}

static void weights(bench *b)
{
    pg_conv_backward_weights(b->conv, b->x, b->y);
}

static void product(bench *b)
{
    pg_matmul(SIDE, SIDE, SIDE, b->a, b->b, 0, b->c);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Calls a second. */
static double rate(void (*call)(bench *), bench *b)
{
    double start = seconds_now(), now;
    int calls = 0;
    do {
        call(b);
        calls++;
        now = seconds_now();
    } while (now - start < turn);
    return calls / (now - start);
}

static float *numbers(size_t count)
{
    float *memory = pg_allocate(count, sizeof *memory);
    if (!memory) exit(1);
    for (size_t i = 0; i < count; i++)
        memory[i] = (float)(i % 97) / 97 - 0.5f;
    return memory;
}

static void measure(const layer *l, int lanes, int rounds)
{
    const pg_conv_shape *s = &l->shape;
    size_t taps = (size_t)s->rows * s->columns * s->in * s->out;
    size_t pixels = (size_t)s->images * s->out_height * s->out_width;
    pg_conv_options options = {
        .bias = true, .backward_data = true, .backward_weights = true, .lanes = lanes};
    pg_error err;
    bench b = {.x = numbers((size_t)s->images * s->height * s->width * s->in),
               .y = numbers(pixels * s->out),
               .w = numbers(taps),
               .bias = numbers(s->out),
               .a = numbers(SIDE * SIDE),
               .b = numbers(SIDE * SIDE),
               .c = numbers(SIDE * SIDE)};
    if (pg_conv_create(s, &options, &b.conv, &err) != PG_OK) {
        fprintf(stderr, "conv: %s\n", err.message);
        exit(1);
    }
    pg_conv_load(b.conv, b.w);
    void (*const call[])(bench *) = {forward, data, weights, product};
    double best[4] = {0},
           work[] = {taps * pixels, taps * pixels, taps * pixels, (double)SIDE * SIDE * SIDE};
    for (int i = 0; i < rounds; i++)
        for (int k = 0; k < 4; k++) {
            double speed = 2e-9 * work[k] * rate(call[k], &b);
            if (speed > best[k]) best[k] = speed;
        }
    printf("%-20s %8.1f %8.1f %8.1f %8.1f\n", l->name, best[0], best[1], best[2], best[3]);
    pg_conv_free(b.conv);
    float *const memory[] = {b.x, b.y, b.w, b.bias, b.a, b.b, b.c};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
}

int main(int argc, char **argv)
{
    int lanes = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : ROUNDS;
    pg_error err;
    if (pg_blas_open(1, &err) != PG_OK) {
        fprintf(stderr, "conv: %s\n", err.message);
        return 1;
    }
    printf("%-20s %8s %8s %8s %8s\n", "layer", "forward", "data", "weights", "SGEMM");
    for (size_t i = 0; i < sizeof layers / sizeof *layers; i++)
        measure(&layers[i], lanes, rounds);
    return 0;
}
