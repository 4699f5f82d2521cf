#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/rng.h"
#include "model/likelihood.h"
#include "nn/blas.h"
#include "nn/threads.h"
#include "train/trainer.h"

enum { ORDER_STREAM = 1, WORKER_STREAM = 16 }; /* random streams of one seed; 0 made the weights */

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
        if (t->model->config.prior == PG_PRIOR_LABEL && t->labelled_count < t->data->count)
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
    if (!s->channels)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "training data: has no images; make some with pg-prep");
    if (!data->count) return pg_fail(err, PG_ERR_ARGUMENT, "training data: holds no example");
    if (s->height != config->height || s->width != config->width || s->channels != config->channels)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "training data: images are %dx%dx%d, the model's are %dx%dx%d; use pg-prep "
                       "--resize",
                       s->height, s->width, s->channels, config->height, config->width,
                       config->channels);
    return PG_OK;
}

static bool wants_labels(const pg_trainer *t)
{
    const pg_config *config = &t->model->config;
    return t->options.supervise || config->label_informed || config->prior == PG_PRIOR_LABEL;
}

static bool plan_order(pg_trainer *t)
{
    t->rng = pg_rng_create(t->options.seed, ORDER_STREAM);
    t->order = pg_allocate(t->data->count, sizeof *t->order);
    if (!t->rng || !t->order) return false;
    for (size_t i = 0; i < t->data->count; i++)
        t->order[i] = i;
    t->position = t->data->count; /* shuffles before the first step */
    return true;
}

/* ---- Memory ---- */

/* The batch's rows: each worker's unlabelled ones, their second views, its labelled ones. */
static void plan_rows(pg_trainer *t)
{
    for (int i = 0; i < t->rows.workers; i++) {
        pg_worker worker = {i, t->rows.workers};
        pg_train_worker *w = &t->workers[i];
        size_t begin, end, labelled_begin, labelled_end;
        pg_share(&worker, t->batch, &begin, &end);
        pg_share(&worker, t->labelled_batch, &labelled_begin, &labelled_end);
        size_t views = t->two_views ? 2 : 1;
        w->first_row = views * begin + labelled_begin;
        w->unlabelled = end - begin;
        w->views = (views - 1) * w->unlabelled;
        w->labelled = labelled_end - labelled_begin;
        t->rows.begin[i] = w->first_row;
        t->rows.begin[i + 1] = views * end + labelled_end;
    }
}

static bool take(float **memory, size_t count)
{
    *memory = pg_allocate(count, sizeof(float));
    return *memory != NULL;
}

static bool plan_shared(pg_trainer *t)
{
    size_t rows = t->rows.begin[t->rows.workers], parameters = t->model->parameters.size;
    size_t codes = rows * t->model->config.code_dim;
    t->example = pg_allocate(rows, sizeof *t->example);
    t->row_category = pg_allocate(rows, sizeof *t->row_category);
    t->gradients = pg_allocate(t->rows.workers, sizeof *t->gradients);
    return t->example && t->row_category && t->gradients && take(&t->codes, codes) &&
           take(&t->dcodes, codes) && take(&t->noise, codes) &&
           take(&t->first_moment, parameters) && take(&t->second_moment, parameters);
}

static bool plan_worker_memory(pg_trainer *t, int i)
{
    pg_train_worker *w = &t->workers[i];
    const pg_config *config = &t->model->config;
    const pg_train_options *o = &t->options;
    const pg_condition *c = &t->model->condition;
    size_t image = pg_schema_image_size(&t->data->schema), n = w->unlabelled;
    size_t outputs = 0;
    if (config->decoder == PG_DECODER_FACTORISED)
        outputs =
            image / config->channels * pg_likelihood_find(config->likelihood)->outputs(config);
    w->rng = pg_rng_create(o->seed, WORKER_STREAM + i);
    w->augment = (pg_augment){
        .height = config->height,
        .width = config->width,
        .channels = config->channels,
        .replicate = o->replicate_edges,
        .normalize = &t->model->normalize,
        .parameters = &t->model->parameters,
        .range = {o->shift, o->rotate, o->shear, o->zoom, o->elastic, o->erase},
        .noise = t->input_noise,
    };
    bool ok = w->rng && take(&w->augment.bordered,
                             pg_augment_workspace(config->height, config->width, config->channels));
    if (ok) pg_augment_prepare(&w->augment);
    ok = ok && take(&w->target, image) && take(&w->gradient, t->model->parameters.size) &&
         take(&w->outputs, n * outputs) && take(&w->doutputs, n * outputs) &&
         take(&w->biases, n * c->biases) && take(&w->dbiases, n * c->biases) &&
         take(&w->maps, n * c->map) && take(&w->dmaps, n * c->map) &&
         take(&w->kl_scale, config->code_dim) && take(&w->drawn, config->code_dim);
    w->kl_parts = pg_allocate(config->code_dim, sizeof *w->kl_parts);
    w->nats = pg_allocate(n, sizeof *w->nats);
    ok = ok && w->kl_parts && w->nats;
    t->gradients[i] = w->gradient;
    return ok;
}

static pg_status make_layers(pg_trainer *t, pg_train_worker *w, pg_error *err)
{
    pg_model *m = t->model;
    pg_status status = PG_OK;
    if (m->config.decoder == PG_DECODER_FACTORISED) {
        status = pg_upsampler_run_init(&w->factorised, &m->factorised, &m->parameters,
                                       w->unlabelled, true, err);
    } else {
        status = pg_pixelcnn_run_create(
            &m->pixelcnn, true, t->options.precision == PG_PRECISION_BF16, &w->pixelcnn, err);
        if (status == PG_OK)
            status = pg_condition_run_init(&w->condition, &m->condition, &m->parameters,
                                           w->unlabelled, true, err);
    }
    if (status == PG_OK && pg_model_has_discriminator(&m->config))
        status = pg_discriminator_run_init(&w->discriminator, &m->discriminator, &m->parameters,
                                           2 * w->unlabelled, err);
    if (status == PG_OK)
        status = pg_prior_run_init(&w->prior, &m->config, &m->parameters, w->unlabelled, true, err);
    return status;
}

static void make_layers_task(const pg_worker *worker, void *argument)
{
    pg_trainer *t = argument;
    pg_train_worker *w = &t->workers[worker->id];
    w->status = make_layers(t, w, &w->error);
}

static pg_status make_all_layers(pg_trainer *t, pg_error *err)
{
    pg_team_run(t->rows.workers, make_layers_task, t);
    for (int i = 0; i < t->rows.workers; i++) {
        if (t->workers[i].status == PG_OK) continue;
        if (err) *err = t->workers[i].error;
        return t->workers[i].status;
    }
    if (!pg_model_has_encoder(&t->model->config)) return PG_OK;
    return pg_encoder_run_create(&t->model->encoder, &t->model->parameters, &t->rows, true,
                                 &t->encoder, err);
}

static pg_status plan_memory(pg_trainer *t, pg_error *err)
{
    t->workers = pg_allocate(t->rows.workers, sizeof *t->workers);
    bool ok = t->workers != NULL;
    if (ok) plan_rows(t);
    ok = ok && plan_shared(t) && plan_order(t);
    for (int i = 0; ok && i < t->rows.workers; i++)
        ok = plan_worker_memory(t, i);
    return ok ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "training: out of memory");
}

static void plan_sizes(pg_trainer *t)
{
    const pg_train_options *o = &t->options;
    t->batch = (size_t)o->batch < t->data->count ? (size_t)o->batch : t->data->count;
    t->labelled_batch = 0;
    if (o->supervise && !t->model->config.label_informed)
        t->labelled_batch = (size_t)o->labelled_batch < t->labelled_count
                                ? (size_t)o->labelled_batch
                                : t->labelled_count;
    t->two_views = o->agreement_weight > 0 && pg_model_has_encoder(&t->model->config) &&
                   pg_prior_find(t->model->config.prior)->discrete;
    if (o->input_noise > 0)
        t->input_noise =
            o->input_noise * pg_augment_contrast(t->data->image, t->data->count,
                                                 pg_schema_image_size(&t->data->schema));
    t->rows.workers = pg_team_size(o->threads);
    if ((size_t)t->rows.workers > t->batch) t->rows.workers = t->batch;
    t->adam = (pg_adam){o->learning_rate, 0.9, 0.999, 1e-8, 0};
    t->discriminator_adam = (pg_adam){o->discriminator_rate, 0.5, 0.999, 1e-8, 0};
}

pg_status pg_trainer_create(pg_model *model, const pg_records *data,
                            const pg_train_options *options, pg_trainer **result, pg_error *err)
{
    *result = NULL;
    pg_status status = pg_train_check(options, &model->config, err);
    if (status == PG_OK) status = check_data(&model->config, data, err);
    if (status != PG_OK) return status;
    pg_normalize_fit(&model->normalize, &model->parameters, data->image, data->count);
    pg_trainer *t = pg_allocate(1, sizeof *t);
    if (!t) return pg_fail(err, PG_ERR_MEMORY, "training: out of memory");
    t->model = model;
    t->data = data;
    t->options = *options;
    if (wants_labels(t)) status = plan_labels(t, err);
    if (status == PG_OK) {
        plan_sizes(t);
        status = pg_blas_open(t->rows.workers, err);
        if (status == PG_OK) status = pg_threads_check(t->rows.workers, err);
    }
    if (status == PG_OK) status = plan_memory(t, err);
    if (status == PG_OK) status = make_all_layers(t, err);
    if (status == PG_OK)
        *result = t;
    else
        pg_trainer_free(t);
    return status;
}

static void free_worker(const pg_trainer *t, pg_train_worker *w)
{
    float *const memory[] = {
        w->target,   w->biases,   w->dbiases,          w->maps,     w->dmaps, w->outputs,
        w->doutputs, w->gradient, w->augment.bordered, w->kl_scale, w->drawn};
    pg_pixelcnn_run_free(w->pixelcnn);
    pg_condition_run_free(&w->condition);
    if (t->model->config.decoder == PG_DECODER_FACTORISED) pg_upsampler_run_free(&w->factorised);
    pg_discriminator_run_free(&w->discriminator);
    pg_prior_run_free(&w->prior);
    free(w->kl_parts);
    free(w->nats);
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    if (w->rng) gsl_rng_free(w->rng);
}

void pg_trainer_free(pg_trainer *t)
{
    if (!t) return;
    for (int i = 0; t->workers && i < t->rows.workers; i++)
        free_worker(t, &t->workers[i]);
    void *const memory[] = {t->workers,  t->example,      t->order,         t->labelled,
                            t->category, t->codes,        t->dcodes,        t->row_category,
                            t->noise,    t->first_moment, t->second_moment, t->gradients};
    pg_encoder_run_free(t->encoder);
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

/* The examples of this step: the next of the shuffled order, and draws from the labelled ones. */
static void choose_rows(pg_trainer *t)
{
    if (t->position + t->batch > t->data->count) {
        gsl_ran_shuffle(t->rng, t->order, t->data->count, sizeof *t->order);
        t->position = 0;
    }
    for (int i = 0; i < t->rows.workers; i++) {
        const pg_train_worker *w = &t->workers[i];
        size_t row = w->first_row;
        for (size_t k = 0; k < w->unlabelled; k++)
            t->example[row++] = t->order[t->position++];
        for (size_t k = 0; k < w->views; k++, row++)
            t->example[row] = t->example[row - w->views];
        for (size_t k = 0; k < w->labelled; k++, row++) {
            t->example[row] = t->labelled[gsl_rng_uniform_int(t->rng, t->labelled_count)];
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

static double sum_of_losses(const pg_trainer *t)
{
    double sum = 0;
    for (int i = 0; i < t->rows.workers; i++) {
        const pg_loss_sums *s = &t->workers[i].sums;
        sum += s->nll + s->discriminator + s->adversarial + s->agreement + s->supervised + s->kl;
    }
    return sum;
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
    if (!isfinite(sum_of_losses(t))) return diverged(t, "the loss is not finite", err);
    if (nll <= hopeless) return PG_OK;
    pg_format(what, sizeof what, "the loss is %.3g nats a pixel", nll * t->data->schema.channels);
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
        pg_team_run(t->rows.workers, pg_train_step, t);
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
    pg_loss_sums sum = {0};
    for (int i = 0; i < t->rows.workers; i++) {
        const pg_loss_sums *s = &t->workers[i].sums;
        sum.nll += s->nll;
        sum.discriminator += s->discriminator;
        sum.adversarial += s->adversarial;
        sum.agreement += s->agreement;
        sum.supervised += s->supervised;
        sum.kl += s->kl;
    }
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
    for (int i = 0; i < t->rows.workers; i++)
        t->workers[i].sums = (pg_loss_sums){0};
    t->report_steps = 0;
    return losses;
}
