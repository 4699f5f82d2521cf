/* Convolution of bfloat16 by oneDNN. All that differs between its versions 2
 * and 3 is in the section "descriptors".
 *
 * Primitives are made by the worker that executes them, while OpenMP shows
 * that worker one thread; weights are repacked to the layout each pass prefers
 * when they change, and weight gradients are summed in theirs. */
#include <config.h>

#include <oneapi/dnnl/dnnl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/conv_backend.h"
#include "nn/elementwise.h"

enum { X, W, B, Y, SCRATCH, ARGUMENTS }; /* operands of a pass */

enum { CODE_BYTES = 32 << 20 }; /* more than the code of a primitive takes */

/* One primitive with its operands; X, W, Y stand for their gradients too. */
typedef struct pass {
    dnnl_primitive_t primitive;
    dnnl_memory_t memory[ARGUMENTS];
    dnnl_exec_arg_t arguments[ARGUMENTS];
    int argument_count;
    dnnl_primitive_t repack; /* plain weights to W, or the gradient W to plain */
    dnnl_memory_t plain;
    void *weights; /* W in the layout of this pass */
    size_t weight_bytes;
    void *scratch;
} pass;

typedef struct dnnl_conv {
    pg_conv_shape shape;
    pg_conv_options options;
    dnnl_stream_t stream;
    pass forward, backward_data, backward_weights;
    float *gradient; /* sum of backward_weights.weights, same layout */
    size_t gradient_count;
    bool fresh; /* the gradient holds nothing yet */
} dnnl_conv;

/* ---- The engine: one for the process. ---- */

static dnnl_engine_t engine;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

/* oneDNN listens to variables of the environment. With ONEDNN_VERBOSE it would print on standard
 * output, into codes, tables and models; with ONEDNN_JIT_DUMP it would leave files. */
static void create_engine(void)
{
    dnnl_set_verbose(0);
    dnnl_set_jit_dump(0);
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success) engine = NULL;
}

/* ---- Descriptors ---- */

typedef enum pass_kind { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS } pass_kind;

/* Geometry in oneDNN's terms. */
typedef struct geometry {
    dnnl_dims_t x, w, b, y, stride, dilation, pad_before, pad_after;
} geometry;

static geometry make_geometry(const pg_conv_shape *s)
{
    return (geometry){
        .x = {s->images, s->in, s->height, s->width},
        .w = {s->out, s->in, s->rows, s->columns},
        .b = {s->out},
        .y = {s->images, s->out, s->out_height, s->out_width},
        .stride = {s->stride, s->stride},
        .dilation = {s->dilation - 1, s->dilation - 1},
        .pad_before = {s->pad_top, s->pad_left},
        .pad_after = {pg_conv_pad_bottom(s), pg_conv_pad_right(s)},
    };
}

#if DNNL_VERSION_MAJOR >= 3

typedef dnnl_memory_desc_t memory_layout;
typedef const_dnnl_memory_desc_t const_memory_layout;
#define LAYOUT(m) (m)
#define release_layout(m) dnnl_memory_desc_destroy(m)
#define PLAIN_WEIGHTS dnnl_hwio

static dnnl_status_t make_layout(memory_layout *m, int rank, const dnnl_dims_t dims,
                                 dnnl_data_type_t type, dnnl_format_tag_t tag)
{
    return dnnl_memory_desc_create_with_tag(m, rank, dims, type, tag);
}

static size_t layout_bytes(const_memory_layout m)
{
    return dnnl_memory_desc_get_size(m);
}

static dnnl_status_t describe(dnnl_primitive_desc_t *desc, pass_kind kind, const geometry *g,
                              bool bias, const memory_layout *m, const_dnnl_primitive_attr_t attr,
                              const_dnnl_primitive_desc_t hint)
{
    if (kind == FORWARD)
        return dnnl_convolution_forward_primitive_desc_create(
            desc, engine, dnnl_forward_training, dnnl_convolution_direct, m[X], m[W],
            bias ? m[B] : NULL, m[Y], g->stride, g->dilation, g->pad_before, g->pad_after, attr);
    if (kind == BACKWARD_DATA)
        return dnnl_convolution_backward_data_primitive_desc_create(
            desc, engine, dnnl_convolution_direct, m[X], m[W], m[Y], g->stride, g->dilation,
            g->pad_before, g->pad_after, hint, attr);
    return dnnl_convolution_backward_weights_primitive_desc_create(
        desc, engine, dnnl_convolution_direct, m[X], m[W], NULL, m[Y], g->stride, g->dilation,
        g->pad_before, g->pad_after, hint, attr);
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1, 0, dnnl_data_type_undef);
}

static dnnl_status_t append_relu(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, 0, 0);
}

#else

typedef dnnl_memory_desc_t memory_layout;
typedef const dnnl_memory_desc_t *const_memory_layout;
#define LAYOUT(m) (&(m))
#define release_layout(m) ((void)(m))
#define PLAIN_WEIGHTS dnnl_hwio

static dnnl_status_t make_layout(memory_layout *m, int rank, const dnnl_dims_t dims,
                                 dnnl_data_type_t type, dnnl_format_tag_t tag)
{
    return dnnl_memory_desc_init_by_tag(m, rank, dims, type, tag);
}

static size_t layout_bytes(const_memory_layout m)
{
    return dnnl_memory_desc_get_size(m);
}

static dnnl_status_t describe(dnnl_primitive_desc_t *desc, pass_kind kind, const geometry *g,
                              bool bias, const memory_layout *m, const_dnnl_primitive_attr_t attr,
                              const_dnnl_primitive_desc_t hint)
{
    dnnl_convolution_desc_t c;
    dnnl_status_t status;
    if (kind == FORWARD)
        status = dnnl_dilated_convolution_forward_desc_init(
            &c, dnnl_forward_training, dnnl_convolution_direct, &m[X], &m[W], bias ? &m[B] : NULL,
            &m[Y], g->stride, g->dilation, g->pad_before, g->pad_after);
    else if (kind == BACKWARD_DATA)
        status = dnnl_dilated_convolution_backward_data_desc_init(
            &c, dnnl_convolution_direct, &m[X], &m[W], &m[Y], g->stride, g->dilation, g->pad_before,
            g->pad_after);
    else
        status = dnnl_dilated_convolution_backward_weights_desc_init(
            &c, dnnl_convolution_direct, &m[X], &m[W], NULL, &m[Y], g->stride, g->dilation,
            g->pad_before, g->pad_after);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(desc, &c, attr, engine, hint);
}

static dnnl_status_t append_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1);
}

static dnnl_status_t append_relu(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0);
}

#endif

/* ---- Making a pass ---- */

#define TRY(call)                                                                                  \
    do {                                                                                           \
        dnnl_status_t status__ = (call);                                                           \
        if (status__ != dnnl_success) return status__;                                             \
    } while (0)

/* oneDNN writes the code of a primitive without asking whether it got the memory for it. */
static dnnl_status_t create_primitive(dnnl_primitive_t *primitive, const_dnnl_primitive_desc_t desc)
{
    if (!pg_has_room(CODE_BYTES)) return dnnl_out_of_memory;
    return dnnl_primitive_create(primitive, desc);
}

/* Channels last; of exactly 16 channels that is also one block of 16, for which oneDNN has faster
 * kernels. */
static dnnl_format_tag_t image_layout(const geometry *g)
{
    return g->x[1] == 16 && g->y[1] == 16 ? dnnl_nChw16c : dnnl_nhwc;
}

/* Types of the operands: bfloat16 but for the bias, a wide y and the weights' gradient. */
static dnnl_data_type_t operand_type(const pg_conv_options *options, pass_kind kind, int operand)
{
    if (operand == B) return dnnl_f32;
    if (operand == Y && kind == FORWARD && options->wide) return dnnl_f32;
    if (operand == W && kind == BACKWARD_WEIGHTS) return dnnl_f32;
    return dnnl_bf16;
}

/* Layouts of x, weights (oneDNN's choice), bias and y. */
static dnnl_status_t make_layouts(const geometry *g, const pg_conv_options *options, pass_kind kind,
                                  memory_layout *m)
{
    dnnl_format_tag_t image = image_layout(g);
    TRY(make_layout(&m[X], 4, g->x, operand_type(options, kind, X), image));
    TRY(make_layout(&m[W], 4, g->w, operand_type(options, kind, W), dnnl_format_tag_any));
    TRY(make_layout(&m[B], 1, g->b, operand_type(options, kind, B), dnnl_a));
    return make_layout(&m[Y], 4, g->y, operand_type(options, kind, Y), image);
}

static dnnl_status_t make_attributes(const pg_conv_options *options, pass_kind kind,
                                     dnnl_primitive_attr_t *attr)
{
    TRY(dnnl_primitive_attr_create(attr));
    TRY(dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user));
#if DNNL_VERSION_MAJOR > 2 || DNNL_VERSION_MINOR >= 5
    /* Whatever ONEDNN_DEFAULT_FPMATH_MODE says: precision is a setting of ours. */
    TRY(dnnl_primitive_attr_set_fpmath_mode(*attr, dnnl_fpmath_mode_strict));
#endif
    if (kind != FORWARD || (!options->accumulate && !options->relu)) return dnnl_success;
    dnnl_post_ops_t ops;
    TRY(dnnl_post_ops_create(&ops));
    if (options->accumulate) TRY(append_sum(ops));
    if (options->relu) TRY(append_relu(ops));
    TRY(dnnl_primitive_attr_set_post_ops(*attr, ops));
    return dnnl_post_ops_destroy(ops);
}

/* A memory object over data (oneDNN takes NULL as "none yet"). */
static dnnl_status_t make_memory(dnnl_memory_t *memory, const_memory_layout layout, void *data)
{
    return dnnl_memory_create(memory, layout, engine, data);
}

static void add_argument(pass *p, int name, int operand)
{
    p->arguments[p->argument_count++] = (dnnl_exec_arg_t){name, p->memory[operand]};
}

static dnnl_status_t make_repack(pass *p, const geometry *g, const_memory_layout packed,
                                 bool to_plain)
{
    memory_layout plain;
    dnnl_primitive_desc_t desc;
    TRY(make_layout(&plain, 4, g->w, dnnl_f32, PLAIN_WEIGHTS));
    TRY(make_memory(&p->plain, LAYOUT(plain), NULL));
    TRY(dnnl_reorder_primitive_desc_create(&desc, to_plain ? packed : LAYOUT(plain), engine,
                                           to_plain ? LAYOUT(plain) : packed, engine, NULL));
    TRY(create_primitive(&p->repack, desc));
    release_layout(plain);
    return dnnl_primitive_desc_destroy(desc);
}

static dnnl_status_t make_operands(pass *p, pass_kind kind, bool bias, const memory_layout *m,
                                   const_dnnl_primitive_desc_t desc, const geometry *g)
{
    const_memory_layout packed = dnnl_primitive_desc_query_md(
        desc, kind == BACKWARD_WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
    const_memory_layout scratch = dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);
    p->weight_bytes = layout_bytes(packed);
    p->weights = pg_allocate(p->weight_bytes, 1);
    p->scratch = pg_allocate(layout_bytes(scratch), 1);
    if (!p->weights || !p->scratch) return dnnl_out_of_memory;
    TRY(make_memory(&p->memory[X], LAYOUT(m[X]), NULL));
    TRY(make_memory(&p->memory[W], packed, p->weights));
    TRY(make_memory(&p->memory[Y], LAYOUT(m[Y]), NULL));
    TRY(make_memory(&p->memory[SCRATCH], scratch, p->scratch));
    add_argument(p, kind == BACKWARD_DATA ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, X);
    add_argument(p, kind == BACKWARD_WEIGHTS ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, W);
    add_argument(p, kind == FORWARD ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, Y);
    add_argument(p, DNNL_ARG_SCRATCHPAD, SCRATCH);
    if (bias) {
        TRY(make_memory(&p->memory[B], LAYOUT(m[B]), NULL));
        add_argument(p, DNNL_ARG_BIAS, B);
    }
    return make_repack(p, g, packed, kind == BACKWARD_WEIGHTS);
}

/* hint is the forward description, which the backward passes ask for. */
static dnnl_status_t make_pass(pass *p, pass_kind kind, const geometry *g,
                               const pg_conv_options *options, const_dnnl_primitive_desc_t hint,
                               dnnl_primitive_desc_t *keep)
{
    memory_layout m[ARGUMENTS];
    dnnl_primitive_attr_t attr;
    dnnl_primitive_desc_t desc;
    bool bias = kind == FORWARD && options->bias;
    TRY(make_layouts(g, options, kind, m));
    TRY(make_attributes(options, kind, &attr));
    dnnl_status_t status = describe(&desc, kind, g, bias, m, attr, hint);
    if (status == dnnl_success) {
        TRY(create_primitive(&p->primitive, desc));
        TRY(make_operands(p, kind, bias, m, desc, g));
        if (keep)
            *keep = desc;
        else
            TRY(dnnl_primitive_desc_destroy(desc));
    }
    for (int i = 0; i < SCRATCH; i++)
        release_layout(m[i]);
    TRY(dnnl_primitive_attr_destroy(attr));
    return status;
}

static dnnl_status_t make_backward(dnnl_conv *conv, const geometry *g,
                                   const_dnnl_primitive_desc_t hint)
{
    const pg_conv_options *options = &conv->options;
    if (options->backward_data)
        TRY(make_pass(&conv->backward_data, BACKWARD_DATA, g, options, hint, NULL));
    if (!options->backward_weights) return dnnl_success;
    TRY(make_pass(&conv->backward_weights, BACKWARD_WEIGHTS, g, options, hint, NULL));
    conv->gradient_count = conv->backward_weights.weight_bytes / sizeof(float);
    conv->gradient = pg_allocate(conv->gradient_count, sizeof(float));
    return conv->gradient ? dnnl_success : dnnl_out_of_memory;
}

static dnnl_status_t make_passes(dnnl_conv *conv)
{
    geometry g = make_geometry(&conv->shape);
    dnnl_primitive_desc_t hint;
    TRY(dnnl_stream_create(&conv->stream, engine, dnnl_stream_default_flags));
    TRY(make_pass(&conv->forward, FORWARD, &g, &conv->options, NULL, &hint));
    dnnl_status_t status = make_backward(conv, &g, hint);
    TRY(dnnl_primitive_desc_destroy(hint));
    return status;
}

static void free_pass(pass *p)
{
    if (p->primitive) dnnl_primitive_destroy(p->primitive);
    if (p->repack) dnnl_primitive_destroy(p->repack);
    if (p->plain) dnnl_memory_destroy(p->plain);
    for (int i = 0; i < ARGUMENTS; i++)
        if (p->memory[i]) dnnl_memory_destroy(p->memory[i]);
    free(p->weights);
    free(p->scratch);
}

static void dnnl_conv_release(void *state)
{
    dnnl_conv *conv = state;
    if (!conv) return;
    free_pass(&conv->forward);
    free_pass(&conv->backward_data);
    free_pass(&conv->backward_weights);
    if (conv->stream) dnnl_stream_destroy(conv->stream);
    free(conv->gradient);
    free(conv);
}

static pg_status dnnl_conv_create(const pg_conv_shape *shape, const pg_conv_options *options,
                                  void **state, pg_error *err)
{
    pthread_once(&engine_once, create_engine);
    dnnl_conv *conv = pg_allocate(1, sizeof *conv);
    if (!conv) return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
    conv->shape = *shape;
    conv->options = *options;
    conv->fresh = true;
    dnnl_status_t status = engine ? make_passes(conv) : dnnl_runtime_error;
    if (status == dnnl_success) {
        *state = conv;
        return PG_OK;
    }
    dnnl_conv_release(conv);
    if (status == dnnl_out_of_memory)
        return pg_fail(err, PG_ERR_MEMORY, "convolution: out of memory");
    return pg_fail(
        err, PG_ERR_UNSUPPORTED,
        "convolution: oneDNN has no bfloat16 code for %dx%d taps on %dx%dx%d (status %d)",
        shape->rows, shape->columns, shape->height, shape->width, shape->in, (int)status);
}

/* ---- The passes ---- */

/* oneDNN can only fail here on misuse, which the tests would show. */
static void set_data(dnnl_memory_t memory, const void *data)
{
    (void)dnnl_memory_set_data_handle(memory, (void *)data);
}

static void execute(dnnl_conv *conv, pass *p, const void *x, const void *y)
{
    set_data(p->memory[X], x);
    set_data(p->memory[Y], y);
    (void)dnnl_primitive_execute(p->primitive, conv->stream, p->argument_count, p->arguments);
}

static void repack(dnnl_conv *conv, pass *p, dnnl_memory_t from, dnnl_memory_t to)
{
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    (void)dnnl_primitive_execute(p->repack, conv->stream, 2, arguments);
}

static void load_pass(dnnl_conv *conv, pass *p, const float *weight)
{
    if (!p->primitive) return;
    set_data(p->plain, weight);
    repack(conv, p, p->plain, p->memory[W]);
}

static void dnnl_conv_load(void *state, const float *weight)
{
    dnnl_conv *conv = state;
    load_pass(conv, &conv->forward, weight);
    load_pass(conv, &conv->backward_data, weight);
}

static void dnnl_conv_forward(void *state, const void *x, const float *bias, void *y)
{
    dnnl_conv *conv = state;
    if (conv->options.bias) set_data(conv->forward.memory[B], bias);
    execute(conv, &conv->forward, x, y);
}

static void dnnl_conv_backward_data(void *state, const void *dy, void *dx)
{
    dnnl_conv *conv = state;
    execute(conv, &conv->backward_data, dx, dy);
}

static void dnnl_conv_backward_weights(void *state, const void *x, const void *dy)
{
    dnnl_conv *conv = state;
    pass *p = &conv->backward_weights;
    set_data(p->memory[W], conv->fresh ? conv->gradient : p->weights);
    execute(conv, p, x, dy);
    if (!conv->fresh) pg_add(conv->gradient_count, p->weights, conv->gradient);
    conv->fresh = false;
}

static void dnnl_conv_take_gradient(void *state, float *dweight)
{
    dnnl_conv *conv = state;
    const pg_conv_shape *s = &conv->shape;
    pass *p = &conv->backward_weights;
    if (conv->fresh) {
        memset(dweight, 0, sizeof(float) * s->rows * s->columns * s->in * s->out);
        return;
    }
    set_data(p->memory[W], conv->gradient);
    set_data(p->plain, dweight);
    repack(conv, p, p->memory[W], p->plain);
    conv->fresh = true;
}

bool pg_conv_dnnl_has_half(void)
{
    unsigned wanted = dnnl_cpu_isa_avx512_core_bf16; /* a set of features, as bits */
    return ((unsigned)dnnl_get_effective_cpu_isa() & wanted) == wanted;
}

const pg_conv_backend_ops pg_conv_dnnl = {
    dnnl_conv_create,        dnnl_conv_release,          dnnl_conv_load,          dnnl_conv_forward,
    dnnl_conv_backward_data, dnnl_conv_backward_weights, dnnl_conv_take_gradient, NULL,
};
