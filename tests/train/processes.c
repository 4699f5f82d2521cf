/* Several processes that train one model come to the bytes of one, and to the same errors. */
#include <config.h>

#include "nn/team.h"
#include "threads.h"
#include "tiny.h"

enum { COUNT = 48, STEPS = 4 };

/* One process of a run, what it is given and what it came to. */
typedef struct process {
    const char *fields, *settings; /* of the model, of the training */
    bool supervise;
    int threads;
    size_t examples, more_steps;
    uint64_t data_seed; /* an image is changed by others */
    const char *resume, *save;
    pg_model *model;
    pg_train_losses losses;
    pg_status status;
    pg_error error;
} process;

/* ---- A process ---- */

static pg_train_options make_options(const process *p, const pg_config *config)
{
    pg_train_options options;
    char text[256], *rest = text, *pair;
    pg_error err;
    pg_train_defaults(&options, config, p->supervise);
    options.batch = options.labelled_batch = COUNT / 4;
    options.threads = p->threads;
    options.seed = 5;
    snprintf(text, sizeof text, "%s", p->settings);
    while ((pair = strsep(&rest, " "))) {
        char *value = strchr(pair, '=');
        if (!value) continue;
        *value++ = 0;
        if (pg_train_set(&options, pair, value, &err) != PG_OK) bail_out(err.message);
    }
    return options;
}

static void train(process *p, pg_trainer *trainer)
{
    if (p->resume) p->status = pg_trainer_restore(trainer, p->resume, &p->error);
    if (p->status == PG_OK) p->status = pg_trainer_run(trainer, STEPS / 2, &p->error);
    if (p->status == PG_OK && p->save) p->status = pg_trainer_save(trainer, p->save, &p->error);
    if (p->status == PG_OK)
        p->status = pg_trainer_run(trainer, STEPS / 2 + p->more_steps, &p->error);
    if (p->status == PG_OK) p->losses = pg_trainer_take_losses(trainer);
}

static void run(const pg_transport *transport, void *argument)
{
    process *p = argument;
    pg_config config = tiny_config(p->fields);
    pg_train_options options = make_options(p, &config);
    pg_trainer *trainer;
    pg_records data = tiny_data(&config, p->examples ? p->examples : COUNT, true);
    data.image[7] ^= (uint8_t)p->data_seed;
    p->model = tiny_model(&config, options.seed);
    p->status = pg_trainer_create_among(p->model, &data, &options, transport, &trainer, &p->error);
    if (p->status == PG_OK) train(p, trainer);
    if (p->status == PG_OK || trainer) pg_trainer_free(trainer);
    pg_records_free(&data);
}

/* ---- Runs ---- */

static void run_all(int size, process *processes)
{
    void *arguments[MOST_PROCESSES];
    for (int r = 0; r < size; r++)
        arguments[r] = &processes[r];
    crowd_run(size, run, arguments);
}

static void run_same(int size, const process *like, process *processes)
{
    for (int r = 0; r < size; r++)
        processes[r] = *like;
    for (int r = 1; r < size; r++) /* any number of threads */
        processes[r].threads = 1 + (like->threads + r) % 3;
    run_all(size, processes);
}

static void free_models(int size, process *processes)
{
    for (int r = 0; r < size; r++)
        pg_model_free(processes[r].model);
}

static bool equal_models(const pg_model *a, const pg_model *b)
{
    for (int i = 0; i < pg_model_tensor_count(a); i++) {
        pg_tensor_view x = pg_model_tensor(a, i), y = pg_model_tensor(b, i);
        if (memcmp(x.data, y.data, x.count * sizeof *x.data) != 0) return false;
    }
    return true;
}

static bool equal_losses(const pg_train_losses *a, const pg_train_losses *b)
{
    return a->nll == b->nll && a->discriminator == b->discriminator &&
           a->adversarial == b->adversarial && a->agreement == b->agreement &&
           a->supervised == b->supervised && a->kl == b->kl && a->steps == b->steps;
}

/* Each process has the weights and the losses of a run alone. */
static bool all_like(int size, const process *processes, const process *alone)
{
    bool same = true;
    for (int r = 0; r < size; r++) {
        if (processes[r].status != PG_OK) bail_out(processes[r].error.message);
        same = same && equal_models(processes[r].model, alone->model) &&
               equal_losses(&processes[r].losses, &alone->losses);
    }
    return same;
}

/* ---- The same bytes ---- */

static void test_bytes(const char *fields, const char *settings, bool supervise)
{
    static const int sizes[] = {2, 3, 4, 5, 7, 10};
    process alone = {.fields = fields, .settings = settings, .supervise = supervise, .threads = 1};
    process processes[MOST_PROCESSES];
    run(NULL, &alone);
    if (alone.status != PG_OK) bail_out(alone.error.message);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        process like = alone;
        like.threads = 1 + (int)i % 2;
        run_same(sizes[i], &like, processes);
        ok(all_like(sizes[i], processes, &alone),
           "%s %s%s: weights and losses of %d processes are those of one", fields, settings,
           supervise ? " supervised" : "", sizes[i]);
        free_models(sizes[i], processes);
    }
    pg_model_free(alone.model);
}

static void test_checkpoints(const char *fields)
{
    const char *one = temporary_path("one.checkpoint"), *three = temporary_path("three.checkpoint");
    process whole = {.fields = fields, .settings = "", .threads = 1, .save = one};
    process processes[MOST_PROCESSES];
    run(NULL, &whole);
    whole.save = three;
    run_same(3, &whole, processes);
    ok(all_like(3, processes, &whole), "%s: a checkpoint in between changes nothing", fields);
    free_models(3, processes);
    process rest = whole;
    rest.save = NULL;
    rest.resume = three;
    rest.threads = 2;
    run(NULL, &rest);
    for (int size = 2; size <= 5; size++) {
        process like = rest;
        like.resume = size % 2 ? one : three;
        run_same(size, &like, processes);
        ok(all_like(size, processes, &rest), "%s: %d processes go on from a checkpoint of %s",
           fields, size, size % 2 ? "one" : "three");
        free_models(size, processes);
    }
    pg_model_free(rest.model);
    pg_model_free(whole.model);
}

/* ---- The same errors ---- */

static void expect_error(process *processes, int size, pg_status status, const char *pattern,
                         const char *name)
{
    run_all(size, processes);
    bool all = true;
    for (int r = 0; r < size; r++)
        all = all && processes[r].status == status &&
              strcmp(processes[r].error.message, processes[0].error.message) == 0;
    ok(all, "%s: all processes end alike", name);
    ok(strstr(processes[0].error.message, pattern), "and say why: %s", processes[0].error.message);
    free_models(size, processes);
}

static void test_errors(void)
{
    const char *missing = temporary_path("missing"), *folder = temporary_path("no/folder");
    const process good = {.fields = "prior=categorical:3", .settings = "", .threads = 1};
    process p[3] = {good, good, good};
    p[1].data_seed = 1;
    expect_error(p, 3, PG_ERR_ARGUMENT, "process 2 of 3: training data:", "an image differs");
    p[0] = p[1] = p[2] = good;
    p[2].examples = COUNT - 1;
    expect_error(p, 3, PG_ERR_ARGUMENT, "process 3 of 3: training data:", "an example fewer");
    p[0] = p[1] = p[2] = good;
    p[2].settings = "learning_rate=0.5";
    expect_error(p, 3, PG_ERR_ARGUMENT, "process 3 of 3: learning_rate:", "a setting differs");
    p[0] = p[1] = p[2] = good;
    p[1].settings = "shards=3";
    expect_error(p, 3, PG_ERR_ARGUMENT, "process 2 of 3: shards:", "other shards");
    p[0] = p[1] = p[2] = good;
    p[1].fields = "prior=categorical:3 features=8";
    expect_error(p, 3, PG_ERR_ARGUMENT, "process 2 of 3: features:", "another model");
    p[0] = p[1] = p[2] = good;
    p[1].resume = p[2].resume = p[0].resume = missing;
    expect_error(p, 3, PG_ERR_IO, "missing:", "no checkpoint for any");
    p[0] = p[1] = p[2] = good;
    p[0].save = p[1].save = p[2].save = folder;
    expect_error(p, 3, PG_ERR_IO, "no/folder:", "a checkpoint cannot be written");
    p[0] = p[1] = p[2] = good;
    for (int r = 0; r < 3; r++) {
        p[r].fields = "prior=gaussian:2 posterior=gaussian pull=kl decoder=factorised";
        p[r].settings = "learning_rate=10 discriminator_rate=10";
        p[r].more_steps = 500;
    }
    expect_error(p, 3, PG_ERR_DIVERGED, "diverged", "training diverges");
}

int main(void)
{
    static const char *const systems[] = {
        "prior=none",
        "prior=gaussian:2",
        "prior=gaussian:2 posterior=deterministic decoder=factorised",
        "prior=gaussian:2 posterior=gaussian pull=kl decoder=factorised",
        "prior=flow:3 posterior=gaussian pull=kl condition=invariant",
        "prior=mixture:4 condition=invariant",
        "channels=3 prior=categorical:3 likelihood=logistic",
    };
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        test_bytes(systems[i], "", false);
    test_bytes("prior=categorical:3", "", true);
    test_bytes("prior=categorical:3", "batch=3 labelled_batch=2", true);
    test_bytes("prior=categorical:3", "shards=5 batch=11", true);
    test_bytes("prior=label:3", "shards=12", false);
    test_bytes("prior=mixture:3 condition=invariant label_informed=1", "shards=1", true);
    test_checkpoints("prior=categorical:3");
    test_checkpoints("prior=gaussian:2 posterior=gaussian pull=kl");
    test_errors();
    return done_testing();
}
