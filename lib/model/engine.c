/* Applying a model: batches of images through a team of workers. */
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_randist.h>

#include "base/alloc.h"
#include "base/random.h"
#include "model/decoder.h"
#include "model/depth.h"
#include "model/engine.h"
#include "model/likelihood.h"
#include "model/posterior.h"
#include "model/prior.h"
#include "nn/blas.h"
#include "nn/team.h"

/* What a worker needs to decode. */
typedef struct decoder_run {
    void *state;
    float *targets; /* of a shard's images */
    pg_status status;
    pg_error error;
} decoder_run;

struct pg_engine {
    const pg_model *model;
    const pg_decoder *decoder;
    int threads;
    uint64_t seed;
    size_t image;     /* bytes of one */
    size_t rows;      /* of a shard */
    size_t outputs;   /* numbers that the decoder puts out for one */
    pg_shards shards; /* one for each thread */
    gsl_rng **rng;    /* of each worker */
    pg_encoder_run *encoder;
    decoder_run *decoders; /* of each worker */
    pg_prior_run prior;    /* once a density was asked for */
    float *noise;          /* of all rows */
};

/* A call, and how far it has come. */
typedef struct call {
    pg_engine *engine;
    const uint8_t *images;
    const float *codes_in;
    uint64_t first;     /* number of the first image of this batch */
    size_t done, count; /* images before this batch, and in it */
    bool sampled, draws;
    float *codes_out, *posteriors, *nll, *logits;
} call;

/* Of a shard, by what an image takes in the encoder, and as a map in the decoder. */
static size_t find_rows(const pg_model *model)
{
    const pg_config *config = &model->config;
    size_t numbers = (size_t)config->height * config->width * config->channels;
    numbers += (size_t)model->condition.map;
    for (int i = 0; i < model->encoder.count; i++)
        numbers += 2 * model->encoder.layer[i].size;
    return pg_encoded_rows(numbers);
}

pg_status pg_engine_create(const pg_model *model, int threads, uint64_t seed, pg_engine **result,
                           pg_error *err)
{
    const pg_config *config = &model->config;
    *result = NULL;
    threads = pg_team_size(threads);
    pg_status status = pg_blas_open(threads, err);
    if (status != PG_OK) return status;
    pg_engine *engine = *result = pg_allocate(1, sizeof *engine);
    if (!engine) return pg_fail(err, PG_ERR_MEMORY, "engine: out of memory");
    engine->model = model;
    engine->decoder = pg_decoder_find(config->decoder);
    engine->threads = threads;
    engine->seed = seed;
    engine->image = (size_t)config->height * config->width * config->channels;
    engine->outputs = pg_decoder_outputs(config);
    engine->rows = find_rows(model);
    engine->shards.count = engine->threads;
    for (int s = 0; s <= engine->threads; s++)
        engine->shards.begin[s] = (size_t)s * engine->rows;
    engine->rng = pg_allocate(engine->threads, sizeof *engine->rng);
    engine->noise =
        pg_allocate(pg_shards_total(&engine->shards) * config->code_dim, sizeof *engine->noise);
    bool ok = engine->rng && engine->noise;
    for (int w = 0; ok && w < engine->threads; w++)
        ok = (engine->rng[w] = pg_rng_create(seed, PG_RANDOM_CODE, 0, 0)) != NULL;
    if (ok) return PG_OK;
    pg_engine_free(engine);
    *result = NULL;
    return pg_fail(err, PG_ERR_MEMORY, "engine: out of memory");
}

void pg_engine_free(pg_engine *engine)
{
    if (!engine) return;
    pg_encoder_run_free(engine->encoder);
    for (int w = 0; w < engine->threads; w++) {
        if (engine->decoders) {
            engine->decoder->stop(engine->decoders[w].state);
            free(engine->decoders[w].targets);
        }
        if (engine->rng && engine->rng[w]) gsl_rng_free(engine->rng[w]);
    }
    pg_prior_run_free(&engine->prior);
    free(engine->decoders);
    free(engine->rng);
    free(engine->noise);
    free(engine);
}

/* ---- Batches ---- */

/* Runs a task over the call's images, a batch at a time. */
static void each_batch(call *c, size_t count, pg_task task)
{
    pg_engine *engine = c->engine;
    size_t batch = pg_shards_total(&engine->shards);
    for (c->done = 0; c->done < count; c->done += c->count, c->first += c->count) {
        c->count = count - c->done < batch ? count - c->done : batch;
        pg_team_run(engine->threads, task, c);
    }
}

/* The rows of a shard that hold images of the call. */
static size_t shard_images(const call *c, int s, size_t *begin)
{
    const pg_shards *shards = &c->engine->shards;
    *begin = shards->begin[s];
    if (*begin >= c->count) return 0;
    size_t end = shards->begin[s + 1];
    return (end < c->count ? end : c->count) - *begin;
}

/* ---- Encoding ---- */

/* Noise of an image depends on its number alone. */
static void draw_noise(const call *c, gsl_rng *rng, size_t begin, size_t rows)
{
    size_t dim = (size_t)c->engine->model->config.code_dim;
    for (size_t r = begin; r < begin + rows; r++) {
        pg_rng_start(rng, c->engine->seed, PG_RANDOM_CODE, 0, c->first + r);
        for (size_t i = 0; i < dim; i++)
            c->engine->noise[r * dim + i] = gsl_ran_gaussian_ziggurat(rng, 1);
    }
}

static void fill_inputs(const call *c, size_t begin, size_t rows)
{
    const pg_engine *engine = c->engine;
    const pg_model *model = engine->model;
    float *input = pg_encoder_input(engine->encoder) + begin * engine->image;
    const uint8_t *bytes = c->images + (c->done + begin) * engine->image;
    for (size_t r = 0; r < rows; r++, input += engine->image, bytes += engine->image) {
        pg_normalize_scale(engine->image, bytes, input);
        pg_shift_gain with = pg_normalize_find(&model->normalize, &model->parameters, input);
        pg_normalize_apply(&model->normalize, &with, input);
    }
}

/* What was asked for, from the encoder's outputs. */
static void take_codes(const call *c, gsl_rng *rng, size_t begin, size_t rows)
{
    const pg_engine *engine = c->engine;
    const pg_config *config = &engine->model->config;
    size_t width = (size_t)engine->model->encoder.outputs, dim = (size_t)config->code_dim;
    const float *outputs = pg_encoder_output(engine->encoder) + begin * width;
    if (c->posteriors)
        memcpy(c->posteriors + (c->done + begin) * width, outputs, rows * width * sizeof *outputs);
    if (!c->codes_out) return;
    if (c->sampled) draw_noise(c, rng, begin, rows);
    pg_posterior_forward(config, rows, outputs, c->sampled ? engine->noise + begin * dim : NULL,
                         c->codes_out + (c->done + begin) * dim);
}

static void encode_task(const pg_worker *worker, void *argument)
{
    const call *c = argument;
    const pg_engine *engine = c->engine;
    int first, last;
    size_t begin;
    pg_own_shards(&engine->shards, worker, &first, &last);
    for (int s = first; s < last; s++) {
        size_t rows = shard_images(c, s, &begin);
        fill_inputs(c, begin, rows);
    }
    pg_encoder_forward(engine->encoder, worker, false);
    for (int s = first; s < last; s++) {
        size_t rows = shard_images(c, s, &begin);
        take_codes(c, engine->rng[worker->id], begin, rows);
    }
}

static pg_status ensure_encoder(pg_engine *engine, pg_error *err)
{
    const pg_model *model = engine->model;
    if (!pg_config_has_encoder(&model->config))
        return pg_fail(err, PG_ERR_UNSUPPORTED, "model: has no encoder (prior none or label)");
    if (engine->encoder) return PG_OK;
    const pg_batch batch = {.shards = &engine->shards,
                            .rows = pg_shards_total(&engine->shards),
                            .threads = engine->threads};
    return pg_encoder_run_create(&model->encoder, &model->parameters, &batch, &engine->encoder,
                                 err);
}

pg_status pg_engine_encode(pg_engine *engine, const uint8_t *images, uint64_t first, size_t count,
                           bool sampled, float *codes, pg_error *err)
{
    pg_status status = ensure_encoder(engine, err);
    if (status != PG_OK) return status;
    call c = {.engine = engine, .images = images, .first = first, .codes_out = codes};
    c.sampled = sampled && engine->model->config.posterior == PG_POSTERIOR_GAUSSIAN;
    each_batch(&c, count, encode_task);
    return PG_OK;
}

pg_status pg_engine_posterior(pg_engine *engine, const uint8_t *images, size_t count,
                              float *posteriors, pg_error *err)
{
    if (engine->model->config.posterior != PG_POSTERIOR_GAUSSIAN)
        return pg_fail(err, PG_ERR_UNSUPPORTED, "model: its posterior is not gaussian");
    pg_status status = ensure_encoder(engine, err);
    if (status != PG_OK) return status;
    call c = {.engine = engine, .images = images, .posteriors = posteriors};
    each_batch(&c, count, encode_task);
    return PG_OK;
}

/* ---- Decoding ---- */

static pg_status make_decoder(pg_engine *engine, decoder_run *run)
{
    run->targets = pg_allocate(engine->rows * engine->image, sizeof *run->targets);
    if (!run->targets) return pg_fail(&run->error, PG_ERR_MEMORY, "engine: out of memory");
    pg_status status =
        engine->decoder->start(engine->model, engine->rows, false, false, &run->state, &run->error);
    if (status == PG_OK) engine->decoder->load(run->state);
    return status;
}

/* Each of the workers planned for, whoever is there to do it. */
static void make_decoder_task(const pg_worker *worker, void *argument)
{
    pg_engine *engine = argument;
    size_t begin, end;
    pg_share(worker, (size_t)engine->threads, &begin, &end);
    for (size_t w = begin; w < end; w++)
        engine->decoders[w].status = make_decoder(engine, &engine->decoders[w]);
}

static pg_status ensure_decoder(pg_engine *engine, pg_error *err)
{
    if (engine->decoders) return PG_OK;
    engine->decoders = pg_allocate(engine->threads, sizeof *engine->decoders);
    if (!engine->decoders) return pg_fail(err, PG_ERR_MEMORY, "engine: out of memory");
    pg_team_run(engine->threads, make_decoder_task, engine);
    for (int w = 0; w < engine->threads; w++) {
        const decoder_run *run = &engine->decoders[w];
        if (run->status == PG_OK) continue;
        if (err) *err = run->error;
        return run->status;
    }
    return PG_OK;
}

static void fill_targets(const call *c, gsl_rng *rng, size_t begin, size_t rows, float *targets)
{
    const pg_engine *engine = c->engine;
    const pg_config *config = &engine->model->config;
    const uint8_t *bytes = c->images + (c->done + begin) * engine->image;
    for (size_t r = 0; r < rows; r++, bytes += engine->image, targets += engine->image) {
        if (!c->draws) {
            pg_likelihood_show(config, bytes, targets);
            continue;
        }
        pg_rng_start(rng, engine->seed, PG_RANDOM_LIKELIHOOD, 0, c->first + begin + r);
        pg_likelihood_target(config, rng, bytes, targets);
    }
}

/* A worker's shard of a call. */
typedef struct shard_call {
    const call *c;
    size_t begin;
    const float *targets;
} shard_call;

static void take_outputs(void *with, size_t row, const float *outputs)
{
    const shard_call *s = with;
    const call *c = s->c;
    const pg_config *config = &c->engine->model->config;
    size_t at = c->done + s->begin + row, size = c->engine->outputs;
    if (c->logits) memcpy(c->logits + at * size, outputs, size * sizeof *outputs);
    if (c->nll)
        c->nll[at] = pg_likelihood_find(config->likelihood)
                         ->loss(config, outputs, s->targets + row * c->engine->image, 0, NULL);
}

static void decode_task(const pg_worker *worker, void *argument)
{
    const call *c = argument;
    const pg_engine *engine = c->engine;
    const decoder_run *run = &engine->decoders[worker->id];
    size_t dim = (size_t)engine->model->config.code_dim, begin;
    int first, last;
    pg_own_shards(&engine->shards, worker, &first, &last);
    for (int s = first; s < last; s++) {
        size_t rows = shard_images(c, s, &begin);
        shard_call shard = {c, begin, run->targets};
        if (!rows) continue;
        if (c->images) fill_targets(c, engine->rng[worker->id], begin, rows, run->targets);
        engine->decoder->forward(run->state,
                                 c->codes_in ? c->codes_in + (c->done + begin) * dim : NULL,
                                 run->targets, rows, take_outputs, &shard);
    }
}

static pg_status run_decoder(call *c, size_t count, pg_error *err)
{
    bool wanted = c->engine->model->config.code_dim > 0;
    if (!c->codes_in && wanted) return pg_fail(err, PG_ERR_ARGUMENT, "model: decoding needs codes");
    pg_status status = ensure_decoder(c->engine, err);
    if (status != PG_OK) return status;
    if (!wanted) c->codes_in = NULL;
    each_batch(c, count, decode_task);
    return PG_OK;
}

pg_status pg_engine_nll(pg_engine *engine, const uint8_t *images, const float *codes,
                        uint64_t first, size_t count, float *nll, pg_error *err)
{
    call c = {.engine = engine,
              .images = images,
              .codes_in = codes,
              .first = first,
              .draws = true,
              .nll = nll};
    return run_decoder(&c, count, err);
}

pg_status pg_engine_logits(pg_engine *engine, const uint8_t *images, const float *codes,
                           size_t count, float *logits, pg_error *err)
{
    call c = {.engine = engine, .images = images, .codes_in = codes, .logits = logits};
    return run_decoder(&c, count, err);
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
