#include "model/encoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* ---- Declaration ---- */

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

static const char prefix[] = "encoder";

static bool declare_conv(pg_encoder *encoder, pg_parameters *p, const pg_conv_shape *shape)
{
    pg_encoder_layer *layer = &encoder->layer[encoder->count++];
    const int sizes[] = {shape->rows, shape->columns, shape->in, shape->out};
    char name[32];
    snprintf(name, sizeof name, "conv%d", encoder->count);
    layer->conv = *shape;
    layer->relu = true;
    layer->size = (size_t)shape->out_height * shape->out_width * shape->out;
    layer->conv_weight = pg_layer_declare(p, PG_GROUP_AUTOENCODER, PG_INITIAL_FAN_IN, prefix, name,
                                          "weight", 4, sizes);
    return layer->conv_weight >= 0 &&
           pg_norm_layer_declare(&layer->norm, p, prefix, name, shape->out);
}

static bool declare_dense(pg_encoder *encoder, pg_parameters *p, const char *name, int out,
                          bool norm, bool relu)
{
    pg_encoder_layer *layer = &encoder->layer[encoder->count++];
    pg_dense dense = {.in = (int)layer[-1].size, .out = out};
    layer->relu = relu;
    layer->size = (size_t)out;
    return pg_dense_layer_declare(&layer->dense, p, PG_GROUP_AUTOENCODER, prefix, name, dense,
                                  !relu) &&
           (!norm || pg_norm_layer_declare(&layer->norm, p, prefix, name, out));
}

static bool declare_convs(pg_encoder *encoder, const pg_config *config, pg_parameters *p)
{
    int height = config->height, width = config->width, in = config->channels;
    for (int i = 0; i < config->encoder_depth; i++) {
        int out = (i < 1 ? 1 : 2) * config->encoder_features, taps = i < 2 ? 5 : 3;
        pg_conv_shape shape = halving_shape(height, width, in, out, taps);
        if (!declare_conv(encoder, p, &shape)) return false;
        height = shape.out_height;
        width = shape.out_width;
        in = shape.out;
    }
    return true;
}

pg_status pg_encoder_declare(pg_encoder *encoder, const pg_config *config, pg_parameters *p,
                             pg_error *err)
{
    memset(encoder, 0, sizeof *encoder);
    encoder->image = (size_t)config->height * config->width * config->channels;
    encoder->outputs = config->code_dim * (config->posterior == PG_POSTERIOR_GAUSSIAN ? 2 : 1);
    if (declare_convs(encoder, config, p) &&
        declare_dense(encoder, p, "hidden", config->hidden, true, true) &&
        declare_dense(encoder, p, "out", encoder->outputs, pg_config_code_is_discrete(config),
                      false))
        return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "encoder: out of memory for its parameters");
}

/* ---- Running ---- */

/* A layer's values before and after normalisation, for all rows of this process. */
typedef struct stage {
    const pg_encoder_layer *layer;
    float *raw, *out; /* the same where there is no normalisation */
    float *d;         /* gradient by raw; NULL unless training */
    pg_norm norm;
} stage;

struct pg_encoder_run {
    const pg_encoder *encoder;
    const pg_parameters *p;
    pg_batch batch;
    size_t rows; /* of this process */
    bool training;
    float *input; /* rows x image */
    stage stage[PG_MAX_ENCODER_LAYERS];
    pg_conv **conv;    /* threads x layers: each worker has its own */
    pg_status *status; /* of making them */
    pg_error *error;
};

static bool is_conv(const pg_encoder_layer *layer)
{
    return layer->conv.rows > 0;
}

static bool has_norm(const pg_encoder_layer *layer)
{
    return layer->norm.channels > 0;
}

static bool plan_norm(pg_encoder_run *run, stage *s)
{
    const pg_conv_shape *conv = &s->layer->conv;
    pg_norm_layer_place(&s->layer->norm, run->p, &s->norm);
    s->norm.positions = is_conv(s->layer) ? (size_t)conv->out_height * conv->out_width : 1;
    s->norm.relu = s->layer->relu;
    s->norm.shards = run->batch.shards;
    s->norm.group = run->batch.group;
    s->norm.total_rows = run->batch.rows * s->norm.positions;
    return pg_norm_plan(&s->norm);
}

static bool plan_stage(pg_encoder_run *run, int i)
{
    stage *s = &run->stage[i];
    s->layer = &run->encoder->layer[i];
    size_t count = run->rows * s->layer->size;
    s->raw = pg_allocate(count, sizeof(float));
    s->out = has_norm(s->layer) ? pg_allocate(count, sizeof(float)) : s->raw;
    if (run->training) s->d = pg_allocate(count, sizeof(float));
    bool ok = s->raw && s->out && (s->d || !run->training);
    return ok && (!has_norm(s->layer) || plan_norm(run, s));
}

static bool plan_memory(pg_encoder_run *run)
{
    size_t threads = (size_t)run->batch.threads;
    run->input = pg_allocate(run->rows * run->encoder->image, sizeof(float));
    run->conv = pg_allocate(threads * run->encoder->count, sizeof *run->conv);
    run->status = pg_allocate(threads, sizeof *run->status);
    run->error = pg_allocate(threads, sizeof *run->error);
    bool ok = run->input && run->conv && run->status && run->error;
    for (int i = 0; ok && i < run->encoder->count; i++)
        ok = plan_stage(run, i);
    return ok;
}

/* The convolutions of one worker. */
static pg_conv **own_convs(const pg_encoder_run *run, int worker)
{
    return run->conv + (size_t)worker * run->encoder->count;
}

static pg_status make_convs(pg_encoder_run *run, int worker, pg_error *err)
{
    pg_status status = PG_OK;
    for (int i = 0; status == PG_OK && i < run->encoder->count; i++) {
        const pg_encoder_layer *layer = &run->encoder->layer[i];
        pg_conv_options options = {.backward_weights = run->training,
                                   .backward_data = run->training && i > 0};
        if (is_conv(layer))
            status = pg_conv_create(&layer->conv, &options, &own_convs(run, worker)[i], err);
    }
    return status;
}

/* Each of the workers planned for, whoever is there to do it. */
static void make_layers(const pg_worker *worker, void *argument)
{
    pg_encoder_run *run = argument;
    size_t begin, end;
    pg_share(worker, (size_t)run->batch.threads, &begin, &end);
    for (size_t w = begin; w < end; w++)
        run->status[w] = make_convs(run, (int)w, &run->error[w]);
}

static void load_task(const pg_worker *worker, void *run)
{
    pg_encoder_load(run, worker);
}

pg_status pg_encoder_run_create(const pg_encoder *encoder, const pg_parameters *p,
                                const pg_batch *batch, pg_encoder_run **result, pg_error *err)
{
    *result = NULL;
    pg_encoder_run *run = pg_allocate(1, sizeof *run);
    if (!run) return pg_fail(err, PG_ERR_MEMORY, "encoder: out of memory");
    run->encoder = encoder;
    run->p = p;
    run->batch = *batch;
    run->rows = pg_shards_total(batch->shards);
    run->training = batch->group != NULL;
    if (!plan_memory(run)) {
        pg_status status =
            pg_fail(err, PG_ERR_MEMORY, "encoder: out of memory for a batch of %zu", run->rows);
        pg_encoder_run_free(run);
        return status;
    }
    pg_team_run(batch->threads, make_layers, run);
    for (int w = 0; w < batch->threads; w++) {
        pg_status status = run->status[w];
        if (status == PG_OK) continue;
        if (err) *err = run->error[w];
        pg_encoder_run_free(run);
        return status;
    }
    pg_team_run(batch->threads, load_task, run);
    *result = run;
    return PG_OK;
}

void pg_encoder_run_free(pg_encoder_run *run)
{
    if (!run) return;
    for (int i = 0; i < run->encoder->count; i++) {
        stage *s = &run->stage[i];
        if (s->out != s->raw) free(s->out);
        free(s->raw);
        free(s->d);
        pg_norm_free(&s->norm);
    }
    for (int i = 0; run->conv && i < run->batch.threads * run->encoder->count; i++)
        pg_conv_free(run->conv[i]);
    free(run->conv);
    free(run->status);
    free(run->error);
    free(run->input);
    free(run);
}

float *pg_encoder_input(pg_encoder_run *run)
{
    return run->input;
}

float *pg_encoder_output(pg_encoder_run *run)
{
    return run->stage[run->encoder->count - 1].out;
}

float *pg_encoder_output_gradient(pg_encoder_run *run)
{
    return run->stage[run->encoder->count - 1].d;
}

void pg_encoder_load(pg_encoder_run *run, const pg_worker *worker)
{
    pg_conv **convs = own_convs(run, worker->id);
    for (int i = 0; i < run->encoder->count; i++) {
        const pg_encoder_layer *layer = &run->encoder->layer[i];
        if (is_conv(layer)) pg_conv_load(convs[i], pg_parameter(run->p, layer->conv_weight));
        if (has_norm(layer) && !run->training && worker->id == 0) pg_norm_load(&run->stage[i].norm);
    }
    if (!run->training) pg_team_barrier();
}

/* What layer i reads: the input, or the layer before. */
static float *layer_input(const pg_encoder_run *run, int i, size_t row)
{
    if (!i) return run->input + row * run->encoder->image;
    return run->stage[i - 1].out + row * run->encoder->layer[i - 1].size;
}

/* ---- Forward ---- */

static void shard_forward(pg_encoder_run *run, pg_conv **convs, int i, int s)
{
    const stage *own = &run->stage[i];
    size_t begin = run->batch.shards->begin[s], rows = pg_shard_rows(run->batch.shards, s);
    if (!is_conv(own->layer)) {
        pg_dense_layer_forward(&own->layer->dense, run->p, rows, layer_input(run, i, begin),
                               own->raw + begin * own->layer->size);
        return;
    }
    for (size_t row = begin; row < begin + rows; row++)
        pg_conv_forward(convs[i], layer_input(run, i, row), NULL,
                        own->raw + row * own->layer->size);
}

void pg_encoder_forward(pg_encoder_run *run, const pg_worker *worker, bool training)
{
    int begin, end;
    pg_own_shards(run->batch.shards, worker, &begin, &end);
    for (int i = 0; i < run->encoder->count; i++) {
        stage *own = &run->stage[i];
        for (int s = begin; s < end; s++)
            shard_forward(run, own_convs(run, worker->id), i, s);
        if (!has_norm(own->layer)) continue;
        if (training)
            pg_norm_forward(&own->norm, worker, own->raw, own->out);
        else
            pg_norm_apply(&own->norm, worker, own->raw, own->out);
    }
}

/* ---- Backward ---- */

static void conv_backward(pg_encoder_run *run, pg_conv *conv, int i, int s, float *gradient)
{
    const stage *own = &run->stage[i], *below = i ? &run->stage[i - 1] : NULL;
    for (size_t row = run->batch.shards->begin[s]; row < run->batch.shards->begin[s + 1]; row++) {
        const float *d = own->d + row * own->layer->size;
        pg_conv_backward_weights(conv, layer_input(run, i, row), d);
        if (below) pg_conv_backward_data(conv, d, below->d + row * below->layer->size);
    }
    pg_conv_take_gradient(conv, pg_gradient(run->p, gradient, own->layer->conv_weight));
}

static void shard_backward(pg_encoder_run *run, pg_conv **convs, int i, int s, float *gradient)
{
    const stage *own = &run->stage[i], *below = i ? &run->stage[i - 1] : NULL;
    size_t begin = run->batch.shards->begin[s], rows = pg_shard_rows(run->batch.shards, s);
    if (is_conv(own->layer))
        conv_backward(run, convs[i], i, s, gradient);
    else
        pg_dense_layer_backward(&own->layer->dense, run->p, gradient, rows,
                                layer_input(run, i, begin), NULL, own->d + begin * own->layer->size,
                                0, below->d + begin * below->layer->size);
}

void pg_encoder_backward(pg_encoder_run *run, const pg_worker *worker, float *const *gradient)
{
    int begin, end;
    pg_own_shards(run->batch.shards, worker, &begin, &end);
    for (int i = run->encoder->count - 1; i >= 0; i--) {
        stage *own = &run->stage[i];
        const pg_norm_layer *norm = &own->layer->norm;
        if (has_norm(own->layer))
            pg_norm_backward(&own->norm, worker, own->raw, own->out, own->d, gradient,
                             run->p->tensors[norm->gamma].offset,
                             run->p->tensors[norm->beta].offset);
        for (int s = begin; s < end; s++)
            shard_backward(run, own_convs(run, worker->id), i, s, gradient[s]);
    }
}
