/* The gradient that a training step computes, of everything at once, against differences.
 *
 * A step draws noise, warps, codes of the prior and binary images; the number of the step is set
 * back before each, and so are its draws; the learning rates are zero, so that the objective is a
 * function of the parameters alone. It is summed in single precision: directions are varied rather
 * than single weights, and the tolerance is that of the sum. */
#include <config.h>

#include "model/likelihood.h"
#include "tiny.h"
#include "train/trainer.h"

enum { BATCH = 12, LABELLED = 6, DIRECTIONS = 2 };

typedef struct setting {
    pg_trainer *t;
    float *parameters; /* before the first step */
    float *gradient;   /* of the first step, all shards together */
} setting;

/* ---- The same step again ---- */

static void remember(setting *s)
{
    const pg_parameters *p = &s->t->model->parameters;
    s->parameters = allocate(p->size, sizeof *s->parameters);
    memcpy(s->parameters, p->data, p->size * sizeof *s->parameters);
}

/* Back to the first step, but with the parameters it had plus step times direction (NULL: none). */
static void restore(setting *s, const float *direction, double step)
{
    pg_trainer *t = s->t;
    pg_parameters *p = &t->model->parameters;
    t->step = 0;
    for (size_t i = 0; i < p->size; i++)
        p->data[i] = s->parameters[i] + (direction ? (float)(step * direction[i]) : 0);
    pg_team_run(t->threads, pg_train_load_weights, t);
}

/* Losses as the step weighs them. */
typedef struct objectives {
    double autoencoder, discriminator;
} objectives;

static objectives step(setting *s, const float *direction, double size)
{
    pg_trainer *t = s->t;
    const pg_train_options *o = &t->options;
    pg_error err;
    restore(s, direction, size);
    if (pg_trainer_run(t, 1, &err) != PG_OK) bail_out(err.message);
    pg_train_losses l = pg_trainer_take_losses(t);
    double bits = pg_likelihood_find(t->model->config.likelihood)->binary ? 1 : 8;
    double uncompressed = (double)pg_schema_image_size(&t->data->schema) * bits * log(2);
    return (objectives){.autoencoder = o->reconstruction_weight / uncompressed * (l.nll + l.kl) +
                                       o->adversarial_weight * l.adversarial +
                                       o->agreement_weight * l.agreement +
                                       o->supervised_weight * l.supervised,
                        .discriminator = l.discriminator};
}

static void take_gradient(setting *s)
{
    pg_trainer *t = s->t;
    size_t size = t->model->parameters.size;
    s->gradient = allocate(size, sizeof *s->gradient);
    step(s, NULL, 0);
    for (int i = 0; i < t->shards.count; i++)
        for (size_t k = 0; k < size; k++)
            s->gradient[k] += t->gradients[i][k];
}

/* ---- Directions ---- */

/* Of length 1: the tensor's gradient in a random half of its numbers (k > 0), or random signs. */
static void make_direction(const setting *s, const pg_tensor *tensor, int k, float *direction)
{
    uint64_t state = (uint64_t)k + 1;
    double square = 0;
    for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
        double number = next_number(&state);
        direction[i] = k ? (number > 0 ? s->gradient[i] : 0) : (number > 0 ? 1 : -1);
        square += direction[i] * direction[i];
    }
    for (size_t i = tensor->offset; i < tensor->offset + tensor->count && square > 0; i++)
        direction[i] /= (float)sqrt(square);
}

static double norm(const float *numbers, size_t count)
{
    double square = 0;
    for (size_t i = 0; i < count; i++)
        square += numbers[i] * numbers[i];
    return sqrt(square);
}

static double slope_by_gradient(const setting *s, const pg_tensor *tensor, const float *direction)
{
    double sum = 0;
    for (size_t i = tensor->offset; i < tensor->offset + tensor->count; i++)
        sum += (double)s->gradient[i] * direction[i];
    return sum;
}

static double slope_by_differences(setting *s, const pg_tensor *tensor, const float *direction)
{
    const double size = 1.0 / 16384;
    objectives above = step(s, direction, size), below = step(s, direction, -size);
    double difference = tensor->group == PG_GROUP_DISCRIMINATOR
                            ? above.discriminator - below.discriminator
                            : above.autoencoder - below.autoencoder;
    return difference / (2 * size);
}

static void test_tensor(setting *s, const pg_tensor *tensor, double largest, const char *what)
{
    float *direction = allocate(s->t->model->parameters.size, sizeof *direction);
    double length = norm(s->gradient + tensor->offset, tensor->count), worst = 0;
    for (int k = 0; k < DIRECTIONS; k++) {
        make_direction(s, tensor, k, direction);
        double expected = slope_by_differences(s, tensor, direction);
        worst = worse_of(worst, fabs(slope_by_gradient(s, tensor, direction) - expected));
    }
    is_close(worst, 0, 0.02 * length + 3e-4 * largest, "%s: %s", what, tensor->name);
    diag("length of the gradient %g, error %g", length, worst);
    free(direction);
}

/* ---- Systems ---- */

static void test_system(const char *fields, const char *settings, int threads)
{
    pg_config config = tiny_config(fields);
    pg_train_options options;
    pg_error err;
    char what[256];
    snprintf(what, sizeof what, "%s%s%s, %d threads", fields, *settings ? " " : "", settings,
             threads);
    pg_train_defaults(&options, &config, strstr(settings, "supervise") != NULL);
    options.batch = BATCH;
    options.labelled_batch = LABELLED;
    options.threads = threads;
    options.learning_rate = options.discriminator_rate = 0;
    options.warm_up = 0;                /* all of the agreement */
    options.reconstruction_weight = 70; /* decoder and encoder with gradients of one size */
    pg_model *model = tiny_model(&config, 1);
    pg_records data = tiny_data(&config, 3 * BATCH, true);
    setting s = {0};
    if (pg_trainer_create(model, &data, &options, &s.t, &err) != PG_OK) bail_out(err.message);
    const pg_parameters *p = &model->parameters;
    for (int i = 0; i < p->count; i++) /* off the places where a ReLU sits at zero */
        if (p->tensors[i].initial == PG_INITIAL_ZERO && p->tensors[i].group != PG_GROUP_BUFFER)
            fill_numbers(pg_parameter(p, i), p->tensors[i].count, (uint64_t)i, 0.3);
    remember(&s);
    take_gradient(&s);
    objectives first = step(&s, NULL, 0), again = step(&s, NULL, 0);
    ok(first.autoencoder == again.autoencoder && first.discriminator == again.discriminator,
       "%s: the step can be repeated", what);
    double largest = norm(s.gradient, p->size);
    for (int i = 0; i < p->count; i++)
        if (p->tensors[i].group != PG_GROUP_BUFFER) test_tensor(&s, &p->tensors[i], largest, what);
    free(s.parameters);
    free(s.gradient);
    pg_trainer_free(s.t);
    pg_records_free(&data);
    pg_model_free(model);
}

int main(void)
{
    int threads = pg_team_size(2);
    test_system("prior=categorical:3", "", 1);
    test_system("prior=categorical:3", "supervise", threads);
    test_system("prior=categorical:3 posterior=deterministic condition=invariant", "", threads);
    test_system("prior=gaussian:2", "", 1);
    test_system("prior=gaussian:2 posterior=gaussian pull=kl condition=invariant", "", threads);
    test_system("prior=gaussian:3 posterior=gaussian pull=gan decoder=factorised", "", 1);
    test_system("prior=gaussian:3 posterior=gaussian pull=kl decoder=factorised", "", threads);
    test_system("prior=mixture:5 posterior=deterministic condition=invariant", "", 1);
    test_system("prior=gaussian:2 posterior=deterministic pull=none condition=invariant", "", 1);
    test_system("prior=label:3", "", threads);
    test_system("prior=none", "", 1);
    test_system("prior=flow:3 posterior=gaussian pull=kl condition=invariant flow_hidden=6", "",
                threads);
    test_system("prior=mixture:3 condition=invariant pull=kl posterior=gaussian", "", 1);
    test_system("prior=mixture:3 condition=invariant label_informed=1", "supervise", threads);
    test_system("prior=none likelihood=softmax features=4", "", 1);
    test_system("prior=categorical:3 channels=3 likelihood=logistic mixtures=2", "", threads);
    test_system("prior=categorical:3 encoder=residual encoder_depth=2 map_cell=3", "", threads);
    test_system("prior=gaussian:2 encoder=residual encoder_blocks=1 posterior=gaussian pull=kl "
                "upsampler_depth=3",
                "", 1);
    return done_testing();
}
