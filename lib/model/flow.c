#include "model/flow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/dense.h"
#include "nn/elementwise.h"

enum { LAYERS = 3, MAX_STEPS = PG_MAX_FLOW_STEPS };

/* Bound of the log scale of one step, reached smoothly: no code of a young
 * network is thrown far out. */
static const float scale_limit = 4;

/* One step: its masked network x -> hidden -> hidden -> mean, raw scale. */
typedef struct flow_step {
    int weight[LAYERS], bias[LAYERS]; /* parameters */
    float *masked[LAYERS];            /* the weights that take part */
    float *input;                     /* rows x D: what enters the step; NULL in the first */
    float *value[LAYERS];             /* rows x width: outputs of the layers */
} flow_step;

struct pg_flow_run {
    const pg_parameters *p;
    int dim, steps;
    int width[LAYERS + 1];
    flow_step step[MAX_STEPS];
    float *output;    /* rows x D: of the last step */
    float *d[LAYERS]; /* gradients by the layers' outputs */
    float *dinput;    /* rows x D */
    float *point;     /* D: one code on its way back */
};

/* ---- Masks ---- */

/* Place of dimension i in the order of a step, from 1. */
static int order(int dim, int step, int i)
{
    return step % 2 ? dim - i : i + 1;
}

/* Hidden unit k sees the dimensions up to this place: from 1 to D - 1, in turn. */
static int degree(int dim, int k)
{
    return 1 + k % (dim > 2 ? dim - 1 : 1);
}

/* Whether row and column of a layer's weights are connected. */
static bool connected(int dim, int step, int layer, int row, int column)
{
    if (layer == 0) return degree(dim, column) >= order(dim, step, row);
    if (layer == 1) return degree(dim, column) >= degree(dim, row);
    return order(dim, step, column % dim) > degree(dim, row);
}

static void apply_mask(const pg_flow_run *run, int step, int layer, const float *from, float *to)
{
    int rows = run->width[layer], columns = run->width[layer + 1];
    for (int i = 0; i < rows; i++)
        for (int k = 0; k < columns; k++, from++, to++)
            *to = connected(run->dim, step, layer, i, k) ? *from : 0;
}

/* ---- Parameters ---- */

static void set_widths(const pg_config *config, int width[LAYERS + 1])
{
    width[0] = config->code_dim;
    width[1] = width[2] = config->flow_hidden;
    width[3] = 2 * config->code_dim;
}

static void name_parameter(char name[64], int step, int layer, const char *part)
{
    snprintf(name, 64, "prior.step%d.layer%d.%s", step + 1, layer + 1, part);
}

/* The last layer starts at zero: the flow is the identity, p(z) = N(0, I). */
pg_status pg_flow_declare(const pg_config *config, pg_parameters *p, pg_error *err)
{
    int width[LAYERS + 1];
    set_widths(config, width);
    for (int s = 0; s < config->flow_steps; s++)
        for (int i = 0; i < LAYERS; i++) {
            char name[64];
            pg_initial initial = i < LAYERS - 1 ? PG_INITIAL_FAN_IN : PG_INITIAL_ZERO;
            name_parameter(name, s, i, "weight");
            int weight = pg_parameters_add(p, PG_GROUP_AUTOENCODER, initial, name, 2, &width[i]);
            name_parameter(name, s, i, "bias");
            int bias =
                pg_parameters_add(p, PG_GROUP_AUTOENCODER, PG_INITIAL_ZERO, name, 1, &width[i + 1]);
            if (weight < 0 || bias < 0)
                return pg_fail(err, PG_ERR_MEMORY, "prior: out of memory for its parameters");
        }
    return PG_OK;
}

static void find_parameters(pg_flow_run *run)
{
    for (int s = 0; s < run->steps; s++)
        for (int i = 0; i < LAYERS; i++) {
            char name[64];
            name_parameter(name, s, i, "weight");
            run->step[s].weight[i] = pg_parameters_find(run->p, name);
            name_parameter(name, s, i, "bias");
            run->step[s].bias[i] = pg_parameters_find(run->p, name);
        }
}

/* ---- Memory ---- */

static bool take(float **memory, size_t count)
{
    *memory = pg_allocate(count, sizeof(float));
    return *memory != NULL;
}

static bool plan_step(pg_flow_run *run, int s, size_t rows)
{
    flow_step *step = &run->step[s];
    bool ok = s == 0 || take(&step->input, rows * run->dim);
    for (int i = 0; ok && i < LAYERS; i++)
        ok = take(&step->masked[i], (size_t)run->width[i] * run->width[i + 1]) &&
             take(&step->value[i], rows * run->width[i + 1]);
    return ok;
}

static bool plan_memory(pg_flow_run *run, size_t rows, bool training)
{
    bool ok = take(&run->output, rows * run->dim) && take(&run->point, run->dim);
    for (int s = 0; ok && s < run->steps; s++)
        ok = plan_step(run, s, rows);
    for (int i = 0; ok && training && i < LAYERS; i++)
        ok = take(&run->d[i], rows * run->width[i + 1]);
    return ok && (!training || take(&run->dinput, rows * run->dim));
}

pg_status pg_flow_run_create(const pg_config *config, const pg_parameters *p, size_t rows,
                             bool training, pg_flow_run **result, pg_error *err)
{
    *result = NULL;
    pg_flow_run *run = pg_allocate(1, sizeof *run);
    if (!run) return pg_fail(err, PG_ERR_MEMORY, "prior: out of memory");
    run->p = p;
    run->dim = config->code_dim;
    run->steps = config->flow_steps;
    set_widths(config, run->width);
    if (!plan_memory(run, rows, training)) {
        pg_flow_run_free(run);
        return pg_fail(err, PG_ERR_MEMORY, "prior: out of memory for %zu codes", rows);
    }
    find_parameters(run);
    pg_flow_load(run);
    *result = run;
    return PG_OK;
}

void pg_flow_run_free(pg_flow_run *run)
{
    if (!run) return;
    for (int s = 0; s < run->steps; s++) {
        free(run->step[s].input);
        for (int i = 0; i < LAYERS; i++) {
            free(run->step[s].masked[i]);
            free(run->step[s].value[i]);
        }
    }
    for (int i = 0; i < LAYERS; i++)
        free(run->d[i]);
    free(run->output);
    free(run->dinput);
    free(run->point);
    free(run);
}

void pg_flow_load(pg_flow_run *run)
{
    for (int s = 0; s < run->steps; s++)
        for (int i = 0; i < LAYERS; i++)
            apply_mask(run, s, i, pg_parameter(run->p, run->step[s].weight[i]),
                       run->step[s].masked[i]);
}

/* ---- A step's network, forward and backward ---- */

static pg_dense layer_shape(const pg_flow_run *run, int i)
{
    return (pg_dense){.in = run->width[i], .out = run->width[i + 1], .relu = i < LAYERS - 1};
}

static void network_forward(pg_flow_run *run, int s, const float *x, size_t rows)
{
    flow_step *step = &run->step[s];
    for (int i = 0; i < LAYERS; i++) {
        pg_dense dense = layer_shape(run, i);
        pg_dense_forward(&dense, rows, x, step->masked[i], pg_parameter(run->p, step->bias[i]),
                         step->value[i]);
        x = step->value[i];
    }
}

/* From the gradient by the network's outputs, in d[LAYERS - 1]; adds to dx. */
static void network_backward(pg_flow_run *run, int s, const float *x, size_t rows, float *gradient,
                             float *dx)
{
    flow_step *step = &run->step[s];
    for (int i = LAYERS - 1; i >= 0; i--) {
        pg_dense dense = layer_shape(run, i);
        float *weight = pg_gradient(run->p, gradient, step->weight[i]);
        pg_dense_backward(&dense, rows, i ? step->value[i - 1] : x, step->masked[i], step->value[i],
                          run->d[i], weight, pg_gradient(run->p, gradient, step->bias[i]), i == 0,
                          i ? run->d[i - 1] : dx);
        apply_mask(run, s, i, weight, weight);
    }
}

static float log_scale(float raw)
{
    return scale_limit * tanhf(raw / scale_limit);
}

static float log_scale_slope(float scale)
{
    return 1 - scale / scale_limit * (scale / scale_limit);
}

/* ---- The flow, forward and backward ---- */

static const float *step_input(const pg_flow_run *run, int s, const float *codes)
{
    return s ? run->step[s].input : codes;
}

static float *step_output(pg_flow_run *run, int s)
{
    return s + 1 < run->steps ? run->step[s + 1].input : run->output;
}

static void step_forward(pg_flow_run *run, int s, const float *x, size_t rows, double *nats)
{
    int dim = run->dim;
    float *y = step_output(run, s);
    network_forward(run, s, x, rows);
    const float *out = run->step[s].value[LAYERS - 1];
    for (size_t r = 0; r < rows; r++, x += dim, y += dim, out += 2 * dim)
        for (int i = 0; i < dim; i++) {
            float scale = log_scale(out[dim + i]);
            y[i] = (x[i] - out[i]) * expf(-scale);
            nats[r] -= scale;
        }
}

void pg_flow_forward(pg_flow_run *run, const float *codes, size_t rows, double *nats)
{
    int dim = run->dim;
    memset(nats, 0, rows * sizeof *nats);
    for (int s = 0; s < run->steps; s++)
        step_forward(run, s, step_input(run, s, codes), rows, nats);
    for (size_t r = 0; r < rows; r++)
        for (int i = 0; i < dim; i++) {
            double y = run->output[r * dim + i];
            nats[r] -= 0.5 * (y * y + log(2 * M_PI));
        }
}

/* dy, in dinput, becomes dx; scale counts each log scale's own part. */
static void step_backward(pg_flow_run *run, int s, const float *x, size_t rows, float scale,
                          float *gradient)
{
    int dim = run->dim;
    const float *out = run->step[s].value[LAYERS - 1], *y = step_output(run, s);
    float *dout = run->d[LAYERS - 1], *dx = run->dinput;
    for (size_t r = 0; r < rows; r++, y += dim, dx += dim, out += 2 * dim, dout += 2 * dim)
        for (int i = 0; i < dim; i++) {
            float log_s = log_scale(out[dim + i]), dy = dx[i];
            dx[i] = dy * expf(-log_s);
            dout[i] = -dx[i];
            dout[dim + i] = -(dy * y[i] + scale) * log_scale_slope(log_s);
        }
    network_backward(run, s, x, rows, gradient, run->dinput);
}

void pg_flow_backward(pg_flow_run *run, const float *codes, size_t rows, float scale,
                      float *gradient, float *dcodes)
{
    size_t count = rows * run->dim;
    for (size_t k = 0; k < count; k++)
        run->dinput[k] = -scale * run->output[k];
    for (int s = run->steps - 1; s >= 0; s--)
        step_backward(run, s, step_input(run, s, codes), rows, scale, gradient);
    pg_add(count, run->dinput, dcodes);
}

/* ---- Drawing ---- */

/* x[i] follows from y[i] and those before it: dimension after dimension. */
static void step_invert(pg_flow_run *run, int s, float *code)
{
    int dim = run->dim;
    memset(run->point, 0, dim * sizeof *run->point);
    for (int place = 1; place <= dim; place++) {
        int i = s % 2 ? dim - place : place - 1;
        network_forward(run, s, run->point, 1);
        const float *out = run->step[s].value[LAYERS - 1];
        run->point[i] = code[i] * expf(log_scale(out[dim + i])) + out[i];
    }
    memcpy(code, run->point, dim * sizeof *code);
}

void pg_flow_invert(pg_flow_run *run, float *code)
{
    for (int s = run->steps - 1; s >= 0; s--)
        step_invert(run, s, code);
}
