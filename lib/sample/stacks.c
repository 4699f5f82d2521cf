#include "sample/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/likelihood.h"
#include "sample/product.h"

/* Feature buffers are [column][image][feature]: the images of one column are the rows of a
 * matrix. `plane` below is one such matrix, `row` a plane for each column. */
struct pg_stacks {
    const pg_packed *net;
    size_t capacity, count; /* images */
    const float *maps;
    float *pixels;                  /* ring of radius+1 rows: [image][column + margins][channel] */
    float *v;                       /* row: the vertical stack */
    float *map;                     /* row: the maps', or NULL */
    float *vertical[PG_MAX_BLOCKS]; /* ring of rows: relu(v) entering block l */
    float *bridge[PG_MAX_BLOCKS + 1]; /* row: what v gives to h, with h's bias; 0: first layer */
    float *horizontal[PG_MAX_BLOCKS + 1]; /* row: relu(h) entering block l, or the output */
    float *h, *inner, *logits;            /* planes */
    float *bias;                          /* a plane a slot */
    float *memory;
};

/* Rows of the block's input that its vertical kernel reaches back to, and the current one. */
static int ring_of(const pg_packed_kernel *kernel)
{
    return (kernel->rows - 1) * kernel->dilation + 1;
}

static size_t pixel_stride(const pg_packed *net)
{
    return ((size_t)net->width + 2 * (size_t)net->radius) * net->channels;
}

/* Adds count buffers of `each` floats for every image to the total. */
static bool add_room(size_t *total, size_t count, size_t each)
{
    size_t size;
    return pg_size_multiply(count, each, &size) && pg_size_add(*total, size, total);
}

/* Floats of all caches for one image, rounded up where buffers must be aligned. */
static bool floats_an_image(const pg_packed *net, size_t *total)
{
    size_t width = (size_t)net->width, row;
    if (!pg_size_multiply(width, net->feature_stride, &row)) return false;
    size_t rows = 1 + net->has_map + 2 * ((size_t)net->blocks + 1);
    for (int l = 0; l < net->blocks; l++)
        rows += (size_t)ring_of(&net->block[l].v);
    size_t margin = PG_LANES; /* pixels are not padded; the buffer after them is aligned */
    *total = net->output_stride + margin;
    return add_room(total, rows, row) && add_room(total, net->radius + 1u, pixel_stride(net)) &&
           add_room(total, 2 + (size_t)net->slots, net->feature_stride);
}

size_t pg_stacks_bytes(const pg_packed *packed, size_t images)
{
    size_t floats, bytes;
    bool ok = floats_an_image(packed, &floats) && pg_size_multiply(floats, images, &floats) &&
              pg_size_multiply(floats, sizeof(float), &bytes);
    return ok ? bytes : SIZE_MAX;
}

/* Hands out buffers from the one allocation. */
static float *take(float **next, size_t floats)
{
    float *buffer = *next;
    *next += (floats + PG_LANES - 1) / PG_LANES * PG_LANES;
    return buffer;
}

static void place_buffers(pg_stacks *s)
{
    const pg_packed *net = s->net;
    size_t plane = s->capacity * net->feature_stride, row = plane * (size_t)net->width;
    float *next = s->memory;
    s->pixels = take(&next, (net->radius + 1u) * s->capacity * pixel_stride(net));
    s->v = take(&next, row);
    if (net->has_map) s->map = take(&next, row);
    for (int l = 0; l < net->blocks; l++)
        s->vertical[l] = take(&next, (size_t)ring_of(&net->block[l].v) * row);
    for (int l = 0; l <= net->blocks; l++) {
        s->bridge[l] = take(&next, row);
        s->horizontal[l] = take(&next, row);
    }
    s->h = take(&next, plane);
    s->inner = take(&next, plane);
    s->bias = take(&next, (size_t)net->slots * plane);
    s->logits = take(&next, s->capacity * net->output_stride);
}

pg_status pg_stacks_create(const pg_packed *packed, size_t images, pg_stacks **stacks,
                           pg_error *err)
{
    *stacks = NULL;
    size_t bytes = pg_stacks_bytes(packed, images);
    if (bytes == SIZE_MAX)
        return pg_fail(err, PG_ERR_LIMIT, "sampler: caches of %zu images are too large", images);
    pg_stacks *s = calloc(1, sizeof *s);
    float *memory = pg_allocate(bytes, 1);
    if (!s || !memory) {
        free(s);
        free(memory);
        return pg_fail(err, PG_ERR_MEMORY, "sampler: no memory for caches of %zu bytes", bytes);
    }
    s->net = packed;
    s->capacity = images;
    s->memory = memory;
    place_buffers(s);
    *stacks = s;
    return PG_OK;
}

void pg_stacks_free(pg_stacks *stacks)
{
    if (!stacks) return;
    free(stacks->memory);
    free(stacks);
}

void pg_stacks_begin(pg_stacks *s, size_t count, const float *biases, const float *maps)
{
    const pg_packed *net = s->net;
    size_t features = (size_t)net->features, slots = (size_t)net->slots;
    s->count = count;
    s->maps = maps;
    memset(s->pixels, 0, (net->radius + 1u) * count * pixel_stride(net) * sizeof(float));
    for (size_t slot = 0; slot < slots; slot++)
        for (size_t i = 0; i < count; i++)
            memcpy(s->bias + (slot * count + i) * net->feature_stride,
                   biases + (i * slots + slot) * features, features * sizeof(float));
}

static size_t plane_size(const pg_stacks *s)
{
    return s->count * s->net->feature_stride;
}

static const float *bias_plane(const pg_stacks *s, int slot)
{
    return s->bias + (size_t)slot * plane_size(s);
}

static float *plane_at(const pg_stacks *s, float *row, int x)
{
    return row + (size_t)x * plane_size(s);
}

static float *vertical_row(const pg_stacks *s, int block, int y)
{
    int slot = y % ring_of(&s->net->block[block].v);
    return s->vertical[block] + (size_t)slot * s->net->width * plane_size(s);
}

/* Pixel row y of the first image, at the column `radius` left of x. */
static float *pixel_window(const pg_stacks *s, int y, int x)
{
    const pg_packed *net = s->net;
    size_t row = (size_t)(y % (net->radius + 1)) * s->count * pixel_stride(net);
    return s->pixels + row + (size_t)x * net->channels;
}

/* A product over all images of one column, with addends first (a plane) and second; the terms
 * and one of the results are still to come. (Field by field: clearing all terms would cost.) */
static void start_product(const pg_stacks *s, pg_product *product, const pg_packed_kernel *kernel,
                          const float *first, const float *second)
{
    product->rows = s->count;
    product->panels = kernel->panels;
    product->stride = product->first_stride = kernel->panels * PG_LANES;
    product->first = first;
    product->second = second;
    product->second_stride = 0;
    product->sum = product->rectified = NULL;
    product->term_count = 0;
}

static void add_term(pg_product *product, const pg_packed_kernel *kernel, size_t tap,
                     const float *rows, size_t stride, size_t depth)
{
    product->term[product->term_count++] = (pg_term){
        rows, stride, kernel->weight + tap * kernel->in * PG_LANES, kernel->panel_stride, depth};
}

/* A 1 x 1 kernel, or one tap of a larger one, on a plane of features. */
static void add_plane(const pg_stacks *s, pg_product *product, const pg_packed_kernel *kernel,
                      size_t tap, const float *plane)
{
    add_term(product, kernel, tap, plane, s->net->feature_stride, kernel->in);
}

/* sum and rectified (either may be NULL) = first + kernel(plane) + kernel's bias. */
static void apply_pointwise(const pg_stacks *s, const pg_packed_kernel *kernel, const float *first,
                            const float *plane, float *sum, float *rectified)
{
    pg_product product;
    start_product(s, &product, kernel, first, kernel->bias);
    add_plane(s, &product, kernel, 0, plane);
    product.sum = sum;
    product.rectified = rectified;
    pg_multiply(&product);
}

/* v = conv_v(t) + bias[0]. Whole rows of the kernel are one term each. */
static void apply_first_v(const pg_stacks *s, int y, int x, float *v, float *rectified)
{
    const pg_packed *net = s->net;
    const pg_packed_kernel *kernel = &net->first_v;
    pg_product product;
    start_product(s, &product, kernel, bias_plane(s, 0), NULL);
    for (int i = 0; i < kernel->rows; i++) {
        int above = y - kernel->rows + i;
        if (above >= 0)
            add_term(&product, kernel, (size_t)i * kernel->columns, pixel_window(s, above, x),
                     pixel_stride(net), (size_t)kernel->columns * net->channels);
    }
    product.sum = v;
    product.rectified = rectified;
    pg_multiply(&product);
}

/* Reads a row of every map into planes, image by image as it lies in memory. */
static void copy_map_row(const pg_stacks *s, int y)
{
    const pg_packed *net = s->net;
    size_t features = (size_t)net->features, width = (size_t)net->width;
    for (size_t i = 0; i < s->count; i++) {
        const float *row = s->maps + (i * net->height + (size_t)y) * width * features;
        for (int x = 0; x < net->width; x++)
            memcpy(plane_at(s, s->map, x) + i * net->feature_stride, row + (size_t)x * features,
                   features * sizeof(float));
    }
}

/* Where v enters the first block at column x of row y, rectified; NULL where there is none. */
static float *first_entrance(const pg_stacks *s, int y, int x)
{
    return s->net->blocks > 0 ? plane_at(s, vertical_row(s, 0, y), x) : NULL;
}

/* bridge = vh(v) + bias[1] + map, then v += map. */
static void cross_with_map(const pg_stacks *s, int y, int x, float *v, float *bridge)
{
    const float *map = plane_at(s, s->map, x);
    pg_product product;
    start_product(s, &product, &s->net->first_vh, bias_plane(s, 1), map);
    product.second_stride = product.stride;
    add_plane(s, &product, &s->net->first_vh, 0, v);
    product.sum = bridge;
    pg_multiply(&product);

    product.first = v;
    product.term_count = 0;
    product.sum = v;
    product.rectified = first_entrance(s, y, x);
    pg_multiply(&product);
}

static void first_layer_row(const pg_stacks *s, int y)
{
    const pg_packed *net = s->net;
    if (net->has_map) copy_map_row(s, y);
    for (int x = 0; x < net->width; x++) {
        float *v = plane_at(s, s->v, x), *bridge = plane_at(s, s->bridge[0], x);
        apply_first_v(s, y, x, v, net->has_map ? NULL : first_entrance(s, y, x));
        if (net->has_map)
            cross_with_map(s, y, x, v, bridge);
        else
            apply_pointwise(s, &net->first_vh, bias_plane(s, 1), v, bridge, NULL);
    }
}

/* inner = relu(conv_v(relu(v)) + bias) at (y, x); taps outside the image are left out. */
static void apply_block_v(const pg_stacks *s, int block, int y, int x)
{
    const pg_packed_kernel *kernel = &s->net->block[block].v;
    pg_product product;
    start_product(s, &product, kernel, bias_plane(s, 2 + 2 * block), NULL);
    for (int i = 0; i < kernel->rows; i++) {
        int row = y - (kernel->rows - 1 - i) * kernel->dilation;
        if (row < 0) continue;
        float *entering = vertical_row(s, block, row);
        for (int j = 0; j < kernel->columns; j++) {
            int column = x + (j - kernel->columns / 2) * kernel->dilation;
            if (column >= 0 && column < s->net->width)
                add_plane(s, &product, kernel, (size_t)(i * kernel->columns + j),
                          plane_at(s, entering, column));
        }
    }
    product.rectified = s->inner;
    pg_multiply(&product);
}

static void block_row(const pg_stacks *s, int block, int y)
{
    const pg_packed *net = s->net;
    const pg_packed_block *layers = &net->block[block];
    float *leaving = block + 1 < net->blocks ? vertical_row(s, block + 1, y) : NULL;
    for (int x = 0; x < net->width; x++) {
        apply_block_v(s, block, y, x);
        apply_pointwise(s, &layers->vh, bias_plane(s, 3 + 2 * block), s->inner,
                        plane_at(s, s->bridge[block + 1], x), NULL);
        if (!leaving) continue;
        float *v = plane_at(s, s->v, x);
        apply_pointwise(s, &layers->out_v, v, s->inner, v, plane_at(s, leaving, x));
    }
}

void pg_stacks_row(pg_stacks *stacks, int y)
{
    first_layer_row(stacks, y);
    for (int l = 0; l < stacks->net->blocks; l++)
        block_row(stacks, l, y);
}

/* h = conv_h(t) + bridge: the kernel's row is one term. */
static void apply_first_h(const pg_stacks *s, int y, int x)
{
    const pg_packed *net = s->net;
    const pg_packed_kernel *kernel = &net->first_h;
    pg_product product;
    start_product(s, &product, kernel, plane_at(s, s->bridge[0], x), NULL);
    if (kernel->columns > 0)
        add_term(&product, kernel, 0, pixel_window(s, y, x), pixel_stride(net),
                 (size_t)kernel->columns * net->channels);
    product.sum = s->h;
    product.rectified = plane_at(s, s->horizontal[0], x);
    pg_multiply(&product);
}

/* inner = relu(conv_h(relu(h)) + bridge). */
static void apply_block_h(const pg_stacks *s, int block, int x)
{
    const pg_packed_kernel *kernel = &s->net->block[block].h;
    pg_product product;
    start_product(s, &product, kernel, plane_at(s, s->bridge[block + 1], x), NULL);
    for (int j = 0; j < kernel->columns; j++) {
        int column = x - (kernel->columns - 1 - j) * kernel->dilation;
        if (column >= 0)
            add_plane(s, &product, kernel, (size_t)j, plane_at(s, s->horizontal[block], column));
    }
    product.rectified = s->inner;
    pg_multiply(&product);
}

const float *pg_stacks_pixel(pg_stacks *s, int y, int x)
{
    const pg_packed *net = s->net;
    apply_first_h(s, y, x);
    for (int l = 0; l < net->blocks; l++) {
        apply_block_h(s, l, x);
        apply_pointwise(s, &net->block[l].out_h, s->h, s->inner, s->h,
                        plane_at(s, s->horizontal[l + 1], x));
    }
    apply_pointwise(s, &net->out1, bias_plane(s, 2 + 2 * net->blocks),
                    plane_at(s, s->horizontal[net->blocks], x), NULL, s->inner);
    apply_pointwise(s, &net->out2, NULL, s->inner, s->logits, NULL);
    return s->logits;
}

void pg_stacks_put(pg_stacks *s, size_t image, int y, int x, const uint8_t *pixel)
{
    const pg_packed *net = s->net;
    float *place = pixel_window(s, y, x + net->radius) + image * pixel_stride(net);
    for (int c = 0; c < net->channels; c++)
        place[c] = pg_likelihood_shown(net->byte_zero, net->byte_step, pixel[c]);
}
