#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/random.h"
#include "model/config.h"
#include "nn/blas.h"
#include "train/data_hash.h"
#include "train/trainer.h"

/* ---- The data ---- */

static int compare_labels(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* Distinct labels but PG_LABEL_NONE, sorted, at most `most` of them; -1 where there are more. */
static int distinct_labels(const pg_records *data, int32_t *classes, int most)
{
    int count = 0;
    for (size_t i = 0; i < data->count; i++) {
        int32_t label = data->label[i];
        if (label == PG_LABEL_NONE) continue;
        if (bsearch(&label, classes, count, sizeof *classes, compare_labels)) continue;
        if (count == most) return -1;
        classes[count++] = label;
        qsort(classes, count, sizeof *classes, compare_labels);
    }
    return count;
}

static void sort_into_categories(pg_trainer *t, const int32_t *classes, int count)
{
    for (size_t i = 0; i < t->data->count; i++) {
        int32_t label = t->data->label[i];
        const int32_t *found = bsearch(&label, classes, count, sizeof *classes, compare_labels);
        t->category[i] = label != PG_LABEL_NONE && found ? (int32_t)(found - classes) : -1;
        if (t->category[i] >= 0) t->labelled[t->labelled_count++] = i;
    }
}

/* Which examples have labels, and the category of each. */
static pg_status plan_labels(pg_trainer *t, pg_error *err)
{
    int most = t->model->config.components;
    if (!t->data->schema.has_label)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "training data: has no labels; add them with pg-prep --labels");
    int32_t *classes = pg_allocate(most, sizeof *classes);
    t->labelled = pg_allocate(t->data->count, sizeof *t->labelled);
    t->category = pg_allocate(t->data->count, sizeof *t->category);
    if (!classes || !t->labelled || !t->category) {
        free(classes);
        return pg_fail(err, PG_ERR_MEMORY, "training data: out of memory for labels");
    }
    int count = distinct_labels(t->data, classes, most);
    pg_status status = PG_OK;
    if (count != most)
        status =
            pg_fail(err, PG_ERR_ARGUMENT,
                    "training data: has %s than the %d categories of the prior; give the prior "
                    "one for each class",
                    count < 0 ? "more classes" : "fewer classes", most);
    if (status == PG_OK) {
        sort_into_categories(t, classes, count);
        if (pg_config_code_is_label(&t->model->config) && t->labelled_count < t->data->count)
            status = pg_fail(err, PG_ERR_ARGUMENT,
                             "training data: %zu of %zu examples lack the label that prior label "
                             "needs; drop them with pg-prep --classes",
                             t->data->count - t->labelled_count, t->data->count);
    }
    if (status == PG_OK) {
        status = pg_model_set_classes(t->model, classes, count, err);
    }
    free(classes);
    return status;
}

static pg_status check_data(const pg_config *config, const pg_records *data, pg_error *err)
{
    const pg_schema *s = &data->schema;
    const pg_schema wanted = {
        .height = config->height, .width = config->width, .channels = config->channels};
    if (!data->count && s->channels)
        return pg_fail(err, PG_ERR_ARGUMENT, "training data: holds no example");
    return pg_images_check(s, &wanted, "training data", "the model", err);
}

static bool wants_labels(const pg_trainer *t)
{
    const pg_config *config = &t->model->config;
    return t->options.supervise || config->label_informed || pg_config_code_is_label(config);
}

/* ---- Memory ---- */

static bool take(float **memory, size_t count)
{
    *memory = pg_allocate(count, sizeof(float));
    return *memory != NULL;
}

static bool plan_order(pg_trainer *t)
{
    t->rng = pg_rng_create(t->options.seed, PG_RANDOM_ORDER, 0, 0);
    t->order = pg_allocate(t->data->count, sizeof *t->order);
    t->epoch = SIZE_MAX; /* shuffles before the first step */
    return t->rng && t->order;
}

/* The rows of this process, shard by shard. */
static void plan_rows(pg_trainer *t)
{
    size_t row = 0, views = t->two_views ? 2 : 1;
    t->shards.count = t->group.last - t->group.first;
    for (int s = 0; s < t->shards.count; s++) {
        pg_train_shard *shard = &t->shard[s];
        pg_worker place = {t->group.first + s, t->group.shards};
        size_t end, labelled_end;
        pg_share(&place, t->batch, &shard->first, &end);
        pg_share(&place, t->labelled_batch, &shard->first_labelled, &labelled_end);
        shard->first_row = t->shards.begin[s] = row;
        shard->unlabelled = end - shard->first;
        shard->views = (views - 1) * shard->unlabelled;
        shard->labelled = labelled_end - shard->first_labelled;
        row += shard->unlabelled + shard->views + shard->labelled;
    }
    t->shards.begin[t->shards.count] = row;
}

static size_t most_unlabelled(const pg_trainer *t)
{
    size_t most = 0;
    for (int s = 0; s < t->shards.count; s++)
        if (t->shard[s].unlabelled > most) most = t->shard[s].unlabelled;
    return most;
}

static bool plan_shared(pg_trainer *t)
{
    size_t rows = pg_shards_total(&t->shards), parameters = t->model->parameters.size;
    size_t dim = (size_t)t->model->config.code_dim, codes = rows * dim;
    pg_divergence_sums *d = &t->divergence;
    d->of_shards = pg_allocate((size_t)t->group.shards * dim, sizeof *d->of_shards);
    d->sums = pg_allocate(dim, sizeof *d->sums);
    t->example = pg_allocate(rows, sizeof *t->example);
    t->row_category = pg_allocate(rows, sizeof *t->row_category);
    t->gradients = pg_allocate(t->shards.count, sizeof *t->gradients);
    return d->of_shards && d->sums && take(&d->scale, dim) && t->example && t->row_category &&
           t->gradients && take(&t->codes, codes) && take(&t->dcodes, codes) &&
           take(&t->noise, codes) && take(&t->first_moment, parameters) &&
           take(&t->second_moment, parameters);
}

static bool plan_shard(pg_trainer *t, int s)
{
    pg_train_shard *shard = &t->shard[s];
    shard->sums = &t->sums[t->group.first + s];
    shard->nats = pg_allocate(shard->unlabelled, sizeof *shard->nats);
    if (!shard->nats || !take(&shard->gradient, t->model->parameters.size)) return false;
    t->gradients[s] = shard->gradient;
    return true;
}

static pg_augment make_augment(const pg_trainer *t)
{
    const pg_config *config = &t->model->config;
    const pg_train_options *o = &t->options;
    return (pg_augment){
        .height = config->height,
        .width = config->width,
        .channels = config->channels,
        .replicate = o->replicate_edges,
        .normalize = &t->model->normalize,
        .parameters = &t->model->parameters,
        .range = {o->shift, o->rotate, o->shear, o->zoom, o->elastic, o->erase},
        .noise = t->input_noise,
    };
}

static bool plan_worker(pg_trainer *t, pg_train_worker *w)
{
    const pg_config *config = &t->model->config;
    size_t image = pg_schema_image_size(&t->data->schema);
    w->rng = pg_rng_create(t->options.seed, PG_RANDOM_TARGET, 0, 0);
    w->augment = make_augment(t);
    if (!w->rng || !take(&w->augment.bordered,
                         pg_augment_workspace(config->height, config->width, config->channels)))
        return false;
    pg_augment_prepare(&w->augment);
    return take(&w->targets, most_unlabelled(t) * image) && take(&w->drawn, config->code_dim);
}

static pg_status plan_memory(pg_trainer *t, pg_error *err)
{
    t->workers = pg_allocate(t->threads, sizeof *t->workers);
    t->shard = pg_allocate(t->group.last - t->group.first, sizeof *t->shard);
    t->sums = pg_allocate(t->group.shards, sizeof *t->sums);
    bool ok = t->workers && t->shard && t->sums;
    if (ok) plan_rows(t);
    ok = ok && plan_shared(t) && plan_order(t);
    for (int s = 0; ok && s < t->shards.count; s++)
        ok = plan_shard(t, s);
    for (int w = 0; ok && w < t->threads; w++)
        ok = plan_worker(t, &t->workers[w]);
    if (!ok) return pg_fail(err, PG_ERR_MEMORY, "training: out of memory");
    return pg_reduction_plan(&t->reduction, &t->group, t->model->parameters.size, err);
}

/* ---- Layers ---- */

static pg_status make_layers(pg_trainer *t, pg_train_worker *w, pg_error *err)
{
    const pg_model *m = t->model;
    size_t rows = most_unlabelled(t);
    bool half = t->options.precision == PG_PRECISION_BF16;
    pg_status status = t->decoder->start(m, rows, true, half, &w->decoder, err);
    if (status == PG_OK && pg_config_has_discriminator(&m->config))
        status = pg_discriminator_run_init(&w->discriminator, &m->discriminator, &m->parameters,
                                           2 * rows, err);
    return status;
}

/* Each of the workers planned for, whoever is there to do it. */
static void make_layers_task(const pg_worker *worker, void *argument)
{
    pg_trainer *t = argument;
    size_t begin, end;
    pg_share(worker, (size_t)t->threads, &begin, &end);
    for (size_t i = begin; i < end; i++)
        t->workers[i].status = make_layers(t, &t->workers[i], &t->workers[i].error);
}

static pg_status make_priors(pg_trainer *t, pg_error *err)
{
    pg_status status = PG_OK;
    for (int s = 0; status == PG_OK && s < t->shards.count; s++)
        status = pg_prior_run_init(&t->shard[s].prior, &t->model->config, &t->model->parameters,
                                   t->shard[s].unlabelled, true, err);
    return status;
}

static pg_status make_encoder(pg_trainer *t, pg_error *err)
{
    const pg_batch batch = {.shards = &t->shards,
                            .group = &t->group,
                            .rows = (t->two_views ? 2 : 1) * t->batch + t->labelled_batch,
                            .threads = t->threads};
    if (!pg_config_has_encoder(&t->model->config)) return PG_OK;
    return pg_encoder_run_create(&t->model->encoder, &t->model->parameters, &batch, &t->encoder,
                                 err);
}

static pg_status make_all_layers(pg_trainer *t, pg_error *err)
{
    pg_team_run(t->threads, make_layers_task, t);
    for (int i = 0; i < t->threads; i++) {
        if (t->workers[i].status == PG_OK) continue;
        if (err) *err = t->workers[i].error;
        return t->workers[i].status;
    }
    pg_status status = make_priors(t, err);
    if (status == PG_OK) status = make_encoder(t, err);
    if (status == PG_OK) pg_team_run(t->threads, pg_train_load_weights, t);
    return status;
}

static void plan_sizes(pg_trainer *t, const pg_transport *transport)
{
    const pg_train_options *o = &t->options;
    t->batch = (size_t)o->batch < t->data->count ? (size_t)o->batch : t->data->count;
    t->labelled_batch = 0;
    if (o->supervise && !t->model->config.label_informed)
        t->labelled_batch = (size_t)o->labelled_batch < t->labelled_count
                                ? (size_t)o->labelled_batch
                                : t->labelled_count;
    t->two_views = o->agreement_weight > 0 && pg_config_has_categories(&t->model->config);
    if (o->input_noise > 0) t->input_noise = o->input_noise * pg_augment_contrast(t->data);
    t->group = pg_group_among(transport, (size_t)o->shards < t->batch ? o->shards : (int)t->batch);
    t->threads = pg_team_size(o->threads);
    int own = t->group.last - t->group.first;
    if (t->threads > own) t->threads = own ? own : 1;
    t->adam = (pg_adam){o->learning_rate, 0.9, 0.999, 1e-8, 0};
    t->discriminator_adam = (pg_adam){o->discriminator_rate, 0.5, 0.999, 1e-8, 0};
}

/* What a process does for itself. */
static pg_status create(pg_model *model, const pg_records *data, const pg_train_options *options,
                        const pg_transport *transport, pg_trainer **result, pg_error *err)
{
    *result = NULL;
    pg_status status = pg_train_check(options, &model->config, err);
    if (status == PG_OK) status = check_data(&model->config, data, err);
    if (status != PG_OK) return status;
    pg_normalize_fit(&model->normalize, &model->parameters, data);
    pg_trainer *t = pg_allocate(1, sizeof *t);
    if (!t) return pg_fail(err, PG_ERR_MEMORY, "training: out of memory");
    t->model = model;
    t->data = data;
    t->options = *options;
    t->decoder = pg_decoder_find(model->config.decoder);
    if (wants_labels(t)) status = plan_labels(t, err);
    if (status == PG_OK) {
        plan_sizes(t, transport);
        status = pg_blas_open(t->threads, err);
    }
    if (status == PG_OK) status = plan_memory(t, err);
    if (status == PG_OK) status = make_all_layers(t, err);
    if (status != PG_OK) {
        pg_trainer_free(t);
        return status;
    }
    t->data_hash = pg_data_hash(data); /* in order, while that is how the data are read */
    pg_records_expect_random(data);
    *result = t;
    return PG_OK;
}

pg_status pg_trainer_create_among(pg_model *model, const pg_records *data,
                                  const pg_train_options *options, const pg_transport *transport,
                                  pg_trainer **result, pg_error *err)
{
    pg_status status = create(model, data, options, transport, result, err);
    status = pg_transport_agree(transport, status, err);
    if (status == PG_OK) status = pg_trainer_compare(*result, err);
    if (status == PG_OK) return PG_OK;
    pg_trainer_free(*result);
    *result = NULL;
    return status;
}

pg_status pg_trainer_create(pg_model *model, const pg_records *data,
                            const pg_train_options *options, pg_trainer **result, pg_error *err)
{
    return pg_trainer_create_among(model, data, options, NULL, result, err);
}

static void free_worker(const pg_trainer *t, pg_train_worker *w)
{
    t->decoder->stop(w->decoder);
    pg_discriminator_run_free(&w->discriminator);
    free(w->augment.bordered);
    free(w->drawn);
    free(w->targets);
    if (w->rng) gsl_rng_free(w->rng);
}

static void free_shard(pg_train_shard *shard)
{
    pg_prior_run_free(&shard->prior);
    free(shard->gradient);
    free(shard->nats);
}

void pg_trainer_free(pg_trainer *t)
{
    if (!t) return;
    for (int i = 0; t->workers && i < t->threads; i++)
        free_worker(t, &t->workers[i]);
    for (int s = 0; t->shard && s < t->shards.count; s++)
        free_shard(&t->shard[s]);
    pg_encoder_run_free(t->encoder);
    pg_reduction_free(&t->reduction);
    void *const memory[] = {t->workers,
                            t->shard,
                            t->gradients,
                            t->example,
                            t->order,
                            t->labelled,
                            t->category,
                            t->row_category,
                            t->codes,
                            t->dcodes,
                            t->noise,
                            t->divergence.of_shards,
                            t->divergence.sums,
                            t->divergence.scale,
                            t->first_moment,
                            t->second_moment,
                            t->sums};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    if (t->rng) gsl_rng_free(t->rng);
    free(t);
}

/* ---- Steps ---- */

size_t pg_trainer_steps_per_epoch(const pg_trainer *t)
{
    return t->data->count / t->batch;
}

size_t pg_trainer_total_steps(const pg_trainer *t)
{
    return pg_trainer_steps_per_epoch(t) * t->options.epochs;
}

size_t pg_trainer_steps_done(const pg_trainer *t)
{
    return t->step;
}

/* The order of an epoch follows from its number alone. */
static void shuffle(pg_trainer *t, size_t epoch)
{
    if (t->epoch == epoch) return;
    for (size_t i = 0; i < t->data->count; i++)
        t->order[i] = i;
    pg_rng_start(t->rng, t->options.seed, PG_RANDOM_ORDER, epoch, 0);
    gsl_ran_shuffle(t->rng, t->order, t->data->count, sizeof *t->order);
    t->epoch = epoch;
}

/* A draw for that labelled row of the batch. */
static size_t draw_labelled(pg_trainer *t, size_t row)
{
    pg_rng_start(t->rng, t->options.seed, PG_RANDOM_LABELLED, t->step, row);
    return t->labelled[gsl_rng_uniform_int(t->rng, t->labelled_count)];
}

/* The next examples of the shuffled order, and draws from the labelled ones. */
static void choose_rows(pg_trainer *t)
{
    size_t steps = pg_trainer_steps_per_epoch(t);
    shuffle(t, t->step / steps);
    const size_t *next = t->order + t->step % steps * t->batch;
    for (int s = 0; s < t->shards.count; s++) {
        const pg_train_shard *shard = &t->shard[s];
        size_t row = shard->first_row;
        for (size_t k = 0; k < shard->unlabelled; k++)
            t->example[row++] = next[shard->first + k];
        for (size_t k = 0; k < shard->views; k++, row++)
            t->example[row] = t->example[row - shard->views];
        for (size_t k = 0; k < shard->labelled; k++, row++) {
            t->example[row] = draw_labelled(t, shard->first_labelled + k);
            t->row_category[row] = t->category[t->example[row]];
        }
    }
}

double pg_train_decay(const pg_train_options *options, size_t total_steps, size_t step)
{
    return step >= options->decay_at * total_steps ? 0.1 : 1;
}

double pg_train_warmth(const pg_trainer *t)
{
    double end = t->options.warm_up * pg_trainer_total_steps(t);
    return t->step < end ? t->step / end : 1;
}

static void set_rates(pg_trainer *t)
{
    double decayed = pg_train_decay(&t->options, pg_trainer_total_steps(t), t->step);
    t->adam.rate = t->options.learning_rate * decayed;
    t->discriminator_adam.rate = t->options.discriminator_rate * decayed;
}

/* So that all processes see the same. */
static void share_losses(pg_trainer *t)
{
    const pg_transport *transport = t->group.transport;
    if (transport)
        transport->gather(transport->state, t->sums, (size_t)t->group.shards, sizeof *t->sums);
}

/* Over the shards, in their order. */
static pg_loss_sums sum_losses(const pg_trainer *t)
{
    pg_loss_sums sum = {0};
    for (int i = 0; i < t->group.shards; i++) {
        const pg_loss_sums *s = &t->sums[i];
        sum.nll += s->nll;
        sum.discriminator += s->discriminator;
        sum.adversarial += s->adversarial;
        sum.agreement += s->agreement;
        sum.supervised += s->supervised;
        sum.kl += s->kl;
    }
    return sum;
}

static bool is_finite(const pg_loss_sums *s)
{
    return isfinite(s->nll + s->discriminator + s->adversarial + s->agreement + s->supervised +
                    s->kl);
}

static pg_status diverged(const pg_trainer *t, const char *what, pg_error *err)
{
    return pg_fail(err, PG_ERR_DIVERGED,
                   "training: diverged at step %zu, %s; try a smaller learning_rate with --set",
                   t->step, what);
}

/* Nats a number of the image, from which no training comes back: to guess costs
 * log 2 for a bit and log 256 for a byte. */
static const double hopeless = 100;

static pg_status check_losses(const pg_trainer *t, pg_error *err)
{
    char what[64];
    double numbers = (double)pg_schema_image_size(&t->data->schema);
    double nll = pg_trainer_losses(t).nll / numbers;
    pg_loss_sums sums = sum_losses(t);
    if (!is_finite(&sums)) return diverged(t, "the loss is not finite", err);
    if (nll <= hopeless) return PG_OK;
    pg_format(what, sizeof what, "the loss is %.3g nats per pixel", nll * t->data->schema.channels);
    return diverged(t, what, err);
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

pg_status pg_trainer_run(pg_trainer *t, size_t count, pg_error *err)
{
    for (size_t i = 0; i < count; i++) {
        int64_t begun = now();
        choose_rows(t);
        set_rates(t);
        pg_team_run(t->threads, pg_train_step, t);
        share_losses(t);
        t->adam.step++;
        t->discriminator_adam.step++;
        t->step++;
        t->report_steps++;
        t->nanoseconds += now() - begun;
        pg_status status = check_losses(t, err);
        if (status != PG_OK) return status;
    }
    /* A ReLU can hide what is not a number from the loss. */
    if (!pg_parameters_finite(&t->model->parameters))
        return diverged(t, "a weight is not finite", err);
    return PG_OK;
}

double pg_trainer_seconds(const pg_trainer *t)
{
    return 1e-9 * (double)t->nanoseconds;
}

pg_train_losses pg_trainer_losses(const pg_trainer *t)
{
    pg_loss_sums sum = sum_losses(t);
    double steps = t->report_steps ? t->report_steps : 1, examples = steps * t->batch;
    return (pg_train_losses){
        .nll = sum.nll / examples,
        .discriminator = sum.discriminator / examples,
        .adversarial = sum.adversarial / examples,
        .agreement = sum.agreement / examples,
        .supervised = t->labelled_batch ? sum.supervised / (steps * t->labelled_batch) : 0,
        .kl = sum.kl / examples,
        .steps = t->report_steps,
    };
}

pg_train_losses pg_trainer_take_losses(pg_trainer *t)
{
    pg_train_losses losses = pg_trainer_losses(t);
    memset(t->sums, 0, (size_t)t->group.shards * sizeof *t->sums);
    t->report_steps = 0;
    return losses;
}
