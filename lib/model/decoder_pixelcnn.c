/* A PixelCNN, conditioned on the code. */
#include <stdlib.h>

#include "base/alloc.h"
#include "model/condition.h"
#include "model/decoder.h"
#include "model/likelihood.h"
#include "model/pixelcnn_run.h"

typedef struct run {
    const pg_model *model;
    pg_pixelcnn_run *pixelcnn;
    pg_condition_run condition;
    size_t image;            /* numbers of a target */
    float *biases, *dbiases; /* conditioning of each row */
    float *maps, *dmaps;     /* NULL where there is no map */
} run;

static pg_status declare(pg_model *model, pg_error *err)
{
    if (!pg_pixelcnn_place(&model->pixelcnn, &model->config, &model->parameters))
        return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for its parameters");
    return pg_condition_declare(&model->condition, &model->config, model->pixelcnn.slots,
                                &model->parameters, err);
}

static void place(pg_model *model)
{
    pg_pixelcnn_place(&model->pixelcnn, &model->config, &model->parameters);
}

static float *output_bias(const pg_model *model)
{
    return model->pixelcnn.out2.bias;
}

static void stop(void *state)
{
    run *r = state;
    if (!r) return;
    pg_pixelcnn_run_free(r->pixelcnn);
    pg_condition_run_free(&r->condition);
    free(r->biases);
    free(r->dbiases);
    free(r->maps);
    free(r->dmaps);
    free(r);
}

static bool take(float **memory, size_t rows, size_t count)
{
    if (!count) return true;
    *memory = pg_allocate(rows * count, sizeof **memory);
    return *memory != NULL;
}

static bool plan_memory(run *r, size_t rows, bool training)
{
    size_t biases = (size_t)r->model->condition.biases, map = (size_t)r->model->condition.map;
    return take(&r->biases, rows, biases) && take(&r->maps, rows, map) &&
           (!training || (take(&r->dbiases, rows, biases) && take(&r->dmaps, rows, map)));
}

static pg_status start(const pg_model *model, size_t rows, bool training, bool half, void **state,
                       pg_error *err)
{
    const pg_config *config = &model->config;
    run *r = *state = pg_allocate(1, sizeof *r);
    if (!r) return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory");
    r->model = model;
    r->image = (size_t)config->height * config->width * config->channels;
    if (!plan_memory(r, rows, training))
        return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for %zu images", rows);
    pg_status status = pg_condition_run_init(&r->condition, &model->condition, &model->parameters,
                                             rows, training, err);
    if (status != PG_OK) return status;
    return pg_pixelcnn_run_create(&model->pixelcnn, training, half, &r->pixelcnn, err);
}

static void load(void *state)
{
    run *r = state;
    pg_pixelcnn_load(r->pixelcnn);
    pg_condition_load(&r->condition);
}

/* A row's part of a table, NULL where there is none. */
static float *row_of(float *table, size_t row, int size)
{
    return table ? table + row * (size_t)size : NULL;
}

static const float *pixelcnn_forward(run *r, const float *targets, size_t row)
{
    const pg_condition *c = &r->model->condition;
    return pg_pixelcnn_forward(r->pixelcnn, targets + row * r->image,
                               row_of(r->biases, row, c->biases), row_of(r->maps, row, c->map));
}

static void forward(void *state, const float *codes, const float *targets, size_t rows,
                    void (*take_outputs)(void *with, size_t row, const float *outputs), void *with)
{
    run *r = state;
    pg_condition_apply(&r->condition, codes, rows, r->biases, r->maps);
    for (size_t i = 0; i < rows; i++)
        take_outputs(with, i, pixelcnn_forward(r, targets, i));
}

static double learn(void *state, const float *codes, const float *targets, size_t rows, float scale,
                    float *gradient, float *dcodes)
{
    run *r = state;
    const pg_config *config = &r->model->config;
    const pg_condition *c = &r->model->condition;
    const pg_likelihood *likelihood = pg_likelihood_find(config->likelihood);
    double nats = 0;
    pg_condition_forward(&r->condition, codes, rows, r->biases, r->maps);
    for (size_t i = 0; i < rows; i++) {
        const float *outputs = pixelcnn_forward(r, targets, i);
        nats += likelihood->loss(config, outputs, targets + i * r->image, scale,
                                 pg_pixelcnn_output_gradient(r->pixelcnn));
        pg_pixelcnn_backward(r->pixelcnn, row_of(r->dbiases, i, c->biases),
                             row_of(r->dmaps, i, c->map));
    }
    pg_pixelcnn_take_gradient(r->pixelcnn, r->model->parameters.data, gradient);
    pg_condition_backward(&r->condition, codes, rows, r->dbiases, r->dmaps, gradient, dcodes);
    return nats;
}

const pg_decoder pg_decoder_pixelcnn = {
    .autoregressive = true,
    .declare = declare,
    .place = place,
    .output_bias = output_bias,
    .start = start,
    .stop = stop,
    .load = load,
    .forward = forward,
    .learn = learn,
};
