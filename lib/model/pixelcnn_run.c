#include "model/pixelcnn_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/blas.h"
#include "nn/conv.h"
#include "nn/elementwise.h"
#include "nn/passes.h"

/* One residual block: what the backward pass needs of the forward one. */
typedef struct block_run {
    pg_conv *v, *h, *vh, *out_v, *out_h;
    float *relu_v, *relu_h;         /* inputs after ReLU */
    float *a, *b;                   /* inner activations of both stacks */
    float *out_v_bias, *out_h_bias; /* gradients, features */
} block_run;

struct pg_pixelcnn_run {
    const pg_pixelcnn *net;
    const pg_passes *passes; /* how what convolutions read is stored ("stored" below) */
    bool training;
    size_t positions; /* H x W */
    const float *target;
    pg_conv *first_v, *first_h, *first_vh, *out1;
    block_run block[PG_MAX_BLOCKS];
    float *first; /* v before the map */
    float *v, *h; /* the two stacks as they grow; scratch on the way back */
    void *relu_h; /* of the last h, stored */
    float *u;     /* hidden layer of the output */
    float *outputs, *doutputs;
    float *dv, *dh;                 /* gradients by v and h */
    void *dv_stored, *dh_stored;    /* the same, stored */
    void *dt, *dw;                  /* gradients of branches, stored */
    float *out2_weight, *out2_bias; /* gradients */
};

/* ---- Making it ---- */

/* Offsets of the taps: every kernel ends at the current pixel, but the first
 * layer's, which end above and to the left of it; columns of a vertical kernel
 * are centred. */
static pg_conv_shape kernel_shape(const pg_pixelcnn *net, const pg_kernel *kernel, bool first)
{
    bool vertical = kernel->columns % 2 == 1 && kernel->columns > 1;
    if (first) vertical = kernel == &net->first_v;
    return (pg_conv_shape){
        .images = 1,
        .height = net->height,
        .width = net->width,
        .in = kernel->in,
        .out = kernel->out,
        .rows = kernel->rows,
        .columns = kernel->columns,
        .stride = 1,
        .dilation = kernel->dilation,
        .pad_top = (kernel->rows - 1) * kernel->dilation + (first && vertical),
        .pad_left = vertical ? kernel->columns / 2 * kernel->dilation
                             : (kernel->columns - 1) * kernel->dilation + first,
        .out_height = net->height,
        .out_width = net->width,
    };
}

/* The first layer and what it feeds through vh stay float32. */
static bool is_float(const pg_pixelcnn_run *run, const pg_kernel *kernel)
{
    const pg_pixelcnn *net = run->net;
    return !run->passes->half || kernel == &net->first_v || kernel == &net->first_h ||
           kernel == &net->first_vh;
}

/* What accumulates without ReLU is a residual stream; that and the hidden layer
 * of the output are float32. */
static pg_status make_conv(pg_pixelcnn_run *run, const pg_kernel *kernel, bool bias,
                           bool accumulate, bool relu, pg_conv **conv, pg_error *err)
{
    bool first = kernel == &run->net->first_v || kernel == &run->net->first_h;
    pg_conv_shape shape = kernel_shape(run->net, kernel, first);
    pg_conv_options options = {
        .bias = bias,
        .accumulate = accumulate,
        .relu = relu,
        .backward_data = run->training && !first,
        .backward_weights = run->training,
        .half = !is_float(run, kernel),
        .wide = (accumulate && !relu) || kernel == &run->net->out1,
    };
    return pg_conv_create(&shape, &options, conv, err);
}

static pg_status make_block_convs(pg_pixelcnn_run *run, int l, pg_error *err)
{
    const pg_pixelcnn_block *block = &run->net->block[l];
    block_run *b = &run->block[l];
    pg_status status = make_conv(run, &block->v, true, false, true, &b->v, err);
    if (status == PG_OK) status = make_conv(run, &block->h, false, false, false, &b->h, err);
    if (status == PG_OK) status = make_conv(run, &block->vh, true, true, true, &b->vh, err);
    if (status == PG_OK) status = make_conv(run, &block->out_h, true, true, false, &b->out_h, err);
    if (status == PG_OK && block->out_v.weight)
        status = make_conv(run, &block->out_v, true, true, false, &b->out_v, err);
    return status;
}

static pg_status make_convs(pg_pixelcnn_run *run, pg_error *err)
{
    const pg_pixelcnn *net = run->net;
    pg_status status = make_conv(run, &net->first_v, true, false, false, &run->first_v, err);
    if (status == PG_OK)
        status = make_conv(run, &net->first_h, false, false, false, &run->first_h, err);
    if (status == PG_OK)
        status = make_conv(run, &net->first_vh, true, true, false, &run->first_vh, err);
    for (int l = 0; status == PG_OK && l < net->blocks; l++)
        status = make_block_convs(run, l, err);
    if (status == PG_OK) status = make_conv(run, &net->out1, true, false, true, &run->out1, err);
    return status;
}

static bool take(float **memory, size_t count)
{
    *memory = pg_allocate(count, sizeof(float));
    return *memory != NULL;
}

static bool take_stored(const pg_pixelcnn_run *run, void **memory, size_t count)
{
    *memory = pg_allocate(count, run->passes->size);
    return *memory != NULL;
}

/* A stored copy of gradients that are float32 themselves. */
static bool take_copy(const pg_pixelcnn_run *run, float *original, void **copy, size_t count)
{
    if (run->passes->half) return take_stored(run, copy, count);
    *copy = original;
    return true;
}

static bool take_block_memory(pg_pixelcnn_run *run, int l)
{
    size_t maps = run->positions * run->net->features;
    block_run *b = &run->block[l];
    bool ok =
        take(&b->relu_v, maps) && take(&b->relu_h, maps) && take(&b->a, maps) && take(&b->b, maps);
    return ok && take(&b->out_v_bias, run->net->features) &&
           take(&b->out_h_bias, run->net->features);
}

static bool take_memory(pg_pixelcnn_run *run)
{
    const pg_pixelcnn *net = run->net;
    size_t maps = run->positions * net->features, outputs = run->positions * net->outputs;
    bool ok = take(&run->first, maps) && take(&run->v, maps) && take(&run->h, maps) &&
              take_stored(run, &run->relu_h, maps) && take(&run->u, maps) &&
              take(&run->outputs, outputs);
    for (int l = 0; ok && l < net->blocks; l++)
        ok = take_block_memory(run, l);
    if (!ok || !run->training) return ok;
    return take(&run->doutputs, outputs) && take(&run->dv, maps) && take(&run->dh, maps) &&
           take_copy(run, run->dv, &run->dv_stored, maps) &&
           take_copy(run, run->dh, &run->dh_stored, maps) && take_stored(run, &run->dt, maps) &&
           take_stored(run, &run->dw, maps) &&
           take(&run->out2_weight, (size_t)net->features * net->outputs) &&
           take(&run->out2_bias, net->outputs);
}

pg_status pg_pixelcnn_run_create(const pg_pixelcnn *net, bool training, bool half,
                                 pg_pixelcnn_run **result, pg_error *err)
{
    *result = NULL;
    pg_pixelcnn_run *run = pg_allocate(1, sizeof *run);
    if (!run) return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory");
    run->net = net;
    run->training = training;
    run->passes = half ? &pg_passes_half : &pg_passes_float;
    run->positions = (size_t)net->height * net->width;
    pg_status status = take_memory(run)
                           ? make_convs(run, err)
                           : pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for an image");
    if (status != PG_OK) {
        pg_pixelcnn_run_free(run);
        return status;
    }
    pg_pixelcnn_load(run);
    *result = run;
    return PG_OK;
}

static void free_block(block_run *b)
{
    pg_conv *const convs[] = {b->v, b->h, b->vh, b->out_v, b->out_h};
    void *const memory[] = {b->relu_v, b->relu_h, b->a, b->b, b->out_v_bias, b->out_h_bias};
    for (size_t i = 0; i < sizeof convs / sizeof *convs; i++)
        pg_conv_free(convs[i]);
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
}

void pg_pixelcnn_run_free(pg_pixelcnn_run *run)
{
    if (!run) return;
    pg_conv *const convs[] = {run->first_v, run->first_h, run->first_vh, run->out1};
    void *const memory[] = {
        run->first, run->v,  run->h,       run->relu_h,   run->u,           run->dv,       run->dh,
        run->dt,    run->dw, run->outputs, run->doutputs, run->out2_weight, run->out2_bias};
    if (run->dv_stored != run->dv) free(run->dv_stored);
    if (run->dh_stored != run->dh) free(run->dh_stored);
    for (int l = 0; l < run->net->blocks; l++)
        free_block(&run->block[l]);
    for (size_t i = 0; i < sizeof convs / sizeof *convs; i++)
        pg_conv_free(convs[i]);
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    free(run);
}

/* Calls do_this for every convolution and its kernel. */
static void each_conv(pg_pixelcnn_run *run, void (*do_this)(pg_conv *, const pg_kernel *, void *),
                      void *with)
{
    const pg_pixelcnn *net = run->net;
    do_this(run->first_v, &net->first_v, with);
    do_this(run->first_h, &net->first_h, with);
    do_this(run->first_vh, &net->first_vh, with);
    for (int l = 0; l < net->blocks; l++) {
        block_run *b = &run->block[l];
        const pg_pixelcnn_block *block = &net->block[l];
        do_this(b->v, &block->v, with);
        do_this(b->h, &block->h, with);
        do_this(b->vh, &block->vh, with);
        do_this(b->out_h, &block->out_h, with);
        if (b->out_v) do_this(b->out_v, &block->out_v, with);
    }
    do_this(run->out1, &net->out1, with);
}

static void load_conv(pg_conv *conv, const pg_kernel *kernel, void *unused)
{
    (void)unused;
    pg_conv_load(conv, kernel->weight);
}

void pg_pixelcnn_load(pg_pixelcnn_run *run)
{
    each_conv(run, load_conv, NULL);
}

/* ---- Forward ---- */

static const float *slot(const pg_pixelcnn_run *run, const float *biases, int s)
{
    return biases + (size_t)s * run->net->features;
}

static void forward_first(pg_pixelcnn_run *run, const float *biases, const float *map)
{
    size_t maps = run->positions * run->net->features;
    pg_conv_forward(run->first_v, run->target, slot(run, biases, 0), run->first);
    pg_conv_forward(run->first_h, run->target, NULL, run->h);
    pg_conv_forward(run->first_vh, run->first, slot(run, biases, 1), run->h);
    if (map) {
        run->passes->add_relu(maps, run->first, map, run->v, run->block[0].relu_v);
        run->passes->add_relu(maps, run->h, map, run->h, run->block[0].relu_h);
        return;
    }
    memcpy(run->v, run->first, maps * sizeof *run->v);
    run->passes->relu(maps, run->v, run->block[0].relu_v);
    run->passes->relu(maps, run->h, run->block[0].relu_h);
}

static void forward_block(pg_pixelcnn_run *run, int l, const float *biases)
{
    size_t maps = run->positions * run->net->features;
    const pg_pixelcnn_block *block = &run->net->block[l];
    block_run *b = &run->block[l], *next = b + 1;
    bool last = l + 1 == run->net->blocks;
    pg_conv_forward(b->v, b->relu_v, slot(run, biases, 2 + 2 * l), b->a);
    pg_conv_forward(b->h, b->relu_h, NULL, b->b);
    pg_conv_forward(b->vh, b->a, slot(run, biases, 3 + 2 * l), b->b);
    if (!last) {
        pg_conv_forward(b->out_v, b->a, block->out_v.bias, run->v);
        run->passes->relu(maps, run->v, next->relu_v);
    }
    pg_conv_forward(b->out_h, b->b, block->out_h.bias, run->h);
    run->passes->relu(maps, run->h, last ? run->relu_h : next->relu_h);
}

const float *pg_pixelcnn_forward(pg_pixelcnn_run *run, const float *target, const float *biases,
                                 const float *map)
{
    const pg_pixelcnn *net = run->net;
    run->target = target;
    forward_first(run, biases, map);
    for (int l = 0; l < net->blocks; l++)
        forward_block(run, l, biases);
    pg_conv_forward(run->out1, run->relu_h, slot(run, biases, net->slots - 1), run->u);
    pg_matmul(run->positions, net->outputs, net->features, run->u, net->out2.weight, 0,
              run->outputs);
    pg_bias(run->positions, net->outputs, net->out2.bias, 0, run->outputs);
    return run->outputs;
}

/* ---- Backward ---- */

float *pg_pixelcnn_output_gradient(pg_pixelcnn_run *run)
{
    return run->doutputs;
}

/* The gradient by the last h, in dh. */
static void backward_output(pg_pixelcnn_run *run, float *dbiases)
{
    const pg_pixelcnn *net = run->net;
    int c = net->features;
    float *below = run->block[net->blocks - 1].out_h_bias;
    float *du = run->passes->half ? run->v : run->dt;
    pg_matmul_backward_weights(run->positions, net->outputs, c, run->u, run->doutputs, 1,
                               run->out2_weight);
    pg_column_sums(run->positions, net->outputs, run->doutputs, run->out2_bias);
    pg_matmul_backward_data(run->positions, net->outputs, c, run->doutputs, net->out2.weight, 0,
                            du);
    pg_relu_backward(run->positions, c, run->u, NULL, du, dbiases + (net->slots - 1) * c);
    run->passes->store(run->positions * c, du, run->dt);
    pg_conv_backward_weights(run->out1, run->relu_h, run->dt);
    pg_conv_backward_data(run->out1, run->dt, run->dw);
    run->passes->relu_mask(run->positions, c, run->relu_h, run->dw, run->dh, run->dh_stored, below);
}

/* Horizontal stack of block l: dh by its output becomes dh by its input; leaves
 * the gradient by b in dt. sums: where the column sums of the new dh belong. */
static void backward_horizontal(pg_pixelcnn_run *run, int l, float *dbias, float *sums)
{
    int c = run->net->features;
    block_run *b = &run->block[l];
    pg_conv_backward_weights(b->out_h, b->b, run->dh_stored);
    pg_conv_backward_data(b->out_h, run->dh_stored, run->dt);
    run->passes->relu_backward(run->positions, c, b->b, NULL, run->dt, dbias);
    pg_conv_backward_weights(b->h, b->relu_h, run->dt);
    pg_conv_backward_data(b->h, run->dt, run->dw);
    run->passes->residual_backward(run->positions, c, b->relu_h, run->dw, run->dh, run->dh_stored,
                                   sums);
    pg_conv_backward_weights(b->vh, b->a, run->dt);
}

/* Vertical stack of block l: takes the gradient by b from dt, and dv by its
 * output (none in the last block); dv by its input is left in dv. */
static void backward_vertical(pg_pixelcnn_run *run, int l, float *dbias, float *sums)
{
    int c = run->net->features;
    block_run *b = &run->block[l];
    void *da = run->dw;
    pg_conv_backward_data(b->vh, run->dt, da);
    if (b->out_v) {
        pg_conv_backward_weights(b->out_v, b->a, run->dv_stored);
        pg_conv_backward_data(b->out_v, run->dv_stored, run->dt);
    }
    run->passes->relu_backward(run->positions, c, b->a, b->out_v ? run->dt : NULL, da, dbias);
    pg_conv_backward_weights(b->v, b->relu_v, da);
    pg_conv_backward_data(b->v, da, run->dt);
    if (b->out_v)
        run->passes->residual_backward(run->positions, c, b->relu_v, run->dt, run->dv,
                                       run->dv_stored, sums);
    else
        run->passes->relu_mask(run->positions, c, b->relu_v, run->dt, run->dv, run->dv_stored,
                               sums);
}

/* dh and dv hold the gradients after the map was added; slot 1 has its column
 * sums already. */
static void backward_first(pg_pixelcnn_run *run, float *dbiases, float *dmap)
{
    int c = run->net->features;
    if (dmap) pg_sum(run->positions * c, run->dh, run->dv, dmap);
    pg_conv_backward_weights(run->first_h, run->target, run->dh);
    pg_conv_backward_weights(run->first_vh, run->first, run->dh);
    pg_conv_backward_data(run->first_vh, run->dh, run->v);
    pg_add_with_sums(run->positions, c, run->v, run->dv, dbiases);
    pg_conv_backward_weights(run->first_v, run->target, run->dv);
}

void pg_pixelcnn_backward(pg_pixelcnn_run *run, float *dbiases, float *dmap)
{
    const pg_pixelcnn *net = run->net;
    int c = net->features;
    memset(dbiases, 0, (size_t)net->slots * c * sizeof *dbiases);
    backward_output(run, dbiases);
    for (int l = net->blocks - 1; l >= 0; l--) {
        /* The column sums of the gradient by a block's input are the gradient of
         * the bias that was added there: the block below's, or the first layer's. */
        float *below_h = l ? run->block[l - 1].out_h_bias : dbiases + c;
        float *below_v = l ? run->block[l - 1].out_v_bias : dbiases;
        backward_horizontal(run, l, dbiases + (3 + 2 * l) * c, below_h);
        backward_vertical(run, l, dbiases + (2 + 2 * l) * c, below_v);
    }
    memset(dbiases, 0, c * sizeof *dbiases); /* slot 0 also gets what comes through vh */
    backward_first(run, dbiases, dmap);
}

/* ---- Gradients ---- */

typedef struct gradient_target {
    const float *base;
    float *gradient;
} gradient_target;

static void take_conv(pg_conv *conv, const pg_kernel *kernel, void *with)
{
    gradient_target *target = with;
    pg_conv_take_gradient(conv, target->gradient + (kernel->weight - target->base));
}

/* Moves a sum to its place in the gradient and starts it anew. */
static void take_sum(const gradient_target *target, const float *parameter, size_t count,
                     float *sum)
{
    memcpy(target->gradient + (parameter - target->base), sum, count * sizeof *sum);
    memset(sum, 0, count * sizeof *sum);
}

void pg_pixelcnn_take_gradient(pg_pixelcnn_run *run, const float *base, float *gradient)
{
    const pg_pixelcnn *net = run->net;
    gradient_target target = {base, gradient};
    each_conv(run, take_conv, &target);
    for (int l = 0; l < net->blocks; l++) {
        const pg_pixelcnn_block *block = &net->block[l];
        take_sum(&target, block->out_h.bias, net->features, run->block[l].out_h_bias);
        if (block->out_v.weight)
            take_sum(&target, block->out_v.bias, net->features, run->block[l].out_v_bias);
    }
    take_sum(&target, net->out2.weight, (size_t)net->features * net->outputs, run->out2_weight);
    take_sum(&target, net->out2.bias, net->outputs, run->out2_bias);
}
