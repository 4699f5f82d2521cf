/* Applying a model: batches of images through a team of workers. */
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "base/alloc.h"
#include "base/rng.h"
#include "model/engine.h"
#include "model/likelihood.h"
#include "model/model.h"
#include "model/pixelcnn_run.h"
#include "model/posterior.h"
#include "model/prior.h"
#include "nn/blas.h"
#include "nn/team.h"
#include "nn/threads.h"

enum { ROWS_PER_WORKER = 64 };

/* What a worker needs to decode. */
typedef struct decoder_run {
    pg_pixelcnn_run *pixelcnn;
    pg_condition_run condition;
    pg_upsampler_run factorised;
    float *target;        /* one image */
    float *biases, *maps; /* conditioning of ROWS_PER_WORKER codes */
    float *outputs;       /* of ROWS_PER_WORKER codes, factorised decoder only */
    pg_status status;
    pg_error error;
} decoder_run;

struct pg_engine {
    const pg_model *model;
    int threads;
    uint64_t seed;
    uint64_t encoded, judged; /* images so far: their random streams */
    size_t image;             /* bytes of one */
    pg_rows rows;
    gsl_rng **rng; /* a worker */
    pg_encoder_run *encoder;
    decoder_run *decoder; /* a worker */
    pg_prior_run prior;   /* once a density was asked for */
    /* The call in hand. */
    const uint8_t *images;
    const float *codes_in;
    size_t count;
    bool sampled, greys;
    float *codes_out, *posteriors, *nll, *logits, *noise;
};

pg_status pg_engine_create(const pg_model *model, int threads, uint64_t seed, pg_engine **result,
                           pg_error *err)
{
    const pg_config *config = &model->config;
    *result = NULL;
    threads = pg_team_size(threads);
    pg_status status = pg_blas_open(threads, err);
    if (status == PG_OK) status = pg_threads_check(threads, err);
    if (status != PG_OK) return status;
    pg_engine *engine = *result = pg_allocate(1, sizeof *engine);
    if (!engine) return pg_fail(err, PG_ERR_MEMORY, "engine: out of memory");
    engine->model = model;
    engine->threads = threads;
    engine->seed = seed;
    engine->image = (size_t)config->height * config->width * config->channels;
    engine->rows.workers = engine->threads;
    for (int w = 0; w <= engine->threads; w++)
        engine->rows.begin[w] = (size_t)w * ROWS_PER_WORKER;
    engine->rng = pg_allocate(engine->threads, sizeof *engine->rng);
    engine->noise =
        pg_allocate(engine->rows.begin[engine->threads] * config->code_dim, sizeof *engine->noise);
    bool ok = engine->rng && engine->noise;
    for (int w = 0; ok && w < engine->threads; w++)
        ok = (engine->rng[w] = pg_rng_create(seed, w)) != NULL;
    if (ok) return PG_OK;
    pg_engine_free(engine);
    *result = NULL;
    return pg_fail(err, PG_ERR_MEMORY, "engine: out of memory");
}

static void free_decoder(const pg_model *model, decoder_run *run)
{
    pg_pixelcnn_run_free(run->pixelcnn);
    pg_condition_run_free(&run->condition);
    if (model->config.decoder == PG_DECODER_FACTORISED) pg_upsampler_run_free(&run->factorised);
    free(run->target);
    free(run->biases);
    free(run->maps);
    free(run->outputs);
}

void pg_engine_free(pg_engine *engine)
{
    if (!engine) return;
    pg_encoder_run_free(engine->encoder);
    for (int w = 0; w < engine->threads; w++) {
        if (engine->decoder) free_decoder(engine->model, &engine->decoder[w]);
        if (engine->rng && engine->rng[w]) gsl_rng_free(engine->rng[w]);
    }
    pg_prior_run_free(&engine->prior);
    free(engine->decoder);
    free(engine->rng);
    free(engine->noise);
    free(engine);
}

/* ---- Encoding ---- */

/* This worker's rows of the batch that hold images of the call. */
static void own_rows(const pg_engine *engine, const pg_worker *worker, size_t *begin, size_t *end)
{
    size_t first = engine->rows.begin[worker->id], last = engine->rows.begin[worker->id + 1];
    *begin = first < engine->count ? first : engine->count;
    *end = last < engine->count ? last : engine->count;
}

/* Noise of an image depends on its number alone, not on threads or batches. */
static void draw_noise(pg_engine *engine, const pg_worker *worker, size_t begin, size_t end)
{
    int dim = engine->model->config.code_dim;
    gsl_rng *rng = engine->rng[worker->id];
    for (size_t r = begin; r < end; r++) {
        pg_rng_restart(rng, engine->seed, 2 * (engine->encoded + r) + 1);
        for (int i = 0; i < dim; i++)
            engine->noise[r * dim + i] = gsl_ran_gaussian_ziggurat(rng, 1);
    }
}

/* What the encoder sees of an image. */
static void show(const pg_engine *engine, size_t row, float *input)
{
    const pg_model *model = engine->model;
    const uint8_t *bytes = engine->images + row * engine->image;
    for (size_t i = 0; i < engine->image; i++)
        input[i] = bytes[i] / 255.0f;
    pg_shift_gain with = pg_normalize_find(&model->normalize, &model->parameters, input);
    pg_normalize_apply(&model->normalize, &with, input);
}

static void encode_task(const pg_worker *worker, void *argument)
{
    pg_engine *engine = argument;
    const pg_config *config = &engine->model->config;
    size_t begin, end, image = engine->image;
    own_rows(engine, worker, &begin, &end);
    float *input = pg_encoder_input(engine->encoder);
    for (size_t row = begin; row < end; row++)
        show(engine, row, input + row * image);
    pg_encoder_forward(engine->encoder, worker, false);
    if (engine->sampled) draw_noise(engine, worker, begin, end);
    const float *outputs = pg_encoder_output(engine->encoder);
    size_t width = engine->model->encoder.outputs;
    if (engine->posteriors)
        memcpy(engine->posteriors + begin * width, outputs + begin * width,
               (end - begin) * width * sizeof *outputs);
    if (!engine->codes_out) return;
    pg_posterior_forward(config, end - begin, outputs + begin * width,
                         engine->sampled ? engine->noise + begin * config->code_dim : NULL,
                         engine->codes_out + begin * config->code_dim);
}

/* Runs a task over the call's images, a batch at a time. */
static void each_batch(pg_engine *engine, size_t count, pg_task task,
                       void (*advance)(pg_engine *, size_t))
{
    size_t batch = engine->rows.begin[engine->threads];
    for (size_t done = 0; done < count; done += engine->count) {
        engine->count = count - done < batch ? count - done : batch;
        pg_team_run(engine->threads, task, engine);
        advance(engine, engine->count);
    }
}

static void advance_encoding(pg_engine *engine, size_t count)
{
    engine->images += count * engine->image;
    if (engine->posteriors) engine->posteriors += count * engine->model->encoder.outputs;
    if (!engine->codes_out) return; /* no noise was drawn */
    engine->codes_out += count * engine->model->config.code_dim;
    engine->encoded += count;
}

/* To codes, or to posteriors; the other is NULL. */
static pg_status run_encoder(pg_engine *engine, const uint8_t *images, size_t count, float *codes,
                             float *posteriors, pg_error *err)
{
    const pg_model *model = engine->model;
    if (!pg_model_has_encoder(&model->config))
        return pg_fail(err, PG_ERR_UNSUPPORTED, "model: has no encoder (prior none or label)");
    if (!engine->encoder) {
        pg_status status = pg_encoder_run_create(&model->encoder, &model->parameters, &engine->rows,
                                                 false, &engine->encoder, err);
        if (status != PG_OK) return status;
    }
    engine->images = images;
    engine->codes_out = codes;
    engine->posteriors = posteriors;
    each_batch(engine, count, encode_task, advance_encoding);
    return PG_OK;
}

pg_status pg_engine_encode(pg_engine *engine, const uint8_t *images, size_t count, bool sampled,
                           float *codes, pg_error *err)
{
    engine->sampled = sampled && engine->model->config.posterior == PG_POSTERIOR_GAUSSIAN;
    return run_encoder(engine, images, count, codes, NULL, err);
}

pg_status pg_engine_posterior(pg_engine *engine, const uint8_t *images, size_t count,
                              float *posteriors, pg_error *err)
{
    if (engine->model->config.posterior != PG_POSTERIOR_GAUSSIAN)
        return pg_fail(err, PG_ERR_UNSUPPORTED, "model: its posterior is not gaussian");
    engine->sampled = false;
    return run_encoder(engine, images, count, NULL, posteriors, err);
}

/* ---- Decoding ---- */

static size_t output_size(const pg_engine *engine)
{
    const pg_config *config = &engine->model->config;
    return (size_t)config->height * config->width *
           pg_likelihood_find(config->likelihood)->outputs(config);
}

static pg_status make_decoder(pg_engine *engine, decoder_run *run)
{
    const pg_model *model = engine->model;
    const pg_condition *condition = &model->condition;
    run->target = pg_allocate(engine->image, sizeof(float));
    if (!run->target) return pg_fail(&run->error, PG_ERR_MEMORY, "engine: out of memory");
    if (model->config.decoder == PG_DECODER_FACTORISED) {
        run->outputs = pg_allocate(ROWS_PER_WORKER * output_size(engine), sizeof(float));
        if (!run->outputs) return pg_fail(&run->error, PG_ERR_MEMORY, "engine: out of memory");
        return pg_upsampler_run_init(&run->factorised, &model->factorised, &model->parameters,
                                     ROWS_PER_WORKER, false, &run->error);
    }
    run->biases = pg_allocate((size_t)ROWS_PER_WORKER * condition->biases, sizeof(float));
    run->maps = pg_allocate((size_t)ROWS_PER_WORKER * condition->map, sizeof(float));
    if (!run->biases || !run->maps)
        return pg_fail(&run->error, PG_ERR_MEMORY, "engine: out of memory");
    pg_status status = pg_condition_run_init(&run->condition, condition, &model->parameters,
                                             ROWS_PER_WORKER, false, &run->error);
    if (status != PG_OK) return status;
    return pg_pixelcnn_run_create(&model->pixelcnn, false, false, &run->pixelcnn, &run->error);
}

static void make_decoder_task(const pg_worker *worker, void *argument)
{
    pg_engine *engine = argument;
    decoder_run *run = &engine->decoder[worker->id];
    run->status = make_decoder(engine, run);
}

static pg_status ensure_decoder(pg_engine *engine, pg_error *err)
{
    if (engine->decoder) return PG_OK;
    engine->decoder = pg_allocate(engine->threads, sizeof *engine->decoder);
    if (!engine->decoder) return pg_fail(err, PG_ERR_MEMORY, "engine: out of memory");
    pg_team_run(engine->threads, make_decoder_task, engine);
    for (int w = 0; w < engine->threads; w++) {
        const decoder_run *run = &engine->decoder[w];
        if (run->status == PG_OK) continue;
        if (err) *err = run->error;
        return run->status;
    }
    return PG_OK;
}

static void make_target(pg_engine *engine, const pg_worker *worker, size_t row, float *target)
{
    const pg_config *config = &engine->model->config;
    const uint8_t *bytes = engine->images + row * engine->image;
    if (engine->greys) {
        pg_likelihood_show(config, bytes, target);
        return;
    }
    gsl_rng *rng = engine->rng[worker->id];
    pg_rng_restart(rng, engine->seed, 2 * (engine->judged + row));
    pg_likelihood_target(config, rng, bytes, target);
}

/* The decoder's outputs for the i-th of this worker's rows, already conditioned. */
static const float *decode(const pg_engine *engine, decoder_run *run, size_t i)
{
    const pg_condition *condition = &engine->model->condition;
    if (engine->model->config.decoder == PG_DECODER_FACTORISED)
        return run->outputs + i * output_size(engine);
    return pg_pixelcnn_forward(run->pixelcnn, run->target, run->biases + i * condition->biases,
                               condition->map ? run->maps + i * condition->map : NULL);
}

static void decode_task(const pg_worker *worker, void *argument)
{
    pg_engine *engine = argument;
    const pg_config *config = &engine->model->config;
    decoder_run *run = &engine->decoder[worker->id];
    size_t begin, end, outputs = output_size(engine);
    own_rows(engine, worker, &begin, &end);
    const float *codes = engine->codes_in ? engine->codes_in + begin * config->code_dim : NULL;
    if (config->decoder == PG_DECODER_FACTORISED)
        pg_upsampler_forward(&run->factorised, codes, end - begin, run->outputs);
    else
        pg_condition_forward(&run->condition, codes, end - begin, run->biases, run->maps);
    for (size_t row = begin; row < end; row++) {
        if (engine->images) make_target(engine, worker, row, run->target);
        const float *result = decode(engine, run, row - begin);
        if (engine->logits)
            memcpy(engine->logits + row * outputs, result, outputs * sizeof *result);
        if (engine->nll)
            engine->nll[row] =
                pg_likelihood_find(config->likelihood)->loss(config, result, run->target, 0, NULL);
    }
}

static void advance_decoding(pg_engine *engine, size_t count)
{
    if (engine->images) engine->images += count * engine->image;
    if (engine->codes_in) engine->codes_in += count * engine->model->config.code_dim;
    if (engine->nll) engine->nll += count;
    if (engine->logits) engine->logits += count * output_size(engine);
    engine->judged += count;
}

static pg_status run_decoder(pg_engine *engine, const uint8_t *images, const float *codes,
                             size_t count, pg_error *err)
{
    if (!codes && engine->model->config.code_dim)
        return pg_fail(err, PG_ERR_ARGUMENT, "model: decoding needs codes");
    pg_status status = ensure_decoder(engine, err);
    if (status != PG_OK) return status;
    engine->images = images;
    engine->codes_in = engine->model->config.code_dim ? codes : NULL;
    each_batch(engine, count, decode_task, advance_decoding);
    return PG_OK;
}

pg_status pg_engine_nll(pg_engine *engine, const uint8_t *images, const float *codes, size_t count,
                        float *nll, pg_error *err)
{
    engine->nll = nll;
    engine->logits = NULL;
    engine->greys = false;
    return run_decoder(engine, images, codes, count, err);
}

pg_status pg_engine_logits(pg_engine *engine, const uint8_t *images, const float *codes,
                           size_t count, float *logits, pg_error *err)
{
    engine->nll = NULL;
    engine->logits = logits;
    engine->greys = true;
    return run_decoder(engine, images, codes, count, err);
}

/* ---- The prior ---- */

enum { PRIOR_ROWS = 64 };

pg_status pg_engine_log_prior(pg_engine *engine, const float *codes, size_t count, double *nats,
                              pg_error *err)
{
    const pg_model *model = engine->model;
    const pg_prior *prior = pg_prior_find(model->config.prior);
    if (!prior->log_density)
        return pg_fail(err, PG_ERR_UNSUPPORTED, "prior %s: has no density", prior->name);
    if (!engine->prior.prior) {
        pg_status status = pg_prior_run_init(&engine->prior, &model->config, &model->parameters,
                                             PRIOR_ROWS, false, err);
        if (status != PG_OK) return status;
    }
    for (size_t done = 0; done < count; done += PRIOR_ROWS) {
        size_t rows = count - done < PRIOR_ROWS ? count - done : PRIOR_ROWS;
        prior->log_density(&engine->prior, codes + done * model->config.code_dim, rows,
                           nats + done);
    }
    return PG_OK;
}

/* ---- For measurements ---- */

const pg_model *pg_engine_model(const pg_engine *engine)
{
    return engine->model;
}

uint64_t pg_engine_seed(const pg_engine *engine)
{
    return engine->seed;
}

uint64_t pg_engine_judged(const pg_engine *engine)
{
    return engine->judged;
}

void pg_engine_rewind(pg_engine *engine, size_t count)
{
    engine->judged -= count;
}
