/* One training step, as every worker runs it on the shards dealt to it.
 *
 * Makhzani & Frey 2017, sec. 2: the discriminator is updated first; then the
 * reconstruction, adversarial and supervised gradients meet in the encoder's
 * outputs and go back through it together. */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "base/random.h"
#include "model/config.h"
#include "model/likelihood.h"
#include "model/posterior.h"
#include "nn/loss.h"
#include "train/divergence.h"
#include "train/trainer.h"

/* ---- Shards and their rows ---- */

typedef void (*phase)(pg_trainer *t, pg_train_worker *w, pg_train_shard *s);

/* Runs a phase on each of this worker's shards. */
static void each_shard(pg_trainer *t, const pg_worker *worker, phase run)
{
    int begin, end;
    pg_own_shards(&t->shards, worker, &begin, &end);
    for (int s = begin; s < end; s++)
        run(t, &t->workers[worker->id], &t->shard[s]);
}

static size_t code_dim(const pg_trainer *t)
{
    return (size_t)t->model->config.code_dim;
}

static float *shard_codes(const pg_trainer *t, const pg_train_shard *s)
{
    return t->codes + s->first_row * code_dim(t);
}

static float *shard_dcodes(const pg_trainer *t, const pg_train_shard *s)
{
    return t->dcodes + s->first_row * code_dim(t);
}

static const uint8_t *example_image(const pg_trainer *t, size_t row)
{
    return pg_records_image(t->data, t->example[row]);
}

/* What is drawn for a row depends on its number in the batch, not on its shard. */
static gsl_rng *start_rng(const pg_trainer *t, pg_train_worker *w, pg_purpose purpose,
                          size_t number)
{
    pg_rng_start(w->rng, t->options.seed, purpose, t->step, number);
    return w->rng;
}

/* ---- What the encoder sees ---- */

/* What the decoder has to draw an image from is spared the harder warps: second views and labelled
 * images get those (as the two strengths of Sohn et al. 2020, sec. 2.3). */
static pg_augment spare(const pg_augment *augment)
{
    pg_augment spared = *augment;
    spared.range.elastic = spared.range.erase = 0;
    return spared;
}

static pg_augment leave_as_it_is(const pg_augment *augment)
{
    pg_augment plain = *augment;
    plain.range = (pg_warp_range){0};
    plain.noise = 0;
    return plain;
}

/* What `count` rows from `row` on see, the first of which has that number; each is left as it is
 * with that probability. */
static void prepare_rows(pg_trainer *t, pg_train_worker *w, const pg_augment *augment,
                         pg_purpose purpose, double plain_part, size_t row, size_t count,
                         size_t number)
{
    size_t size = pg_schema_image_size(&t->data->schema);
    float *input = pg_encoder_input(t->encoder) + row * size;
    pg_augment plain = leave_as_it_is(augment);
    for (size_t i = 0; i < count; i++) {
        gsl_rng *rng = start_rng(t, w, purpose, number + i);
        bool as_it_is = plain_part > 0 && gsl_rng_uniform(rng) < plain_part;
        pg_augment_image(as_it_is ? &plain : augment, rng, example_image(t, row + i),
                         input + i * size);
    }
}

static void prepare_inputs(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    pg_augment spared = spare(&w->augment);
    size_t views = s->first_row + s->unlabelled, labelled = views + s->views;
    prepare_rows(t, w, &spared, PG_RANDOM_FIRST_VIEW, 0, s->first_row, s->unlabelled, s->first);
    prepare_rows(t, w, &w->augment, PG_RANDOM_SECOND_VIEW, 0, views, s->views, s->first);
    prepare_rows(t, w, &w->augment, PG_RANDOM_LABELLED_VIEW, t->options.plain_labels, labelled,
                 s->labelled, s->first_labelled);
}

/* ---- Codes ---- */

static void draw_posterior_noise(pg_trainer *t, pg_train_worker *w, const pg_train_shard *s)
{
    size_t dim = code_dim(t);
    float *noise = t->noise + s->first_row * dim;
    for (size_t i = 0; i < s->unlabelled; i++) {
        gsl_rng *rng = start_rng(t, w, PG_RANDOM_POSTERIOR, s->first + i);
        for (size_t d = 0; d < dim; d++)
            *noise++ = gsl_ran_gaussian_ziggurat(rng, 1);
    }
}

static void find_codes(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    const pg_config *config = &t->model->config;
    size_t rows = s->unlabelled + s->views + s->labelled;
    const float *outputs =
        pg_encoder_output(t->encoder) + s->first_row * (size_t)t->model->encoder.outputs;
    float *noise = NULL;
    if (config->posterior == PG_POSTERIOR_GAUSSIAN) {
        noise = t->noise + s->first_row * code_dim(t);
        draw_posterior_noise(t, w, s);
    }
    pg_posterior_forward(config, rows, outputs, noise, shard_codes(t, s));
}

/* Codes of a conditional model: the labels, one-hot. */
static void encode_labels(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    size_t dim = code_dim(t);
    float *code = shard_codes(t, s);
    (void)w;
    memset(code, 0, s->unlabelled * dim * sizeof *code);
    for (size_t i = 0; i < s->unlabelled; i++)
        code[i * dim + t->category[t->example[s->first_row + i]]] = 1;
}

static void encode(pg_trainer *t, const pg_worker *worker)
{
    if (t->encoder) {
        each_shard(t, worker, prepare_inputs);
        pg_encoder_forward(t->encoder, worker, true);
        each_shard(t, worker, find_codes);
    } else if (code_dim(t)) {
        each_shard(t, worker, encode_labels);
    }
}

static void clear_gradient(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    (void)w;
    memset(shard_dcodes(t, s), 0, (s->unlabelled + s->views) * code_dim(t) * sizeof(float));
}

/* ---- Updates ---- */

/* This worker's share of one optimiser's parameters, once all gradients are there; other processes
 * have done theirs when it returns. */
static void update(pg_trainer *t, const pg_worker *worker, pg_parameter_group group,
                   const pg_adam *adam)
{
    pg_parameters *p = &t->model->parameters;
    size_t base = p->begin[group], count = p->end[group] - base;
    pg_team_barrier();
    pg_slice slice =
        pg_reduction_sum(&t->reduction, worker, (const float *const *)t->gradients, base, count);
    size_t first = base + slice.begin;
    pg_adam_update(adam, slice.end - slice.begin, &slice.parts, slice.offset, p->data + first,
                   t->first_moment + first, t->second_moment + first);
    pg_reduction_spread(&t->reduction, worker, p->data + base, count);
}

/* ---- Adversarial training: discriminator and encoder ---- */

/* The class of an unlabelled row that a label-informed discriminator is told; -1: none. */
static int told_category(const pg_trainer *t, const pg_train_shard *s, size_t i)
{
    return t->model->config.label_informed ? t->category[t->example[s->first_row + i]] : -1;
}

/* A code with fresh noise into a row of the discriminator's input. */
static void show(const pg_trainer *t, pg_train_worker *w, gsl_rng *rng, size_t row,
                 const float *code, int category)
{
    float *input = w->discriminator.value[0] + row * (size_t)w->discriminator.net->inputs;
    pg_discriminator_show(&w->discriminator, row, code, category);
    if (t->options.code_noise > 0)
        for (size_t i = 0; i < code_dim(t); i++)
            input[i] += gsl_ran_gaussian_ziggurat(rng, t->options.code_noise);
}

/* The unlabelled rows' codes, from row `at` of the input on. */
static void show_codes(const pg_trainer *t, pg_train_worker *w, const pg_train_shard *s,
                       pg_purpose purpose, size_t at)
{
    const float *codes = shard_codes(t, s);
    for (size_t i = 0; i < s->unlabelled; i++)
        show(t, w, start_rng(t, w, purpose, s->first + i), at + i, codes + i * code_dim(t),
             told_category(t, s, i));
}

/* A draw of the prior for each unlabelled row, of that row's class where it is told. */
static void show_prior(const pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    for (size_t i = 0; i < s->unlabelled; i++) {
        int category = told_category(t, s, i);
        gsl_rng *rng = start_rng(t, w, PG_RANDOM_PRIOR, s->first + i);
        s->prior.prior->draw(&s->prior, rng, category, w->drawn);
        show(t, w, rng, i, w->drawn, category);
    }
}

/* The discriminator ascends on log D(z~p) + log(1 - D(z~q)). */
static void train_discriminator(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    pg_discriminator_run *d = &w->discriminator;
    size_t n = s->unlabelled;
    float scale = 1.0f / t->batch;
    float *logits = d->value[PG_DISCRIMINATOR_LAYERS], *dlogits = d->d[PG_DISCRIMINATOR_LAYERS];
    show_prior(t, w, s);
    show_codes(t, w, s, PG_RANDOM_CODE_NOISE, n);
    pg_discriminator_forward(d, 2 * n);
    s->sums->discriminator += pg_loss_bernoulli_all(n, logits, 1, scale, dlogits);
    s->sums->discriminator += pg_loss_bernoulli_all(n, logits + n, 0, scale, dlogits + n);
    pg_discriminator_backward(d, s->gradient, false);
}

/* The encoder ascends on log D(z~q): the non-saturating form (Goodfellow et al. 2014, sec. 3). */
static void deceive(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    pg_discriminator_run *d = &w->discriminator;
    size_t n = s->unlabelled, dim = code_dim(t);
    float scale = t->options.adversarial_weight / t->batch, *dcodes = shard_dcodes(t, s);
    float *logits = d->value[PG_DISCRIMINATOR_LAYERS], *dlogits = d->d[PG_DISCRIMINATOR_LAYERS];
    show_codes(t, w, s, PG_RANDOM_DECEPTION, 0);
    pg_discriminator_forward(d, n);
    s->sums->adversarial += pg_loss_bernoulli_all(n, logits, 1, scale, dlogits);
    pg_discriminator_backward(d, NULL, true);
    for (size_t i = 0; i < n; i++)
        memcpy(dcodes + i * dim, d->d[0] + i * (size_t)d->net->inputs, dim * sizeof *dcodes);
}

static void train_adversarially(pg_trainer *t, const pg_worker *worker)
{
    if (!pg_config_has_discriminator(&t->model->config) || !(t->options.adversarial_weight > 0))
        return;
    each_shard(t, worker, train_discriminator);
    update(t, worker, PG_GROUP_DISCRIMINATOR, &t->discriminator_adam);
    each_shard(t, worker, deceive);
}

/* ---- Reconstruction ---- */

float pg_train_nll_scale(const pg_trainer *t)
{
    int bits = pg_likelihood_find(t->model->config.likelihood)->binary ? 1 : 8;
    double uncompressed = pg_schema_image_size(&t->data->schema) * bits * M_LN2;
    return t->options.reconstruction_weight / uncompressed / t->batch;
}

static void reconstruct(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    const pg_config *config = &t->model->config;
    size_t image = pg_schema_image_size(&t->data->schema), dim = code_dim(t);
    for (size_t i = 0; i < s->unlabelled; i++)
        pg_likelihood_target(config, start_rng(t, w, PG_RANDOM_TARGET, s->first + i),
                             example_image(t, s->first_row + i), w->targets + i * image);
    s->sums->nll += t->decoder->learn(w->decoder, dim ? shard_codes(t, s) : NULL, w->targets,
                                      s->unlabelled, pg_train_nll_scale(t), s->gradient,
                                      t->encoder ? shard_dcodes(t, s) : NULL);
}

/* ---- The encoder's gradient ---- */

/* Two views of an image, warped and noisy each in its way, should be of one category: descends on
 * the negative log of the probability that they are (van Gansbeke et al. 2020, sec. 2.2). */
static void agree(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    size_t dim = code_dim(t), other = s->views * dim;
    float scale = pg_train_warmth(t) * t->options.agreement_weight / t->batch;
    float *codes = shard_codes(t, s), *dcodes = shard_dcodes(t, s);
    (void)w;
    s->sums->agreement +=
        pg_loss_agreement(s->views, dim, codes, codes + other, scale, dcodes, dcodes + other);
}

static void backward_codes(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    size_t width = (size_t)t->model->encoder.outputs, at = s->first_row * code_dim(t);
    (void)w;
    pg_posterior_backward(&t->model->config, s->unlabelled + s->views,
                          pg_encoder_output(t->encoder) + s->first_row * width, t->noise + at,
                          t->codes + at, t->dcodes + at,
                          pg_encoder_output_gradient(t->encoder) + s->first_row * width);
}

/* Cross-entropy of the labelled rows, straight into the encoder's outputs. */
static void supervise(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    size_t dim = code_dim(t), row = s->first_row + s->unlabelled + s->views;
    float scale = t->options.supervised_weight / t->labelled_batch;
    (void)w;
    s->sums->supervised += pg_loss_categorical(
        s->labelled, dim, t->codes + row * dim, t->row_category + row, scale,
        pg_encoder_output_gradient(t->encoder) + row * (size_t)t->model->encoder.outputs);
}

static void backward_encoder(pg_trainer *t, const pg_worker *worker)
{
    bool kl = t->model->config.pull == PG_PULL_KL;
    if (!t->encoder) return;
    if (kl) pg_divergence_forward(t, worker);
    if (t->two_views) each_shard(t, worker, agree);
    each_shard(t, worker, backward_codes);
    if (kl) pg_divergence_backward(t, worker);
    if (t->labelled_batch) each_shard(t, worker, supervise);
    pg_encoder_backward(t->encoder, worker, t->gradients);
}

/* ---- The step ---- */

static void load_prior(pg_trainer *t, pg_train_worker *w, pg_train_shard *s)
{
    (void)t, (void)w;
    pg_prior_load(&s->prior);
}

void pg_train_load_weights(const pg_worker *worker, void *trainer)
{
    pg_trainer *t = trainer;
    if (t->encoder) pg_encoder_load(t->encoder, worker);
    t->decoder->load(t->workers[worker->id].decoder);
    each_shard(t, worker, load_prior);
}

void pg_train_step(const pg_worker *worker, void *trainer)
{
    pg_trainer *t = trainer;
    each_shard(t, worker, clear_gradient);
    encode(t, worker);
    train_adversarially(t, worker);
    if (t->options.reconstruction_weight > 0) each_shard(t, worker, reconstruct);
    backward_encoder(t, worker);
    update(t, worker, PG_GROUP_AUTOENCODER, &t->adam);
    pg_train_load_weights(worker, t);
}
