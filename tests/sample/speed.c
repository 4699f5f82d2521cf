/* How fast the incremental sampler is, beside the machine's SGEMM. Not a test: run it by hand,
 *   tests/sample/speed [FEATURES [BLOCKS [IMAGES [THREADS [SIDE]]]]]
 */
#include <config.h>

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/random.h"
#include "network.h"
#include "sample/draw.h"

enum { MAX_THREADS = 64, MAX_GROUP = 64, SGEMM_SIDE = 768 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Floating-point operations of one forward pass of one image, from the weights' sizes. */
static double forward_flops(const pg_pixelcnn *net)
{
    const pg_kernel *first[] = {&net->first_v, &net->first_h, &net->first_vh, &net->out1,
                                &net->out2};
    double weights = 0;
    for (int i = 0; i < 5; i++)
        weights += (double)first[i]->rows * first[i]->columns * first[i]->in * first[i]->out;
    for (int l = 0; l < net->blocks; l++) {
        const pg_kernel *own = &net->block[l].v;
        for (int i = 0; i < 5; i++)
            if (own[i].weight)
                weights += (double)own[i].rows * own[i].columns * own[i].in * own[i].out;
    }
    return 2 * weights * net->height * net->width;
}

static void multiply(float *m)
{
    size_t size = (size_t)SGEMM_SIDE * SGEMM_SIDE;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SGEMM_SIDE, SGEMM_SIDE, SGEMM_SIDE, 1, m,
                SGEMM_SIDE, m + size, SGEMM_SIDE, 0, m + 2 * size, SGEMM_SIDE);
}

/* Every thread multiplies its own matrices; the best of several. */
static double sgemm_flops_per_second(int threads)
{
    double longest = 0, flops = 2.0 * SGEMM_SIDE * SGEMM_SIDE * SGEMM_SIDE;
#pragma omp parallel num_threads(threads) reduction(max : longest)
    {
        float *m = random_floats(3 * (size_t)SGEMM_SIDE * SGEMM_SIDE, 1, 1);
        double best = 1e9;
        multiply(m);
        for (int repeat = 0; repeat < 8; repeat++) {
#pragma omp barrier
            double start = seconds();
            multiply(m);
            double time = seconds() - start;
            if (time < best) best = time;
        }
        longest = best;
        free(m);
    }
    return flops * threads / longest;
}

static double draw_seconds(const pg_packed *packed, size_t images, int threads)
{
    int groups = (int)((images + MAX_GROUP - 1) / MAX_GROUP);
    groups = (groups + threads - 1) / threads * threads;
    size_t group_size = (images + groups - 1) / groups, features = (size_t)packed->features;
    size_t area = (size_t)packed->height * packed->width;
    double longest = 0;
    pg_config config = {.channels = packed->channels, .likelihood = PG_LIKELIHOOD_BERNOULLI};
#pragma omp parallel num_threads(threads) reduction(max : longest)
    {
        pg_stacks *stacks;
        pg_error err;
        gsl_rng *rng[MAX_GROUP];
        for (size_t i = 0; i < group_size; i++)
            rng[i] = pg_rng_create(1, PG_RANDOM_TEST, 0, i);
        pg_drawing group = {.temperature = 1};
        group.biases = random_floats(group_size * packed->slots * features, 1, 0.1);
        group.maps = random_floats(group_size * area * features, 1, 0.1);
        group.images = malloc(group_size * area);
        if (pg_stacks_create(packed, group_size, &stacks, &err) != PG_OK) exit(1);
#pragma omp barrier
        double start = seconds();
#pragma omp for schedule(dynamic)
        for (int g = 0; g < groups; g++) {
            size_t begin = images * (size_t)g / groups, end = images * ((size_t)g + 1) / groups;
            group.first = begin;
            group.count = end - begin;
            pg_draw(packed, stacks, &config, rng, &group);
        }
        longest = seconds() - start;
        pg_stacks_free(stacks);
        for (size_t i = 0; i < group_size; i++)
            gsl_rng_free(rng[i]);
        free((void *)group.biases);
        free((void *)group.maps);
        free(group.images);
    }
    return longest;
}

static int argument(int argc, char **argv, int i, int otherwise)
{
    return argc > i ? (int)strtol(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    int features = argument(argc, argv, 1, 32), blocks = argument(argc, argv, 2, 4);
    int images = argument(argc, argv, 3, 100), threads = argument(argc, argv, 4, 2);
    int side = argument(argc, argv, 5, 28);
    if (features < 1 || blocks < 0 || blocks > PG_MAX_BLOCKS || images < 1 || threads < 1 ||
        threads > MAX_THREADS || side < 1)
        return 2;
#ifdef HAVE_OPENBLAS_SET_NUM_THREADS
    openblas_set_num_threads(1);
#endif
    network_shape shape = {side, side, 1, features, blocks, 3, 1, 1, blocks, true};
    pg_pixelcnn net;
    network_create(&shape, 1, 1, &net);
    pg_packed *packed;
    pg_error err;
    if (pg_packed_create(&net, &packed, &err) != PG_OK) return 1;
    double best = 1e9;
    for (int repeat = 0; repeat < 5; repeat++) {
        double time = draw_seconds(packed, (size_t)images, threads);
        if (time < best) best = time;
    }
    double rate = forward_flops(&net) * images / best, peak = sgemm_flops_per_second(threads);
    printf("%d features, %d blocks, %d images of %d x %d, %d threads: %.0f images/s, "
           "%.1f GFLOP/s, %.0f %% of SGEMM's %.1f\n",
           features, blocks, images, side, side, threads, images / best, 1e-9 * rate,
           100 * rate / peak, 1e-9 * peak);
    pg_packed_free(packed);
    network_free(&net);
    return 0;
}
