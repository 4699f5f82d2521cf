#include "model/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/prior.h"
#include "nn/blas.h"
#include "nn/elementwise.h"

/* ---- Declaration ---- */

static int declare(pg_parameters *p, pg_parameter_group group, pg_initial initial,
                   const char *layer, const char *part, int rank, const int *shape)
{
    char name[64];
    snprintf(name, sizeof name, "encoder.%s.%s", layer, part);
    return pg_parameters_add(p, group, initial, name, rank, shape);
}

static bool declare_norm(pg_norm_layer *norm, pg_parameters *p, const char *layer, int channels)
{
    const int *shape = &norm->channels;
    pg_parameter_group trained = PG_GROUP_AUTOENCODER, running = PG_GROUP_BUFFER;
    norm->channels = channels;
    norm->gamma = declare(p, trained, PG_INITIAL_ONE, layer, "norm.gamma", 1, shape);
    norm->beta = declare(p, trained, PG_INITIAL_ZERO, layer, "norm.beta", 1, shape);
    norm->mean = declare(p, running, PG_INITIAL_ZERO, layer, "norm.mean", 1, shape);
    norm->variance = declare(p, running, PG_INITIAL_ONE, layer, "norm.variance", 1, shape);
    return norm->gamma >= 0 && norm->beta >= 0 && norm->mean >= 0 && norm->variance >= 0;
}

/* A convolution that halves the sides, rounding up. */
static pg_conv_shape halving_shape(int height, int width, int in, int out, int taps)
{
    return (pg_conv_shape){
        .images = 1,
        .height = height,
        .width = width,
        .in = in,
        .out = out,
        .rows = taps,
        .columns = taps,
        .stride = 2,
        .dilation = 1,
        .pad_top = taps / 2,
        .pad_left = taps / 2,
        .out_height = (height + 1) / 2,
        .out_width = (width + 1) / 2,
    };
}

static bool declare_convs(pg_encoder *encoder, const pg_config *config, pg_parameters *p)
{
    static const int taps[PG_ENCODER_CONVS] = {5, 5, 3};
    int maps[] = {config->channels, config->encoder_features, 2 * config->encoder_features,
                  2 * config->encoder_features};
    int height = config->height, width = config->width;
    for (int i = 0; i < PG_ENCODER_CONVS; i++) {
        pg_conv_shape *s = &encoder->shape[i];
        char layer[16];
        snprintf(layer, sizeof layer, "conv%d", i + 1);
        *s = halving_shape(height, width, maps[i], maps[i + 1], taps[i]);
        const int shape[] = {s->rows, s->columns, s->in, s->out};
        encoder->conv_weight[i] =
            declare(p, PG_GROUP_AUTOENCODER, PG_INITIAL_FAN_IN, layer, "weight", 4, shape);
        if (encoder->conv_weight[i] < 0 || !declare_norm(&encoder->conv_norm[i], p, layer, s->out))
            return false;
        height = s->out_height;
        width = s->out_width;
    }
    encoder->flat = height * width * maps[PG_ENCODER_CONVS];
    return true;
}

static bool declare_dense(pg_encoder *encoder, pg_parameters *p)
{
    const int hidden_shape[] = {encoder->flat, encoder->hidden};
    const int out_shape[] = {encoder->hidden, encoder->outputs};
    pg_parameter_group group = PG_GROUP_AUTOENCODER;
    encoder->hidden_weight =
        declare(p, group, PG_INITIAL_FAN_IN, "hidden", "weight", 2, hidden_shape);
    bool ok = encoder->hidden_weight >= 0 &&
              declare_norm(&encoder->hidden_norm, p, "hidden", encoder->hidden);
    encoder->out_weight = declare(p, group, PG_INITIAL_FAN_IN, "out", "weight", 2, out_shape);
    encoder->out_bias = declare(p, group, PG_INITIAL_ZERO, "out", "bias", 1, out_shape + 1);
    ok = ok && encoder->out_weight >= 0 && encoder->out_bias >= 0;
    if (encoder->normalise_outputs)
        ok = ok && declare_norm(&encoder->out_norm, p, "out", encoder->outputs);
    return ok;
}

pg_status pg_encoder_declare(pg_encoder *encoder, const pg_config *config, pg_parameters *p,
                             pg_error *err)
{
    memset(encoder, 0, sizeof *encoder);
    encoder->hidden = config->hidden;
    encoder->outputs = config->code_dim * (config->posterior == PG_POSTERIOR_GAUSSIAN ? 2 : 1);
    encoder->normalise_outputs = pg_prior_find(config->prior)->discrete;
    if (declare_convs(encoder, config, p) && declare_dense(encoder, p)) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "encoder: out of memory for its parameters");
}

/* ---- Running ---- */

/* A layer's values before and after normalisation, for the whole batch. */
typedef struct stage {
    size_t size; /* numbers an image */
    float *raw, *out;
    float *d; /* gradient by raw; NULL unless training */
    pg_norm norm;
} stage;

enum { HIDDEN = PG_ENCODER_CONVS, OUT, STAGES };

struct pg_encoder_run {
    const pg_encoder *encoder;
    const pg_parameters *p;
    pg_rows rows;
    size_t total; /* rows of the batch */
    size_t image; /* numbers of an input image */
    float *input; /* total x image */
    stage stage[STAGES];
    pg_conv **conv;   /* worker x PG_ENCODER_CONVS */
    int *call_images; /* images of one convolution call, by worker */
    bool training;
    pg_status status; /* of making the workers' layers */
    pg_error error;
};

static const pg_norm_layer *stage_norm_layer(const pg_encoder *encoder, int i)
{
    if (i < HIDDEN) return &encoder->conv_norm[i];
    return i == HIDDEN ? &encoder->hidden_norm : &encoder->out_norm;
}

static size_t stage_size(const pg_encoder *encoder, int i)
{
    if (i == HIDDEN) return encoder->hidden;
    if (i == OUT) return encoder->outputs;
    const pg_conv_shape *s = &encoder->shape[i];
    return (size_t)s->out_height * s->out_width * s->out;
}

static bool has_norm(const pg_encoder *encoder, int i)
{
    return i != OUT || encoder->normalise_outputs;
}

static bool plan_norm(pg_encoder_run *run, int i)
{
    const pg_norm_layer *layer = stage_norm_layer(run->encoder, i);
    pg_norm *norm = &run->stage[i].norm;
    float *memory =
        pg_allocate(pg_norm_workspace(layer->channels, run->rows.workers), sizeof(float));
    if (!memory) return false;
    pg_norm_place(norm, layer->channels, run->rows.workers, memory);
    norm->relu = i != OUT;
    norm->gamma = pg_parameter(run->p, layer->gamma);
    norm->beta = pg_parameter(run->p, layer->beta);
    norm->mean = pg_parameter(run->p, layer->mean);
    norm->variance = pg_parameter(run->p, layer->variance);
    return true;
}

static bool plan_stage(pg_encoder_run *run, int i)
{
    stage *s = &run->stage[i];
    s->size = stage_size(run->encoder, i);
    s->raw = pg_allocate(run->total * s->size, sizeof(float));
    s->out = has_norm(run->encoder, i) ? pg_allocate(run->total * s->size, sizeof(float)) : s->raw;
    if (run->training) s->d = pg_allocate(run->total * s->size, sizeof(float));
    bool ok = s->raw && s->out && (s->d || !run->training);
    return ok && (!has_norm(run->encoder, i) || plan_norm(run, i));
}

static bool plan_memory(pg_encoder_run *run)
{
    const pg_conv_shape *first = &run->encoder->shape[0];
    int workers = run->rows.workers;
    run->image = (size_t)first->height * first->width * first->in;
    run->input = pg_allocate(run->total * run->image, sizeof(float));
    run->conv = pg_allocate((size_t)workers * PG_ENCODER_CONVS, sizeof *run->conv);
    run->call_images = pg_allocate(workers, sizeof *run->call_images);
    bool ok = run->input && run->conv && run->call_images;
    for (int i = 0; ok && i < STAGES; i++)
        ok = plan_stage(run, i);
    return ok;
}

/* Enough images a call that its overhead vanishes, few enough to stay in cache. */
static int images_per_call(size_t rows)
{
    for (int images = 16; images > 1; images--)
        if (rows % images == 0) return images;
    return 1;
}

static size_t row_count(const pg_encoder_run *run, const pg_worker *worker)
{
    return run->rows.begin[worker->id + 1] - run->rows.begin[worker->id];
}

static void make_convs(const pg_worker *worker, void *argument)
{
    pg_encoder_run *run = argument;
    pg_conv_options options = {.backward_weights = run->training};
    run->call_images[worker->id] = images_per_call(row_count(run, worker));
    for (int i = 0; i < PG_ENCODER_CONVS; i++) {
        pg_conv_shape shape = run->encoder->shape[i];
        pg_error error;
        shape.images = run->call_images[worker->id];
        options.backward_data = run->training && i > 0;
        pg_conv **conv = &run->conv[worker->id * PG_ENCODER_CONVS + i];
        pg_status status = pg_conv_create(&shape, &options, conv, &error);
        if (status != PG_OK) {
#pragma omp critical(pg_encoder_error)
            {
                run->status = status;
                run->error = error;
            }
        }
    }
    if (run->status == PG_OK) pg_encoder_load(run, worker);
}

pg_status pg_encoder_run_create(const pg_encoder *encoder, const pg_parameters *p,
                                const pg_rows *rows, bool training, pg_encoder_run **result,
                                pg_error *err)
{
    *result = NULL;
    pg_encoder_run *run = pg_allocate(1, sizeof *run);
    if (!run) return pg_fail(err, PG_ERR_MEMORY, "encoder: out of memory");
    run->encoder = encoder;
    run->p = p;
    run->rows = *rows;
    run->total = rows->begin[rows->workers];
    run->training = training;
    if (!plan_memory(run)) {
        pg_encoder_run_free(run);
        return pg_fail(err, PG_ERR_MEMORY, "encoder: out of memory for a batch of %zu", run->total);
    }
    pg_team_run(rows->workers, make_convs, run);
    if (run->status != PG_OK) {
        pg_status status = run->status;
        if (err) *err = run->error;
        pg_encoder_run_free(run);
        return status;
    }
    *result = run;
    return PG_OK;
}

void pg_encoder_run_free(pg_encoder_run *run)
{
    if (!run) return;
    for (int i = 0; i < STAGES; i++) {
        stage *s = &run->stage[i];
        if (s->out != s->raw) free(s->out);
        free(s->raw);
        free(s->d);
        free(s->norm.partial);
    }
    for (int i = 0; run->conv && i < run->rows.workers * PG_ENCODER_CONVS; i++)
        pg_conv_free(run->conv[i]);
    free(run->conv);
    free(run->call_images);
    free(run->input);
    free(run);
}

float *pg_encoder_input(pg_encoder_run *run)
{
    return run->input;
}

float *pg_encoder_output(pg_encoder_run *run)
{
    return run->stage[OUT].out;
}

float *pg_encoder_output_gradient(pg_encoder_run *run)
{
    return run->stage[OUT].d;
}

void pg_encoder_load(pg_encoder_run *run, const pg_worker *worker)
{
    for (int i = 0; i < PG_ENCODER_CONVS; i++)
        pg_conv_load(run->conv[worker->id * PG_ENCODER_CONVS + i],
                     pg_parameter(run->p, run->encoder->conv_weight[i]));
}

/* What the layer of stage i reads: the input or the stage before. */
static float *stage_input(const pg_encoder_run *run, int i, size_t row)
{
    return i ? run->stage[i - 1].out + row * run->stage[i - 1].size : run->input + row * run->image;
}

static void conv_forward(pg_encoder_run *run, const pg_worker *worker, int i)
{
    size_t begin = run->rows.begin[worker->id], end = run->rows.begin[worker->id + 1];
    pg_conv *conv = run->conv[worker->id * PG_ENCODER_CONVS + i];
    for (size_t row = begin; row < end; row += run->call_images[worker->id])
        pg_conv_forward(conv, stage_input(run, i, row), NULL,
                        run->stage[i].raw + row * run->stage[i].size);
}

static void dense_forward(pg_encoder_run *run, const pg_worker *worker, int i)
{
    const pg_encoder *encoder = run->encoder;
    stage *s = &run->stage[i];
    size_t begin = run->rows.begin[worker->id], rows = row_count(run, worker);
    float *raw = s->raw + begin * s->size;
    int weight = i == HIDDEN ? encoder->hidden_weight : encoder->out_weight;
    int in = i == HIDDEN ? encoder->flat : encoder->hidden;
    pg_matmul(rows, s->size, in, stage_input(run, i, begin), pg_parameter(run->p, weight), 0, raw);
    if (i == OUT) pg_bias(rows, s->size, pg_parameter(run->p, encoder->out_bias), 0, raw);
}

/* Rows of this worker that the normalisation of stage i sees (positions count). */
static size_t norm_rows(const pg_encoder_run *run, int i, size_t images)
{
    return images * (run->stage[i].size / run->stage[i].norm.channels);
}

static void norm_forward(pg_encoder_run *run, const pg_worker *worker, int i, bool training)
{
    stage *s = &run->stage[i];
    size_t at = run->rows.begin[worker->id] * s->size;
    size_t rows = norm_rows(run, i, row_count(run, worker));
    if (training)
        pg_norm_forward(&s->norm, worker, rows, norm_rows(run, i, run->total), s->raw + at,
                        s->out + at);
    else
        pg_norm_apply(&s->norm, worker, rows, s->raw + at, s->out + at);
}

void pg_encoder_forward(pg_encoder_run *run, const pg_worker *worker, bool training)
{
    for (int i = 0; i < STAGES; i++) {
        if (i < HIDDEN)
            conv_forward(run, worker, i);
        else
            dense_forward(run, worker, i);
        if (has_norm(run->encoder, i)) norm_forward(run, worker, i, training);
    }
}

static void norm_backward(pg_encoder_run *run, const pg_worker *worker, int i, float *gradient)
{
    stage *s = &run->stage[i];
    const pg_norm_layer *layer = stage_norm_layer(run->encoder, i);
    size_t at = run->rows.begin[worker->id] * s->size;
    pg_norm_backward(&s->norm, worker, norm_rows(run, i, row_count(run, worker)),
                     norm_rows(run, i, run->total), s->raw + at, s->out + at, s->d + at,
                     pg_gradient(run->p, gradient, layer->gamma),
                     pg_gradient(run->p, gradient, layer->beta));
}

static void dense_backward(pg_encoder_run *run, const pg_worker *worker, int i, float *gradient)
{
    const pg_encoder *encoder = run->encoder;
    stage *s = &run->stage[i], *below = &run->stage[i - 1];
    size_t begin = run->rows.begin[worker->id], rows = row_count(run, worker);
    const float *d = s->d + begin * s->size;
    int weight = i == HIDDEN ? encoder->hidden_weight : encoder->out_weight;
    int in = i == HIDDEN ? encoder->flat : encoder->hidden;
    pg_matmul_backward_weights(rows, s->size, in, stage_input(run, i, begin), d, 0,
                               pg_gradient(run->p, gradient, weight));
    pg_matmul_backward_data(rows, s->size, in, d, pg_parameter(run->p, weight), 0,
                            below->d + begin * below->size);
    if (i != OUT) return;
    float *bias = pg_gradient(run->p, gradient, encoder->out_bias);
    memset(bias, 0, s->size * sizeof *bias);
    pg_column_sums(rows, s->size, d, bias);
}

static void conv_backward(pg_encoder_run *run, const pg_worker *worker, int i, float *gradient)
{
    size_t begin = run->rows.begin[worker->id], end = run->rows.begin[worker->id + 1];
    pg_conv *conv = run->conv[worker->id * PG_ENCODER_CONVS + i];
    stage *s = &run->stage[i], *below = i ? &run->stage[i - 1] : NULL;
    for (size_t row = begin; row < end; row += run->call_images[worker->id]) {
        const float *d = s->d + row * s->size;
        pg_conv_backward_weights(conv, stage_input(run, i, row), d);
        if (below) pg_conv_backward_data(conv, d, below->d + row * below->size);
    }
    pg_conv_take_gradient(conv, pg_gradient(run->p, gradient, run->encoder->conv_weight[i]));
}

void pg_encoder_backward(pg_encoder_run *run, const pg_worker *worker, float *gradient)
{
    for (int i = STAGES - 1; i >= 0; i--) {
        if (has_norm(run->encoder, i)) norm_backward(run, worker, i, gradient);
        if (i < HIDDEN)
            conv_backward(run, worker, i, gradient);
        else
            dense_backward(run, worker, i, gradient);
    }
}
