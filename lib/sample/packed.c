#include "sample/packed.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "sample/product.h"

enum { MAX_KERNELS = 3 + 5 * PG_MAX_BLOCKS + 2 };

typedef struct pair {
    const pg_kernel *from;
    pg_packed_kernel *to;
} pair;

static size_t panels_of(int outputs)
{
    return ((size_t)outputs + PG_LANES - 1) / PG_LANES;
}

static size_t list_kernels(const pg_pixelcnn *net, pg_packed *packed, pair *list)
{
    size_t n = 0;
    list[n++] = (pair){&net->first_v, &packed->first_v};
    list[n++] = (pair){&net->first_h, &packed->first_h};
    list[n++] = (pair){&net->first_vh, &packed->first_vh};
    for (int l = 0; l < net->blocks; l++) {
        const pg_pixelcnn_block *from = &net->block[l];
        pg_packed_block *to = &packed->block[l];
        list[n++] = (pair){&from->v, &to->v};
        list[n++] = (pair){&from->h, &to->h};
        list[n++] = (pair){&from->vh, &to->vh};
        if (from->out_v.weight) list[n++] = (pair){&from->out_v, &to->out_v};
        list[n++] = (pair){&from->out_h, &to->out_h};
    }
    list[n++] = (pair){&net->out1, &packed->out1};
    list[n++] = (pair){&net->out2, &packed->out2};
    return n;
}

static void describe(const pg_kernel *from, pg_packed_kernel *to)
{
    to->rows = from->rows;
    to->columns = from->columns;
    to->dilation = from->dilation;
    to->in = (size_t)from->in;
    to->panels = panels_of(from->out);
    to->panel_stride = (size_t)from->rows * from->columns * from->in * PG_LANES;
}

static void fill(const pg_kernel *from, pg_packed_kernel *to)
{
    size_t depth = to->panel_stride / PG_LANES;
    for (size_t k = 0; k < depth; k++)
        for (int o = 0; o < from->out; o++)
            to->weight[o / PG_LANES * to->panel_stride + k * PG_LANES + o % PG_LANES] =
                from->weight[k * from->out + o];
    if (from->bias) memcpy(to->bias, from->bias, (size_t)from->out * sizeof(float));
}

/* The first layer multiplies whole kernel rows at once, the blocks single taps. */
static bool fits(const pg_pixelcnn *net)
{
    bool ok = net->radius <= PG_MAX_TERMS && net->blocks <= PG_MAX_BLOCKS;
    for (int l = 0; ok && l < net->blocks; l++)
        ok = net->block[l].v.rows * net->block[l].v.columns <= PG_MAX_TERMS &&
             net->block[l].h.columns <= PG_MAX_TERMS;
    return ok;
}

static void copy_shape(const pg_pixelcnn *net, pg_packed *packed)
{
    packed->height = net->height;
    packed->width = net->width;
    packed->channels = net->channels;
    packed->features = net->features;
    packed->blocks = net->blocks;
    packed->outputs = net->outputs;
    packed->radius = net->radius;
    packed->slots = net->slots;
    packed->has_map = net->has_map;
    packed->byte_zero = net->byte_zero;
    packed->byte_step = net->byte_step;
    packed->feature_stride = panels_of(net->features) * PG_LANES;
    packed->output_stride = panels_of(net->outputs) * PG_LANES;
}

pg_status pg_packed_create(const pg_pixelcnn *net, pg_packed **result, pg_error *err)
{
    *result = NULL;
    if (!fits(net))
        return pg_fail(err, PG_ERR_LIMIT, "sampler: a kernel has more than %d taps", PG_MAX_TERMS);
    pg_packed *packed = calloc(1, sizeof *packed);
    if (!packed) return pg_fail(err, PG_ERR_MEMORY, "sampler: out of memory");
    copy_shape(net, packed);
    pair list[MAX_KERNELS];
    size_t count = list_kernels(net, packed, list), size = 0;
    for (size_t i = 0; i < count; i++) {
        pg_packed_kernel *to = list[i].to;
        describe(list[i].from, to);
        size += to->panels * (to->panel_stride + PG_LANES);
    }
    packed->memory = pg_allocate(size, sizeof(float));
    if (!packed->memory) {
        pg_packed_free(packed);
        return pg_fail(err, PG_ERR_MEMORY, "sampler: no memory for %zu weights", size);
    }
    float *next = packed->memory;
    for (size_t i = 0; i < count; i++) {
        pg_packed_kernel *to = list[i].to;
        to->weight = next;
        to->bias = to->weight + to->panels * to->panel_stride;
        next = to->bias + to->panels * PG_LANES;
        fill(list[i].from, to);
    }
    *result = packed;
    return PG_OK;
}

void pg_packed_free(pg_packed *packed)
{
    if (!packed) return;
    free(packed->memory);
    free(packed);
}
