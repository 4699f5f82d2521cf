#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/random.h"
#include "model/decoder.h"
#include "model/likelihood.h"
#include "model/model.h"
#include "model/pixelcnn.h"
#include "model/prior.h"
#include "nn/blas.h"
#include "nn/team.h"
#include "pixelgan/sample.h"
#include "sample/draw.h"

enum {
    GROUP_LIMIT = 16, /* images drawn side by side by one thread: their caches stay in the L2 */
    WORKER_BYTES = 64 << 20 /* of one thread's memory, where more than one image is in it */
};

/* What one thread needs. */
typedef struct worker {
    pg_stacks *stacks;
    gsl_rng *rng[GROUP_LIMIT];
    pg_condition_run condition;
    float *biases, *maps;
} worker;

struct pg_sampler {
    const pg_model *model;
    const pg_config *config;
    pg_packed *net;
    uint64_t seed;
    uint64_t images, codes; /* drawn so far */
    int threads;
    int outputs;       /* numbers a pixel */
    pg_engine *engine; /* of a factorised decoder; then there are no net and no workers */
    pg_prior_run prior;
    gsl_rng *rng;       /* for codes, and for the images of a factorised decoder */
    size_t group_limit; /* images a worker can hold at most */
    size_t group_room;  /* and does hold */
    worker *workers;
};

/* A run: its images are cut into groups, which the workers take as they get free. */
typedef struct run {
    const pg_sampler *sampler;
    const pg_sample_request *request;
    uint8_t *images;
    float *logits;
    size_t groups;
    atomic_size_t next;
} run;

static size_t area_of(const pg_sampler *s)
{
    return (size_t)s->config->height * s->config->width;
}

static size_t table_size(const pg_sampler *s)
{
    return (size_t)s->net->slots * s->net->features;
}

static size_t map_size(const pg_sampler *s)
{
    return s->net->has_map ? area_of(s) * s->net->features : 0;
}

static size_t find_group_limit(const pg_sampler *s)
{
    size_t caches = pg_stacks_bytes(s->net, 1);
    if (caches >= WORKER_BYTES) return 1;
    size_t images = WORKER_BYTES / (caches + (table_size(s) + map_size(s)) * sizeof(float));
    return images < 1 ? 1 : images > GROUP_LIMIT ? GROUP_LIMIT : images;
}

static void empty_worker(worker *w)
{
    pg_stacks_free(w->stacks);
    pg_condition_run_free(&w->condition);
    free(w->biases);
    free(w->maps);
    w->stacks = NULL;
    w->condition = (pg_condition_run){0};
    w->biases = w->maps = NULL;
}

static pg_status fill_worker(const pg_sampler *s, worker *w, size_t images, pg_error *err)
{
    empty_worker(w);
    for (size_t i = 0; i < images; i++) {
        if (!w->rng[i]) w->rng[i] = pg_rng_create(s->seed, PG_RANDOM_PIXELS, 0, i);
        if (!w->rng[i]) return pg_fail(err, PG_ERR_MEMORY, "sampler: out of memory");
    }
    w->biases = pg_allocate(images, table_size(s) * sizeof(float));
    w->maps = pg_allocate(images, map_size(s) * sizeof(float));
    if (!w->biases || !w->maps)
        return pg_fail(err, PG_ERR_MEMORY, "sampler: no memory for the conditioning of %zu images",
                       images);
    pg_status status = pg_condition_run_init(&w->condition, &s->model->condition,
                                             &s->model->parameters, images, false, err);
    return status == PG_OK ? pg_stacks_create(s->net, images, &w->stacks, err) : status;
}

/* Makes room for groups of that many images. */
static pg_status reserve(pg_sampler *s, size_t images, pg_error *err)
{
    if (images <= s->group_room) return PG_OK;
    s->group_room = 0;
    for (int i = 0; i < s->threads; i++) {
        pg_status status = fill_worker(s, &s->workers[i], images, err);
        if (status != PG_OK) return status;
    }
    s->group_room = images;
    return PG_OK;
}

/* Packs the PixelCNN's weights. */
static pg_status prepare_pixelcnn(pg_sampler *s, pg_error *err)
{
    s->workers = calloc((size_t)s->threads, sizeof *s->workers);
    if (!s->workers) return pg_fail(err, PG_ERR_MEMORY, "sampler: out of memory");
    pg_pixelcnn net;
    pg_pixelcnn_describe(s->model, &net);
    pg_status status = pg_packed_create(&net, &s->net, err);
    if (status == PG_OK) s->group_limit = find_group_limit(s);
    return status;
}

static pg_status prepare(pg_sampler *s, pg_error *err)
{
    s->rng = pg_rng_create(s->seed, PG_RANDOM_DRAWN_CODE, 0, 0);
    if (!s->rng) return pg_fail(err, PG_ERR_MEMORY, "sampler: out of memory");
    pg_status status =
        pg_prior_run_init(&s->prior, s->config, &s->model->parameters, 1, false, err);
    if (status != PG_OK) return status;
    s->outputs = pg_likelihood_find(s->config->likelihood)->outputs(s->config);
    if (pg_decoder_find(s->config->decoder)->autoregressive) return prepare_pixelcnn(s, err);
    return pg_engine_create(s->model, s->threads, s->seed, &s->engine, err);
}

pg_status pg_sampler_create(const pg_model *model, int threads, uint64_t seed, pg_sampler **result,
                            pg_error *err)
{
    *result = NULL;
    threads = pg_team_size(threads);
    pg_status status = pg_blas_open(threads, err);
    if (status != PG_OK) return status;
    pg_sampler *s = calloc(1, sizeof *s);
    if (!s) return pg_fail(err, PG_ERR_MEMORY, "sampler: out of memory");
    s->model = model;
    s->config = pg_model_config(model);
    s->seed = seed;
    s->threads = threads;
    status = prepare(s, err);
    if (status != PG_OK) {
        pg_sampler_free(s);
        return status;
    }
    *result = s;
    return PG_OK;
}

void pg_sampler_free(pg_sampler *s)
{
    if (!s) return;
    for (int i = 0; s->workers && i < s->threads; i++) {
        empty_worker(&s->workers[i]);
        for (int k = 0; k < GROUP_LIMIT; k++)
            if (s->workers[i].rng[k]) gsl_rng_free(s->workers[i].rng[k]);
    }
    free(s->workers);
    pg_packed_free(s->net);
    pg_engine_free(s->engine);
    pg_prior_run_free(&s->prior);
    if (s->rng) gsl_rng_free(s->rng);
    free(s);
}

static pg_status check_request(const pg_sampler *s, const pg_sample_request *request, pg_error *err)
{
    size_t numbers = request->count * (size_t)s->config->code_dim;
    if (!(request->temperature > 0 && isfinite(request->temperature)))
        return pg_fail(err, PG_ERR_ARGUMENT, "sampler: the temperature %g is not above 0",
                       request->temperature);
    if (request->given && (request->given_rows < 0 || request->given_rows > s->config->height))
        return pg_fail(err, PG_ERR_ARGUMENT, "sampler: %d given rows, but images have %d",
                       request->given_rows, s->config->height);
    if (numbers && !request->codes)
        return pg_fail(err, PG_ERR_ARGUMENT, "sampler: this model needs codes");
    for (size_t i = 0; i < numbers; i++)
        if (!isfinite(request->codes[i]))
            return pg_fail(err, PG_ERR_ARGUMENT, "sampler: code %zu is not finite",
                           i / (size_t)s->config->code_dim);
    return PG_OK;
}

/* The part of a request from image `first` on, without its conditioning. */
static pg_drawing cut(const run *r, size_t first, size_t count)
{
    const pg_sampler *s = r->sampler;
    const pg_sample_request *request = r->request;
    size_t values = area_of(s) * s->config->channels;
    pg_drawing part = {.count = count,
                       .given_rows = request->given_rows,
                       .temperature = request->temperature,
                       .mean = request->mean,
                       .seed = s->seed,
                       .first = s->images + first,
                       .images = r->images + first * values};
    if (request->given) part.given = request->given + first * values;
    if (r->logits) part.logits = r->logits + first * area_of(s) * s->outputs;
    return part;
}

static const float *codes_from(const run *r, size_t first)
{
    int dimensions = r->sampler->config->code_dim;
    return dimensions > 0 ? r->request->codes + first * (size_t)dimensions : NULL;
}

static void draw_group(const run *r, worker *w, size_t first, size_t count)
{
    const pg_sampler *s = r->sampler;
    pg_condition_apply(&w->condition, codes_from(r, first), count, w->biases, w->maps);
    pg_drawing group = cut(r, first, count);
    group.biases = w->biases;
    group.maps = w->maps;
    pg_draw(s->net, w->stacks, s->config, w->rng, &group);
}

/* Task of every worker. */
static void draw_groups(const pg_worker *self, void *argument)
{
    run *r = argument;
    size_t count = r->request->count, group;
    while ((group = atomic_fetch_add(&r->next, 1)) < r->groups) {
        size_t first = count * group / r->groups, end = count * (group + 1) / r->groups;
        draw_group(r, &r->sampler->workers[self->id], first, end - first);
    }
}

/* As many groups for each thread, none above the limit. */
static size_t count_groups(const pg_sampler *s, size_t images)
{
    size_t threads = (size_t)s->threads;
    size_t each = (images + threads * s->group_limit - 1) / (threads * s->group_limit);
    return each * threads < images ? each * threads : images;
}

static pg_status run_pixelcnn(pg_sampler *s, run *r, pg_error *err)
{
    size_t count = r->request->count;
    r->groups = count_groups(s, count);
    pg_status status = reserve(s, (count + r->groups - 1) / r->groups, err);
    if (status != PG_OK) return status;
    pg_team_run(s->threads, draw_groups, r);
    return PG_OK;
}

/* All outputs of an image come from one pass of the engine. */
static pg_status run_factorised(pg_sampler *s, const run *r, pg_error *err)
{
    size_t each = area_of(s) * s->outputs, count = r->request->count, done = 0;
    size_t room = WORKER_BYTES / (each * sizeof(float));
    size_t most = (size_t)s->threads * (room < 1 ? 1 : room > GROUP_LIMIT ? GROUP_LIMIT : room);
    float *logits = pg_allocate(count < most ? count : most, each * sizeof *logits);
    if (!logits) return pg_fail(err, PG_ERR_MEMORY, "sampler: no memory for the outputs");
    pg_status status = PG_OK;
    while (status == PG_OK && done < count) {
        pg_drawing group = cut(r, done, count - done < most ? count - done : most);
        if (!group.logits) group.logits = logits;
        status =
            pg_engine_logits(s->engine, NULL, codes_from(r, done), group.count, group.logits, err);
        if (status == PG_OK) pg_draw_independent(s->config, s->rng, &group);
        done += group.count;
    }
    free(logits);
    return status;
}

pg_status pg_sampler_run(pg_sampler *s, const pg_sample_request *request, uint8_t *images,
                         float *logits, pg_error *err)
{
    pg_status status = check_request(s, request, err);
    if (status != PG_OK || request->count == 0) return status;
    run r = {.sampler = s, .request = request, .images = images, .logits = logits};
    status = s->engine ? run_factorised(s, &r, err) : run_pixelcnn(s, &r, err);
    if (status == PG_OK) s->images += request->count;
    return status;
}

static pg_status check_category(const pg_config *config, int category, pg_error *err)
{
    if (category < 0 || category < config->components) return PG_OK;
    if (config->components == 0)
        return pg_fail(err, PG_ERR_ARGUMENT, "sampler: the model's prior has no categories");
    return pg_fail(err, PG_ERR_ARGUMENT, "sampler: category %d, but the model's are 0 to %d",
                   category, config->components - 1);
}

pg_status pg_sampler_prior(pg_sampler *s, size_t count, int category, float *codes, pg_error *err)
{
    pg_status status = check_category(s->config, category, err);
    for (size_t i = 0; status == PG_OK && i < count; i++) {
        pg_rng_start(s->rng, s->seed, PG_RANDOM_DRAWN_CODE, 0, s->codes++);
        s->prior.prior->draw(&s->prior, s->rng, category, codes + i * s->config->code_dim);
    }
    return status;
}

pg_status pg_sampler_plane(pg_sampler *s, int side, size_t first, size_t count, float *codes,
                           pg_error *err)
{
    if (!s->prior.prior->place || s->config->code_dim != 2)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "the model's code is not a point of the plane; that takes a prior "
                       "gaussian:2, flow:2 or mixture:K");
    for (size_t i = 0; i < count; i++) {
        size_t row = (first + i) / side, column = (first + i) % side;
        s->prior.prior->place(&s->prior, (column + 0.5) / side, 1 - (row + 0.5) / side,
                              codes + 2 * i);
    }
    return PG_OK;
}
