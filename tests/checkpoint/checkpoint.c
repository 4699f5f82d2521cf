/* A run that was saved and restored ends with the bytes of one that was not;
 * what does not belong to the run, or is damaged, is refused. */
#include <config.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../tap.h"
#include "model/model_file.h"
#include "nn/conv.h"
#include "pixelgan/train.h"
#include "train/state.h"

enum { SIDE = 8, EXAMPLES = 23, CLASSES = 3 };

/* A run to be interrupted. */
typedef struct run {
    pg_config config;
    pg_train_options options;
    pg_records *data; /* the trainer borrows it */
    pg_model *model;
    pg_trainer *trainer;
} run;

static pg_error err;

static void must(pg_status status)
{
    if (status != PG_OK) bail_out(err.message);
}

static void make_data(pg_records *data, size_t count, int side)
{
    pg_schema schema = {.height = side, .width = side, .channels = 1, .has_label = true};
    must(pg_records_init(data, &schema, count, &err));
    data->count = count;
    for (size_t i = 0; i < count * side * side; i++)
        data->image[i] = (i * i * 37 + i / 5 * 11) % 256;
    for (size_t i = 0; i < count; i++)
        data->label[i] = i % 4 == 3 ? PG_LABEL_NONE : (int32_t)(i % CLASSES);
}

/* Settings as words "name=value name=value". */
static void set_all(run *r, const char *settings)
{
    char text[256], *rest = text;
    snprintf(text, sizeof text, "%s", settings);
    for (char *name; (name = strtok_r(rest, " ", &rest));) {
        char *value = strchr(name, '=');
        *value++ = 0;
        pg_status status = pg_config_set(&r->config, name, value, &err);
        if (status == PG_ERR_UNSUPPORTED) status = pg_train_set(&r->options, name, value, &err);
        must(status);
    }
}

static run begin_with(const char *settings, size_t count, int side)
{
    static int made;
    run r = {0};
    pg_config_defaults(&r.config);
    set_all(&r, "features=4 blocks=1 encoder_features=2 hidden=8 discriminator_hidden=8 "
                "prior=categorical:3");
    r.config.height = r.config.width = side;
    r.config.channels = 1;
    pg_train_defaults(&r.options, &r.config, false);
    r.options.epochs = 4;
    r.options.batch = 5; /* three examples are left over each epoch */
    r.options.labelled_batch = 3;
    r.options.threads = 1 + made++ % 5; /* no two runs in turn have as many */
    set_all(&r, settings);
    r.data = calloc(1, sizeof *r.data);
    make_data(r.data, count, side);
    must(pg_model_create(&r.config, 1, &r.model, &err));
    must(pg_trainer_create(r.model, r.data, &r.options, &r.trainer, &err));
    return r;
}

/* A trainer of data that were changed: it looks at them when it is made. */
static void begin_again(run *r)
{
    pg_trainer_free(r->trainer);
    must(pg_trainer_create(r->model, r->data, &r->options, &r->trainer, &err));
}

static run begin(const char *settings)
{
    return begin_with(settings, EXAMPLES, SIDE);
}

static void end(run *r)
{
    pg_trainer_free(r->trainer);
    pg_model_free(r->model);
    pg_records_free(r->data);
    free(r->data);
}

static bool same_parameters(const run *a, const run *b)
{
    for (int i = 0; i < pg_model_tensor_count(a->model); i++) {
        pg_tensor_view x = pg_model_tensor(a->model, i), y = pg_model_tensor(b->model, i);
        if (memcmp(x.data, y.data, x.count * sizeof *x.data) != 0) return false;
    }
    return true;
}

static bool same_losses(const run *a, const run *b)
{
    pg_train_losses x = pg_trainer_losses(a->trainer), y = pg_trainer_losses(b->trainer);
    return memcmp(&x, &y, sizeof x) == 0;
}

/* ---- The same bytes ---- */

/* Interrupted after each number of steps there is; the last state is that of the whole run. */
static void test_continues(const char *settings)
{
    const char *path = temporary_path("checkpoint");
    run whole = begin(settings);
    size_t total = pg_trainer_total_steps(whole.trainer);
    must(pg_trainer_run(whole.trainer, total, &err));
    run first = begin(settings);
    bool good = true;
    for (size_t step = 0; step < total; step++) {
        if (step == 0) must(pg_model_set(first.model, "note", "kept", &err));
        must(pg_trainer_save(first.trainer, path, &err));
        run second = begin(settings);
        must(pg_trainer_restore(second.trainer, path, &err));
        good = good && pg_trainer_steps_done(second.trainer) == step;
        must(pg_trainer_run(second.trainer, 1, &err));
        end(&first);
        first = second;
    }
    ok(good, "%s: steps are counted on", settings);
    ok(same_parameters(&whole, &first), "%s: the same parameters", settings);
    ok(same_losses(&whole, &first), "%s: the same losses", settings);
    const char *note = pg_model_get(first.model, "note");
    is_string(note ? note : "", "kept", "metadata of the model are kept");
    end(&whole);
    end(&first);
}

/* Other settings have other bytes: the comparison can fail. */
static void test_differs(void)
{
    run a = begin("seed=1"), b = begin("seed=2");
    must(pg_trainer_run(a.trainer, 3, &err));
    must(pg_trainer_run(b.trainer, 3, &err));
    ok(!same_parameters(&a, &b), "another seed, other parameters");
    end(&a);
    end(&b);
}

static void test_is_a_model(void)
{
    const char *path = temporary_path("model");
    run r = begin("");
    pg_model *model;
    must(pg_trainer_run(r.trainer, 2, &err));
    must(pg_trainer_save(r.trainer, path, &err));
    is_int(pg_model_load(path, &model, &err), PG_OK, "a checkpoint is a model");
    run loaded = {.model = model};
    ok(same_parameters(&r, &loaded), "of the same parameters");
    ok(!pg_model_get(model, "checkpoint.step"), "without what belongs to the run");
    pg_model_free(model);
    end(&r);
}

static void test_settings(void)
{
    const char *path = temporary_path("settings");
    run r = begin("learning_rate=0.000123456789012345 posterior=deterministic");
    pg_config config;
    pg_train_options options;
    must(pg_trainer_save(r.trainer, path, &err));
    must(pg_checkpoint_settings(path, &config, &options, &err));
    const char *name;
    char wanted[64], got[64];
    for (int i = 0; (name = pg_config_field(pg_model_config(r.model), i, NULL, wanted)); i++) {
        pg_config_field(&config, i, NULL, got);
        is_string(got, wanted, "%s, from the checkpoint", name);
    }
    ok(options.learning_rate == 0.000123456789012345 && options.batch == 5 && options.epochs == 4,
       "the settings, exactly");
    end(&r);
}

/* ---- Refusals ---- */

static void refuses(run *r, const char *path, pg_status status, const char *words, const char *name)
{
    err.message[0] = 0;
    pg_status got = pg_trainer_restore(r->trainer, path, &err);
    ok(got == status && strstr(err.message, words), "%s is refused: %s", name, err.message);
}

static void refuses_settings(const char *path, const char *settings, const char *words)
{
    run r = begin(settings);
    refuses(&r, path, PG_ERR_ARGUMENT, words, settings);
    end(&r);
}

static void test_refusals(void)
{
    const char *path = temporary_path("other"), *model = temporary_path("model");
    run r = begin("");
    must(pg_trainer_run(r.trainer, 2, &err));
    must(pg_trainer_save(r.trainer, path, &err));
    must(pg_model_save(r.model, model, &err));
    refuses_settings(path, "features=5", "features 4, not 5");
    refuses_settings(path, "prior=gaussian:2", "prior categorical:3, not gaussian:2");
    refuses_settings(path, "batch=6", "batch 5, not 6");
    refuses_settings(path, "seed=1", "seed 0, not 1");
    refuses_settings(path, "shards=3", "shards 8, not 3");
    refuses_settings(path, "learning_rate=0.1", "learning_rate 0.001, not 0.1");
    refuses_settings(path, "supervise=1", "supervise 0, not 1");
    refuses(&r, model, PG_ERR_FORMAT, "is no checkpoint", "a model");
    refuses(&r, "/nonexistent", PG_ERR_IO, "No such file", "a missing file");
    end(&r);

    r = begin_with("", EXAMPLES - 1, SIDE);
    refuses(&r, path, PG_ERR_ARGUMENT, "other data: 23 images of 8x8x1", "fewer examples");
    end(&r);
    r = begin_with("", EXAMPLES, SIDE + 2);
    refuses(&r, path, PG_ERR_ARGUMENT, "other data", "another shape");
    end(&r);
    r = begin("");
    r.data->image[EXAMPLES * SIDE * SIDE - 1] ^= 1;
    begin_again(&r);
    refuses(&r, path, PG_ERR_ARGUMENT, "other data", "a bit of an image");
    end(&r);
    r = begin("");
    r.data->label[EXAMPLES - 1] ^= 1;
    begin_again(&r);
    refuses(&r, path, PG_ERR_ARGUMENT, "other data", "a label");
    end(&r);
}

/* 4 epochs of 4 steps; rates fall at step 0.8 x 16 = 12.8, that is, with the 14th step. */
static bool resumes(const char *path, const char *settings)
{
    char all[128];
    snprintf(all, sizeof all, "warm_up=0 %s", settings);
    run r = begin(all);
    pg_status status = pg_trainer_restore(r.trainer, path, &err);
    end(&r);
    return status == PG_OK;
}

static void test_schedule(void)
{
    const char *path = temporary_path("schedule");
    run r = begin("warm_up=0");
    must(pg_trainer_run(r.trainer, 13, &err));
    must(pg_trainer_save(r.trainer, path, &err));
    ok(resumes(path, "epochs=8"), "more epochs before the rates fall");
    ok(resumes(path, "decay_at=1"), "rates that never fall, before they do");
    ok(resumes(path, "epochs=5 decay_at=0.64"), "another way to the same schedule");
    ok(!resumes(path, "epochs=3"), "fewer epochs than done are refused");
    ok(strstr(err.message, "is at step 13, and with --epochs 3 there are 12"), "with the reason");
    ok(!resumes(path, "decay_at=0.5"), "rates that should have fallen are refused");
    must(pg_trainer_run(r.trainer, 1, &err));
    must(pg_trainer_save(r.trainer, path, &err));
    ok(!resumes(path, "epochs=8"), "more epochs after the rates fell are refused");
    ok(resumes(path, "epochs=4"), "the same epochs are not");
    end(&r);
    r = begin("warm_up=0.5");
    must(pg_trainer_run(r.trainer, 1, &err));
    must(pg_trainer_save(r.trainer, path, &err));
    ok(!resumes(path, "warm_up=0.5 epochs=8"), "another warm-up is refused");
    ok(strstr(err.message, "resume with --set warm_up=0.25"), "with what would be the same");
    ok(resumes(path, "warm_up=0.25 epochs=8"), "and that is");
    end(&r);
}

/* ---- Damage ---- */

static uint8_t *read_file(const char *path, size_t *size)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    if (!file || fstat(fileno(file), &info) != 0) bail_out("cannot read back a checkpoint");
    uint8_t *bytes = malloc((size_t)info.st_size);
    *size = fread(bytes, 1, (size_t)info.st_size, file);
    fclose(file);
    return bytes;
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        bail_out("cannot write a damaged checkpoint");
}

/* After so many refusals a run still ends with the right bytes. */
static void test_truncation(void)
{
    const char *path = temporary_path("whole"), *cut = temporary_path("cut");
    run whole = begin(""), r = begin("");
    size_t size, refused = 0, tried = 0;
    must(pg_trainer_run(whole.trainer, 3, &err));
    must(pg_trainer_save(whole.trainer, path, &err));
    must(pg_trainer_run(r.trainer, 3, &err));
    uint8_t *bytes = read_file(path, &size);
    for (size_t length = 0; length < size; length += length < 64 ? 1 : 997, tried++) {
        write_file(cut, bytes, length);
        refused += pg_trainer_restore(r.trainer, cut, &err) == PG_ERR_FORMAT;
    }
    is_int((long)refused, (long)tried, "every truncation is refused");
    must(pg_trainer_run(whole.trainer, 2, &err));
    must(pg_trainer_run(r.trainer, 2, &err));
    ok(same_parameters(&whole, &r), "and leaves the trainer as it was");
    free(bytes);
    end(&whole);
    end(&r);
}

static pg_piece find_piece(run *r, const char *name)
{
    size_t count = pg_trainer_piece_count(r->trainer);
    pg_piece *pieces = calloc(count, sizeof *pieces), found = {.memory = NULL};
    pg_trainer_pieces(r->trainer, pieces);
    for (size_t i = 0; i < count; i++)
        if (strcmp(pieces[i].name, name) == 0) found = pieces[i];
    free(pieces);
    if (!found.memory) bail_out("no such piece");
    return found;
}

/* A checkpoint in which bytes of a piece are others is refused. */
static void refuses_bytes(run *r, const char *piece_name, size_t at, const void *bytes, size_t size,
                          const char *name)
{
    const char *path = temporary_path("damaged");
    pg_piece piece = find_piece(r, piece_name);
    uint8_t kept[64], *place = (uint8_t *)piece.memory + at;
    if (at + size > piece.bytes || size > sizeof kept) bail_out("no such byte in the piece");
    memcpy(kept, place, size);
    memcpy(place, bytes, size);
    must(pg_trainer_save(r->trainer, path, &err));
    memcpy(place, kept, size);
    refuses(r, path, PG_ERR_FORMAT, piece_name, name);
}

static void test_damage(void)
{
    static const float infinite = INFINITY;
    run r = begin("");
    must(pg_trainer_run(r.trainer, 1, &err));
    refuses_bytes(&r, "checkpoint.first_moment.decoder.bias", 8, &infinite, sizeof infinite,
                  "a moment that is not finite");
    pg_tensor_view view = pg_model_tensor(r.model, 0);
    view.data[0] = NAN;
    is_int(pg_trainer_save(r.trainer, temporary_path("diverged"), &err), PG_ERR_DIVERGED,
           "a model that is not finite is not saved");
    end(&r);
}

int main(void)
{
    test_continues("");
    test_continues("posterior=deterministic shards=1");
    test_continues("supervise=1 shards=3");
    test_continues("prior=gaussian:2 posterior=gaussian pull=kl warm_up=0.5");
    test_continues("prior=flow:2 posterior=gaussian pull=kl");
    test_continues("prior=mixture:3 label_informed=1 supervise=1");
    test_continues("prior=gaussian:2 decoder=factorised");
    test_continues("prior=mixture:3 condition=invariant");
    test_continues("prior=none");
    test_continues("likelihood=softmax normalize=standard");
    if (pg_conv_has_half()) test_continues("likelihood=logistic precision=bf16");
    test_differs();
    test_is_a_model();
    test_settings();
    test_refusals();
    test_schedule();
    test_truncation();
    test_damage();
    return done_testing();
}
