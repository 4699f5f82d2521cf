/* Running an encoder's layers, forward and backward, on the shards of a batch. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/encoder.h"
#include "nn/elementwise.h"

/* A layer's values before and after all that follows it, for all rows of this process. */
typedef struct stage {
    const pg_encoder_layer *layer;
    float *raw, *out; /* the same where no backward pass needs both */
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

static bool has_sum(const pg_encoder_layer *layer)
{
    return layer->add != PG_ENCODER_NOTHING;
}

static bool plan_norm(pg_encoder_run *run, stage *s)
{
    const pg_conv_shape *conv = &s->layer->conv;
    pg_norm_layer_place(&s->layer->norm, run->p, &s->norm);
    s->norm.positions = is_conv(s->layer) ? (size_t)conv->out_height * conv->out_width : 1;
    s->norm.relu = s->layer->relu && !has_sum(s->layer);
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
    s->out = run->training && has_norm(s->layer) ? pg_allocate(count, sizeof(float)) : s->raw;
    if (run->training) s->d = pg_allocate(count, sizeof(float));
    bool ok = s->raw && s->out && (s->d || !run->training);
    return ok && (!has_norm(s->layer) || plan_norm(run, s));
}

static bool plan_memory(pg_encoder_run *run)
{
    size_t threads = (size_t)run->batch.threads;
    run->input = pg_allocate(run->rows * pg_encoder_image(run->encoder), sizeof(float));
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
                                   .backward_data =
                                       run->training && layer->from != PG_ENCODER_IMAGE,
                                   .add_data = layer->from_joins};
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

/* What layer i reads. */
static float *layer_input(const pg_encoder_run *run, int i, size_t row)
{
    int from = run->encoder->layer[i].from;
    if (from == PG_ENCODER_IMAGE) return run->input + row * pg_encoder_image(run->encoder);
    return run->stage[from].out + row * run->encoder->layer[from].size;
}

/* Where the gradient by that goes; NULL for the image's. */
static float *input_gradient(const pg_encoder_run *run, int i, size_t row)
{
    int from = run->encoder->layer[i].from;
    if (from == PG_ENCODER_IMAGE) return NULL;
    return run->stage[from].d + row * run->encoder->layer[from].size;
}

/* Images of a convolution's next call, of those that are left. */
static size_t take_images(pg_conv *conv, const pg_encoder_layer *layer, size_t left)
{
    size_t images = (size_t)pg_conv_good_images(&layer->conv);
    if (images > left) images = left;
    pg_conv_take_images(conv, (int)images);
    return images;
}

/* ---- Forward ---- */

static void shard_forward(pg_encoder_run *run, pg_conv *conv, int i, int s)
{
    const stage *own = &run->stage[i];
    size_t row = run->batch.shards->begin[s], end = run->batch.shards->begin[s + 1], images;
    if (!is_conv(own->layer)) {
        pg_dense_layer_forward(&own->layer->dense, run->p, end - row, layer_input(run, i, row),
                               own->raw + row * own->layer->size);
        return;
    }
    for (; row < end; row += images) {
        images = take_images(conv, own->layer, end - row);
        pg_conv_forward(conv, layer_input(run, i, row), NULL, own->raw + row * own->layer->size);
    }
}

/* The numbers of a worker's own rows: from the first, how many. */
static size_t own_numbers(const pg_encoder_run *run, const pg_worker *worker, int i, size_t *first)
{
    const pg_shards *shards = run->batch.shards;
    size_t size = run->encoder->layer[i].size;
    int begin, end;
    pg_own_shards(shards, worker, &begin, &end);
    *first = shards->begin[begin] * size;
    return (shards->begin[end] - shards->begin[begin]) * size;
}

/* out = relu?(out + an earlier layer's) */
static void sum_forward(pg_encoder_run *run, const pg_worker *worker, int i)
{
    const stage *own = &run->stage[i];
    size_t first, count = own_numbers(run, worker, i, &first);
    pg_add(count, run->stage[own->layer->add].out + first, own->out + first);
    if (own->layer->relu) pg_relu(count, own->out + first, own->out + first);
}

void pg_encoder_forward(pg_encoder_run *run, const pg_worker *worker, bool training)
{
    int begin, end;
    pg_own_shards(run->batch.shards, worker, &begin, &end);
    for (int i = 0; i < run->encoder->count; i++) {
        stage *own = &run->stage[i];
        for (int s = begin; s < end; s++)
            shard_forward(run, own_convs(run, worker->id)[i], i, s);
        if (has_norm(own->layer) && training)
            pg_norm_forward(&own->norm, worker, own->raw, own->out);
        else if (has_norm(own->layer))
            pg_norm_apply(&own->norm, worker, own->raw, own->out);
        if (has_sum(own->layer)) sum_forward(run, worker, i);
    }
}

/* ---- Backward ---- */

/* From the gradient by the sum to those by its two parts. */
static void sum_backward(pg_encoder_run *run, const pg_worker *worker, int i)
{
    const stage *own = &run->stage[i];
    size_t first, count = own_numbers(run, worker, i, &first);
    float *d = own->d + first, *other = run->stage[own->layer->add].d + first;
    if (own->layer->relu) pg_mask(count, own->out + first, d);
    if (own->layer->add_joins)
        pg_add(count, d, other);
    else
        memcpy(other, d, count * sizeof *d);
}

static void conv_backward(pg_encoder_run *run, pg_conv *conv, int i, int s, float *gradient)
{
    const stage *own = &run->stage[i];
    size_t row = run->batch.shards->begin[s], end = run->batch.shards->begin[s + 1], images;
    for (; row < end; row += images) {
        const float *d = own->d + row * own->layer->size;
        float *dx = input_gradient(run, i, row);
        images = take_images(conv, own->layer, end - row);
        pg_conv_backward_weights(conv, layer_input(run, i, row), d);
        if (dx) pg_conv_backward_data(conv, d, dx);
    }
    pg_conv_take_gradient(conv, pg_gradient(run->p, gradient, own->layer->conv_weight));
}

static void shard_backward(pg_encoder_run *run, pg_conv *conv, int i, int s, float *gradient)
{
    const stage *own = &run->stage[i];
    size_t row = run->batch.shards->begin[s], rows = pg_shard_rows(run->batch.shards, s);
    if (is_conv(own->layer))
        conv_backward(run, conv, i, s, gradient);
    else
        pg_dense_layer_backward(&own->layer->dense, run->p, gradient, rows,
                                layer_input(run, i, row), NULL, own->d + row * own->layer->size,
                                own->layer->from_joins, input_gradient(run, i, row));
}

void pg_encoder_backward(pg_encoder_run *run, const pg_worker *worker, float *const *gradient)
{
    int begin, end;
    pg_own_shards(run->batch.shards, worker, &begin, &end);
    for (int i = run->encoder->count - 1; i >= 0; i--) {
        stage *own = &run->stage[i];
        const pg_norm_layer *norm = &own->layer->norm;
        if (has_sum(own->layer)) sum_backward(run, worker, i);
        if (has_norm(own->layer))
            pg_norm_backward(&own->norm, worker, own->raw, own->out, own->d, gradient,
                             run->p->tensors[norm->gamma].offset,
                             run->p->tensors[norm->beta].offset);
        for (int s = begin; s < end; s++)
            shard_backward(run, own_convs(run, worker->id)[i], i, s, gradient[s]);
    }
}
