/* Free bits and warm-up: how strongly the divergence pulls at the encoder.
 *
 * The decoder hears nothing of the code, so that all the encoder learns comes
 * from the divergence; the batch is the whole data, the rates are zero. */
#include <config.h>

#include "../train/tiny.h"
#include "train/trainer.h"

enum { BATCH = 24, EPOCHS = 8 };

typedef struct pull {
    pg_model *model;
    pg_records data;
    pg_trainer *trainer;
    pg_train_losses losses; /* of the last step */
} pull;

static void begin(pull *p, const char *fields, double free_bits, double warm_up)
{
    pg_error err;
    pg_train_options options;
    pg_config config = tiny_config(fields);
    p->model = tiny_model(&config, 1);
    p->data = tiny_data(&config, BATCH, false);
    pg_tensor_view tensor;
    if (!pg_model_find(p->model, "decoder.code.weight", &tensor)) bail_out("no code weights");
    memset(tensor.data, 0, tensor.count * sizeof *tensor.data);
    if (!pg_model_find(p->model, "encoder.out.bias", &tensor)) bail_out("no outputs");
    for (size_t i = 0; i < tensor.count; i++) /* the second mean is far off, the first is not */
        tensor.data[i] = i == 1 ? 2 : 0.1f;
    pg_train_defaults(&options, &config, false);
    options.batch = BATCH;
    options.epochs = EPOCHS;
    options.threads = 2;
    options.learning_rate = 0;
    options.free_bits = free_bits;
    options.warm_up = warm_up;
    if (pg_trainer_create(p->model, &p->data, &options, &p->trainer, &err) != PG_OK)
        bail_out(err.message);
}

static void end(pull *p)
{
    pg_trainer_free(p->trainer);
    pg_records_free(&p->data);
    pg_model_free(p->model);
}

static void run(pull *p, size_t steps)
{
    pg_error err;
    for (size_t i = 0; i < steps; i++) {
        if (pg_trainer_run(p->trainer, 1, &err) != PG_OK) bail_out(err.message);
        p->losses = pg_trainer_take_losses(p->trainer);
    }
}

/* Gradient by number i of the encoder's output bias: means, then log variances. */
static double gradient(const pull *p, int i)
{
    const pg_parameters *all = &p->model->parameters;
    int tensor = pg_parameters_find(all, "encoder.out.bias");
    double sum = 0;
    for (int s = 0; s < p->trainer->shards.count; s++)
        sum += pg_gradient(all, p->trainer->gradients[s], tensor)[i];
    return sum;
}

static const char closed[] = "prior=gaussian:2 posterior=gaussian pull=kl condition=invariant";
static const char sampled[] = "prior=flow:2 posterior=gaussian pull=kl condition=invariant";

static void test_free_parts(void)
{
    pull whole, part, none;
    begin(&whole, closed, 0, 0);
    begin(&part, closed, 0.8, 0);
    begin(&none, closed, 100, 0);
    run(&whole, 1);
    run(&part, 1);
    run(&none, 1);
    ok(fabs(gradient(&whole, 0)) > 1e-3 && fabs(gradient(&whole, 1)) > 1e-2,
       "both dimensions are pulled");
    is_close(gradient(&part, 0), 0, 0, "the one with free bits left is not");
    is_close(gradient(&part, 1), gradient(&whole, 1), 1e-6, "the other is, as ever");
    is_close(gradient(&none, 1), 0, 0, "many free bits: none is");
    is_close(none.losses.kl, whole.losses.kl, 1e-5, "the divergence reported is the whole");
    end(&whole);
    end(&part);
    end(&none);
}

static void test_free_whole(void)
{
    pull little, much;
    begin(&little, sampled, 0.1, 0);
    begin(&much, sampled, 100, 0);
    run(&little, 1);
    run(&much, 1);
    ok(fabs(gradient(&little, 1)) > 1e-2, "a sampled divergence is pulled as one");
    is_close(gradient(&much, 1), 0, 0, "or not at all");
    end(&little);
    end(&much);
}

static void test_warm_up(const char *fields)
{
    pull cold, warm;
    begin(&cold, fields, 0, 0);
    begin(&warm, fields, 0, 0.5);
    run(&cold, 1);
    run(&warm, 1);
    is_close(gradient(&warm, 1), 0, 0, "%s: the first step feels nothing", fields);
    run(&cold, 1);
    run(&warm, 1);
    double full = gradient(&cold, 1);
    is_close(gradient(&warm, 1), full / (EPOCHS / 2), 1e-5, "%s: the second a fraction", fields);
    run(&cold, 4);
    run(&warm, 4);
    is_close(gradient(&warm, 1), gradient(&cold, 1), 1e-6, "%s: after half the run, all", fields);
    end(&cold);
    end(&warm);
}

int main(void)
{
    test_free_parts();
    test_free_whole();
    test_warm_up(closed);
    test_warm_up(sampled);
    return done_testing();
}
