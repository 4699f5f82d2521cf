#include "network.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (memory) return memory;
    printf("Bail out! out of memory\n");
    exit(1);
}

float *random_floats(size_t count, unsigned seed, double scale)
{
    float *numbers = allocate(count, sizeof *numbers);
    gsl_rng *rng = pg_rng_create(seed, PG_RANDOM_TEST, 0, 0);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (float)(scale * (2 * gsl_rng_uniform(rng) - 1));
    gsl_rng_free(rng);
    return numbers;
}

static pg_kernel make_kernel(int rows, int columns, int dilation, int in, int out, bool bias,
                             unsigned *seed, double gain)
{
    size_t depth = (size_t)rows * columns * in;
    double scale = depth ? gain * sqrt(6.0 / (double)depth) : 0;
    pg_kernel kernel = {rows, columns, dilation, in, out, NULL, NULL};
    kernel.weight = random_floats(depth * out, ++*seed, scale);
    if (bias) kernel.bias = random_floats(out, ++*seed, gain / 2);
    return kernel;
}

void network_create(const network_shape *shape, unsigned seed, double gain, pg_pixelcnn *net)
{
    int r = shape->radius, c = shape->features, channels = shape->channels;
    seed *= 1000;
    memset(net, 0, sizeof *net);
    net->height = shape->height;
    net->width = shape->width;
    net->channels = channels;
    net->features = c;
    net->blocks = shape->blocks;
    net->outputs = shape->outputs;
    net->radius = r;
    net->byte_step = 1 / 255.0f;
    net->slots = 2 * shape->blocks + 3;
    net->has_map = shape->has_map;
    net->first_v = make_kernel(r, 2 * r + 1, 1, channels, c, false, &seed, gain);
    net->first_h = make_kernel(1, r, 1, channels, c, false, &seed, gain);
    net->first_vh = make_kernel(1, 1, 1, c, c, false, &seed, gain);
    for (int l = 0; l < shape->blocks; l++) {
        pg_pixelcnn_block *block = &net->block[l];
        bool full = l < shape->full_blocks;
        int dilation = l % 2 ? shape->dilation : 1;
        block->v = make_kernel(full ? 2 : 1, full ? 3 : 1, dilation, c, c, false, &seed, gain);
        block->h = make_kernel(1, full ? 2 : 1, dilation, c, c, false, &seed, gain);
        block->vh = make_kernel(1, 1, 1, c, c, false, &seed, gain);
        if (l + 1 < shape->blocks) block->out_v = make_kernel(1, 1, 1, c, c, true, &seed, gain);
        block->out_h = make_kernel(1, 1, 1, c, c, true, &seed, gain);
    }
    net->out1 = make_kernel(1, 1, 1, c, c, false, &seed, gain);
    net->out2 = make_kernel(1, 1, 1, c, shape->outputs, true, &seed, gain);
}

static void free_kernel(pg_kernel *kernel)
{
    free(kernel->weight);
    free(kernel->bias);
}

void network_free(pg_pixelcnn *net)
{
    free_kernel(&net->first_v);
    free_kernel(&net->first_h);
    free_kernel(&net->first_vh);
    for (int l = 0; l < net->blocks; l++) {
        free_kernel(&net->block[l].v);
        free_kernel(&net->block[l].h);
        free_kernel(&net->block[l].vh);
        free_kernel(&net->block[l].out_v);
        free_kernel(&net->block[l].out_h);
    }
    free_kernel(&net->out1);
    free_kernel(&net->out2);
}

/* to (H x W x out) = from (H x W x in) through the kernel, whose first tap is (up, left) away
 * from the pixel computed. */
static void convolve(const pg_pixelcnn *net, const pg_kernel *kernel, int up, int left,
                     const double *from, double *to)
{
    for (int y = 0; y < net->height; y++)
        for (int x = 0; x < net->width; x++)
            for (int o = 0; o < kernel->out; o++) {
                double sum = kernel->bias ? kernel->bias[o] : 0;
                for (int i = 0; i < kernel->rows; i++)
                    for (int j = 0; j < kernel->columns; j++) {
                        int row = y - up + i * kernel->dilation;
                        int column = x - left + j * kernel->dilation;
                        if (row < 0 || column < 0 || column >= net->width) continue;
                        for (int c = 0; c < kernel->in; c++)
                            sum += from[((long)row * net->width + column) * kernel->in + c] *
                                   kernel->weight[((i * kernel->columns + j) * kernel->in + c) *
                                                      kernel->out +
                                                  o];
                    }
                to[((long)y * net->width + x) * kernel->out + o] = sum;
            }
}

typedef struct work {
    const pg_pixelcnn *net;
    const float *biases, *map;
    size_t area, size; /* pixels, features of all pixels */
    const double *t;
    double *v, *h, *a, *b, *s;
} work;

static void add_bias(const work *w, int slot, double *to)
{
    for (size_t i = 0; i < w->size; i++)
        to[i] += w->biases[slot * w->net->features + (int)(i % w->net->features)];
}

static void add(const work *w, const double *from, double *to)
{
    for (size_t i = 0; i < w->size; i++)
        to[i] += from[i];
}

static void rectify(const work *w, const double *from, double *to)
{
    for (size_t i = 0; i < w->size; i++)
        to[i] = fmax(from[i], 0);
}

static void first_layer(const work *w)
{
    const pg_pixelcnn *net = w->net;
    int r = net->radius;
    convolve(net, &net->first_v, r, r, w->t, w->v);
    add_bias(w, 0, w->v);
    convolve(net, &net->first_h, 0, r, w->t, w->h);
    convolve(net, &net->first_vh, 0, 0, w->v, w->s);
    add(w, w->s, w->h);
    add_bias(w, 1, w->h);
    for (size_t i = 0; w->map && i < w->size; i++) {
        w->v[i] += w->map[i];
        w->h[i] += w->map[i];
    }
}

static void residual_block(const work *w, int l)
{
    const pg_pixelcnn *net = w->net;
    const pg_pixelcnn_block *block = &net->block[l];
    int d = block->v.dilation;
    bool full = block->v.rows > 1;
    rectify(w, w->v, w->s);
    convolve(net, &block->v, full ? d : 0, full ? d : 0, w->s, w->a);
    add_bias(w, 2 + 2 * l, w->a);
    rectify(w, w->a, w->a);
    rectify(w, w->h, w->s);
    convolve(net, &block->h, 0, full ? d : 0, w->s, w->b);
    convolve(net, &block->vh, 0, 0, w->a, w->s);
    add(w, w->s, w->b);
    add_bias(w, 3 + 2 * l, w->b);
    rectify(w, w->b, w->b);
    if (block->out_v.weight) {
        convolve(net, &block->out_v, 0, 0, w->a, w->s);
        add(w, w->s, w->v);
    }
    convolve(net, &block->out_h, 0, 0, w->b, w->s);
    add(w, w->s, w->h);
}

void network_outputs(const pg_pixelcnn *net, const double *target, const float *biases,
                     const float *map, double *outputs)
{
    work w = {.net = net, .biases = biases, .map = map, .t = target};
    w.area = (size_t)net->height * net->width;
    w.size = w.area * net->features;
    w.v = allocate(5 * w.size, sizeof(double));
    w.h = w.v + w.size;
    w.a = w.h + w.size;
    w.b = w.a + w.size;
    w.s = w.b + w.size;
    first_layer(&w);
    for (int l = 0; l < net->blocks; l++)
        residual_block(&w, l);
    rectify(&w, w.h, w.s);
    convolve(net, &net->out1, 0, 0, w.s, w.a);
    add_bias(&w, 2 + 2 * net->blocks, w.a);
    rectify(&w, w.a, w.a);
    convolve(net, &net->out2, 0, 0, w.a, outputs);
    free(w.v);
}

void network_forward(const pg_pixelcnn *net, const uint8_t *image, const float *biases,
                     const float *map, double *outputs)
{
    size_t values = (size_t)net->height * net->width * net->channels;
    double *target = allocate(values, sizeof *target);
    for (size_t i = 0; i < values; i++)
        target[i] = net->byte_zero + net->byte_step * image[i];
    network_outputs(net, target, biases, map, outputs);
    free(target);
}
