/* Pixels that are independent given the code: an upsampler alone. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/decoder.h"
#include "model/depth.h"
#include "model/likelihood.h"
#include "model/upsampler.h"

typedef struct run {
    const pg_config *config;
    pg_upsampler_run upsampler;
    size_t outputs; /* numbers of an image */
    size_t block;   /* codes at a time, where no training is */
    float *output, *doutput;
    float *codes; /* of a block */
} run;

static pg_status declare(pg_model *model, pg_error *err)
{
    const pg_config *config = &model->config;
    int outputs = pg_likelihood_find(config->likelihood)->outputs(config);
    return pg_upsampler_declare(&model->factorised, config, "decoder", outputs, &model->parameters,
                                err);
}

static float *output_bias(const pg_model *model)
{
    return pg_parameter(&model->parameters,
                        model->factorised.conv_bias[model->factorised.convs - 1]);
}

static void stop(void *state)
{
    run *r = state;
    if (!r) return;
    pg_upsampler_run_free(&r->upsampler);
    free(r->output);
    free(r->doutput);
    free(r->codes);
    free(r);
}

static pg_status start(const pg_model *model, size_t rows, bool training, bool half, void **state,
                       pg_error *err)
{
    run *r = *state = pg_allocate(1, sizeof *r);
    (void)half; /* of the PixelCNN's convolutions only */
    if (!r) return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory");
    r->config = &model->config;
    r->outputs = pg_decoder_outputs(&model->config);
    r->block = pg_decoded_rows(r->outputs);
    if (!training) rows = r->block;
    r->output = pg_allocate(rows * r->outputs, sizeof *r->output);
    if (training) r->doutput = pg_allocate(rows * r->outputs, sizeof *r->doutput);
    if (!training) r->codes = pg_allocate(rows * (size_t)r->config->code_dim, sizeof *r->codes);
    if (!r->output || (training ? !r->doutput : !r->codes))
        return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for %zu images", rows);
    return pg_upsampler_run_init(&r->upsampler, &model->factorised, &model->parameters, rows,
                                 training, err);
}

static void load(void *state)
{
    run *r = state;
    pg_upsampler_load(&r->upsampler);
}

static void forward(void *state, const float *codes, const float *targets, size_t rows,
                    void (*take)(void *with, size_t row, const float *outputs), void *with)
{
    run *r = state;
    size_t dim = (size_t)r->config->code_dim;
    (void)targets;
    for (size_t at = 0; at < rows; at += r->block) {
        size_t count = rows - at < r->block ? rows - at : r->block;
        memset(r->codes, 0, r->block * dim * sizeof *r->codes);
        memcpy(r->codes, codes + at * dim, count * dim * sizeof *r->codes);
        pg_upsampler_forward(&r->upsampler, r->codes, r->block, r->output);
        for (size_t i = 0; i < count; i++)
            take(with, at + i, r->output + i * r->outputs);
    }
}

static double learn(void *state, const float *codes, const float *targets, size_t rows, float scale,
                    float *gradient, float *dcodes)
{
    run *r = state;
    const pg_likelihood *likelihood = pg_likelihood_find(r->config->likelihood);
    size_t image = (size_t)r->config->height * r->config->width * r->config->channels;
    double nats = 0;
    pg_upsampler_forward(&r->upsampler, codes, rows, r->output);
    for (size_t i = 0; i < rows; i++)
        nats += likelihood->loss(r->config, r->output + i * r->outputs, targets + i * image, scale,
                                 r->doutput + i * r->outputs);
    pg_upsampler_backward(&r->upsampler, codes, rows, r->doutput, gradient, dcodes);
    return nats;
}

const pg_decoder pg_decoder_factorised = {
    .autoregressive = false,
    .declare = declare,
    .output_bias = output_bias,
    .start = start,
    .stop = stop,
    .load = load,
    .forward = forward,
    .learn = learn,
};
