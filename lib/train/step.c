/* One training step, as every worker runs it on its rows of the batch.
 *
 * Makhzani & Frey 2017, sec. 2: the discriminator is updated first; then the
 * reconstruction, adversarial and supervised gradients meet in the encoder's
 * outputs and go back through it together. */
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "model/likelihood.h"
#include "model/posterior.h"
#include "model/prior.h"
#include "nn/loss.h"
#include "train/divergence.h"
#include "train/trainer.h"

/* ---- What the encoder sees ---- */

static const uint8_t *example_image(const pg_trainer *t, size_t row)
{
    return t->data->image + t->example[row] * pg_schema_image_size(&t->data->schema);
}

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

/* What rows begin..end of the batch see, of which each is left as it is with that probability. */
static void prepare_rows(pg_trainer *t, pg_train_worker *w, const pg_augment *augment,
                         double plain_part, size_t begin, size_t end)
{
    float *input = pg_encoder_input(t->encoder);
    size_t size = pg_schema_image_size(&t->data->schema);
    pg_augment plain = leave_as_it_is(augment);
    for (size_t row = begin; row < end; row++) {
        bool as_it_is = plain_part > 0 && gsl_rng_uniform(w->rng) < plain_part;
        pg_augment_image(as_it_is ? &plain : augment, w->rng, example_image(t, row),
                         input + row * size);
    }
}

static void prepare_inputs(pg_trainer *t, pg_train_worker *w)
{
    pg_augment spared = spare(&w->augment);
    size_t views = w->first_row + w->unlabelled, labelled = views + w->views;
    prepare_rows(t, w, &spared, 0, w->first_row, views);
    prepare_rows(t, w, &w->augment, 0, views, labelled);
    prepare_rows(t, w, &w->augment, t->options.plain_labels, labelled, labelled + w->labelled);
}

static void encode(pg_trainer *t, pg_train_worker *w, const pg_worker *worker)
{
    const pg_config *config = &t->model->config;
    size_t dim = config->code_dim, rows = w->unlabelled + w->views + w->labelled;
    size_t at = w->first_row * dim, outputs = w->first_row * t->model->encoder.outputs;
    float *noise = config->posterior == PG_POSTERIOR_GAUSSIAN ? t->noise + at : NULL;
    prepare_inputs(t, w);
    pg_encoder_forward(t->encoder, worker, true);
    if (noise)
        for (size_t i = 0; i < rows * dim; i++)
            noise[i] = gsl_ran_gaussian_ziggurat(w->rng, 1);
    pg_posterior_forward(config, rows, pg_encoder_output(t->encoder) + outputs, noise,
                         t->codes + at);
}

/* Codes of a conditional model: the labels, one-hot. */
static void encode_labels(pg_trainer *t, pg_train_worker *w)
{
    size_t dim = t->model->config.code_dim;
    for (size_t row = w->first_row; row < w->first_row + w->unlabelled; row++) {
        memset(t->codes + row * dim, 0, dim * sizeof *t->codes);
        t->codes[row * dim + t->category[t->example[row]]] = 1;
    }
}

/* ---- Updates ---- */

/* This worker's share of one optimiser's parameters, once all gradients are there. */
static void update(pg_trainer *t, const pg_worker *worker, pg_parameter_group group,
                   const pg_adam *adam)
{
    pg_parameters *p = &t->model->parameters;
    size_t begin, end;
    pg_team_barrier();
    pg_share(worker, p->end[group] - p->begin[group], &begin, &end);
    pg_adam_update(adam, end - begin, t->gradients, worker->count, p->begin[group] + begin, p->data,
                   t->first_moment, t->second_moment);
    pg_team_barrier();
}

/* ---- The game between discriminator and encoder ---- */

/* The class of an unlabelled row that a label-informed discriminator is told; -1: none. */
static int told_category(const pg_trainer *t, const pg_train_worker *w, size_t i)
{
    return t->model->config.label_informed ? t->category[t->example[w->first_row + i]] : -1;
}

/* A code with fresh noise into a row of the discriminator's input. */
static void show(const pg_trainer *t, pg_train_worker *w, size_t row, const float *code,
                 int category)
{
    size_t dim = t->model->config.code_dim;
    float *input = w->discriminator.value[0] + row * w->discriminator.net->width[0];
    pg_discriminator_show(&w->discriminator, row, code, category);
    if (t->options.code_noise > 0)
        for (size_t i = 0; i < dim; i++)
            input[i] += gsl_ran_gaussian_ziggurat(w->rng, t->options.code_noise);
}

/* The unlabelled rows' codes, from row `at` of the input on. */
static void show_codes(const pg_trainer *t, pg_train_worker *w, const float *codes, size_t at)
{
    for (size_t i = 0; i < w->unlabelled; i++)
        show(t, w, at + i, codes + i * t->model->config.code_dim, told_category(t, w, i));
}

/* A draw of the prior for each unlabelled row, of that row's class where it is told. */
static void show_prior(const pg_trainer *t, pg_train_worker *w)
{
    float *code = w->drawn;
    for (size_t i = 0; i < w->unlabelled; i++) {
        int category = told_category(t, w, i);
        w->prior.prior->draw(&w->prior, w->rng, category, code);
        show(t, w, i, code, category);
    }
}

/* The discriminator ascends on log D(z~p) + log(1 - D(z~q)). */
static void train_discriminator(pg_trainer *t, pg_train_worker *w, const pg_worker *worker)
{
    pg_discriminator_run *d = &w->discriminator;
    size_t n = w->unlabelled;
    float scale = 1.0f / t->batch;
    float *logits = d->value[PG_DISCRIMINATOR_LAYERS], *dlogits = d->d[PG_DISCRIMINATOR_LAYERS];
    show_prior(t, w);
    show_codes(t, w, t->codes + w->first_row * t->model->config.code_dim, n);
    pg_discriminator_forward(d, 2 * n);
    w->sums.discriminator += pg_loss_bernoulli_all(n, logits, 1, scale, dlogits);
    w->sums.discriminator += pg_loss_bernoulli_all(n, logits + n, 0, scale, dlogits + n);
    pg_discriminator_backward(d, w->gradient, false);
    update(t, worker, PG_GROUP_DISCRIMINATOR, &t->discriminator_adam);
}

/* The encoder ascends on log D(z~q): the non-saturating form (Goodfellow et al. 2014, sec. 3). */
static void deceive(pg_trainer *t, pg_train_worker *w, float *dcodes)
{
    pg_discriminator_run *d = &w->discriminator;
    size_t n = w->unlabelled, dim = t->model->config.code_dim;
    float scale = t->options.adversarial_weight / t->batch;
    float *logits = d->value[PG_DISCRIMINATOR_LAYERS], *dlogits = d->d[PG_DISCRIMINATOR_LAYERS];
    show_codes(t, w, t->codes + w->first_row * dim, 0);
    pg_discriminator_forward(d, n);
    w->sums.adversarial += pg_loss_bernoulli_all(n, logits, 1, scale, dlogits);
    pg_discriminator_backward(d, NULL, true);
    for (size_t i = 0; i < n; i++)
        memcpy(dcodes + i * dim, d->d[0] + i * d->net->width[0], dim * sizeof *dcodes);
}

/* ---- Reconstruction ---- */

float pg_train_nll_scale(const pg_trainer *t)
{
    int bits = pg_likelihood_find(t->model->config.likelihood)->binary ? 1 : 8;
    double uncompressed = pg_schema_image_size(&t->data->schema) * bits * M_LN2;
    return t->options.reconstruction_weight / uncompressed / t->batch;
}

/* Loss of one unlabelled row; writes the gradient by the outputs. */
static void judge(pg_trainer *t, pg_train_worker *w, const float *outputs, float *doutputs)
{
    const pg_config *config = &t->model->config;
    w->sums.nll += pg_likelihood_find(config->likelihood)
                       ->loss(config, outputs, w->target, pg_train_nll_scale(t), doutputs);
}

static void draw_target(pg_trainer *t, pg_train_worker *w, size_t row)
{
    const pg_config *config = &t->model->config;
    pg_likelihood_target(config, w->rng, example_image(t, row), w->target);
}

static void reconstruct_pixelcnn(pg_trainer *t, pg_train_worker *w, const float *codes,
                                 float *dcodes)
{
    const pg_condition *c = &t->model->condition;
    const float *base = t->model->parameters.data;
    pg_condition_forward(&w->condition, codes, w->unlabelled, w->biases, w->maps);
    for (size_t i = 0; i < w->unlabelled; i++) {
        const float *map = c->map ? w->maps + i * c->map : NULL;
        float *dmap = c->map ? w->dmaps + i * c->map : NULL;
        draw_target(t, w, w->first_row + i);
        const float *outputs =
            pg_pixelcnn_forward(w->pixelcnn, w->target, w->biases + i * c->biases, map);
        judge(t, w, outputs, pg_pixelcnn_output_gradient(w->pixelcnn));
        pg_pixelcnn_backward(w->pixelcnn, w->dbiases + i * c->biases, dmap);
    }
    pg_pixelcnn_take_gradient(w->pixelcnn, base, w->gradient);
    pg_condition_backward(&w->condition, codes, w->unlabelled, w->dbiases, w->dmaps, w->gradient,
                          dcodes);
}

static void reconstruct_factorised(pg_trainer *t, pg_train_worker *w, const float *codes,
                                   float *dcodes)
{
    const pg_config *config = &t->model->config;
    size_t outputs = (size_t)config->height * config->width *
                     pg_likelihood_find(config->likelihood)->outputs(config);
    pg_upsampler_forward(&w->factorised, codes, w->unlabelled, w->outputs);
    for (size_t i = 0; i < w->unlabelled; i++) {
        draw_target(t, w, w->first_row + i);
        judge(t, w, w->outputs + i * outputs, w->doutputs + i * outputs);
    }
    pg_upsampler_backward(&w->factorised, codes, w->unlabelled, w->doutputs, w->gradient, dcodes);
}

static void reconstruct(pg_trainer *t, pg_train_worker *w, const float *codes, float *dcodes)
{
    if (t->model->config.decoder == PG_DECODER_FACTORISED)
        reconstruct_factorised(t, w, codes, dcodes);
    else
        reconstruct_pixelcnn(t, w, codes, dcodes);
}

/* ---- The encoder's gradient ---- */

/* Two views of an image, warped and noisy each in its way, should be of one category: descends on
 * the negative log of the probability that they are (van Gansbeke et al. 2020, sec. 2.2). */
static void agree(pg_trainer *t, pg_train_worker *w, const float *codes, float *dcodes)
{
    size_t dim = t->model->config.code_dim, other = w->views * dim;
    float scale = pg_train_warmth(t) * t->options.agreement_weight / t->batch;
    memset(dcodes + other, 0, other * sizeof *dcodes);
    w->sums.agreement +=
        pg_loss_agreement(w->views, dim, codes, codes + other, scale, dcodes, dcodes + other);
}

/* Cross-entropy of the labelled rows, straight into the encoder's outputs. */
static void supervise(pg_trainer *t, pg_train_worker *w, float *doutputs)
{
    size_t dim = t->model->config.code_dim, row = w->first_row + w->unlabelled + w->views;
    float scale = t->options.supervised_weight / t->labelled_batch;
    w->sums.supervised += pg_loss_categorical(w->labelled, dim, t->codes + row * dim,
                                              t->row_category + row, scale, doutputs);
}

static void backward_encoder(pg_trainer *t, pg_train_worker *w, const pg_worker *worker,
                             float *dcodes)
{
    const pg_config *config = &t->model->config;
    size_t dim = config->code_dim, width = t->model->encoder.outputs;
    const float *outputs = pg_encoder_output(t->encoder) + w->first_row * width;
    float *doutputs = pg_encoder_output_gradient(t->encoder) + w->first_row * width;
    const float *codes = t->codes + w->first_row * dim;
    bool kl = config->pull == PG_PULL_KL;
    if (kl) pg_divergence_forward(t, w, outputs, codes, dcodes);
    if (w->views) agree(t, w, codes, dcodes);
    pg_posterior_backward(config, w->unlabelled + w->views, outputs, t->noise + w->first_row * dim,
                          codes, dcodes, doutputs);
    if (kl) pg_divergence_backward(t, w, outputs, doutputs);
    if (w->labelled) supervise(t, w, doutputs + (w->unlabelled + w->views) * width);
    pg_encoder_backward(t->encoder, worker, w->gradient);
}

void pg_train_load_weights(const pg_worker *worker, void *trainer)
{
    pg_trainer *t = trainer;
    pg_train_worker *w = &t->workers[worker->id];
    if (t->encoder) pg_encoder_load(t->encoder, worker);
    pg_prior_load(&w->prior);
    if (t->model->config.decoder == PG_DECODER_FACTORISED) {
        pg_upsampler_load(&w->factorised);
    } else {
        pg_pixelcnn_load(w->pixelcnn);
        pg_condition_load(&w->condition);
    }
}

void pg_train_step(const pg_worker *worker, void *trainer)
{
    pg_trainer *t = trainer;
    pg_train_worker *w = &t->workers[worker->id];
    size_t dim = t->model->config.code_dim;
    float *codes = t->codes + w->first_row * dim, *dcodes = t->dcodes + w->first_row * dim;
    memset(dcodes, 0, w->unlabelled * dim * sizeof *dcodes);
    if (t->encoder)
        encode(t, w, worker);
    else if (dim)
        encode_labels(t, w);
    if (pg_model_has_discriminator(&t->model->config) && t->options.adversarial_weight > 0) {
        train_discriminator(t, w, worker);
        deceive(t, w, dcodes);
    }
    if (t->options.reconstruction_weight > 0) reconstruct(t, w, codes, dcodes);
    if (t->encoder) backward_encoder(t, w, worker, dcodes);
    update(t, worker, PG_GROUP_AUTOENCODER, &t->adam);
    pg_train_load_weights(worker, t);
}
