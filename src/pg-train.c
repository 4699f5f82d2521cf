/* pg-train: images in, a model out. */
#include <config.h>

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apply.h"
#include "interrupt.h"
#include "places.h"
#include "processes.h"
#include "train.h"

/* A run under way. */
typedef struct training {
    const train_options *o;
    pg_config config;
    pg_train_options settings;
    pg_records data, valid;
    pg_model *model;
    pg_trainer *trainer;
    pg_output *log;
    progress bar;
    double preview_drawn; /* seconds of seconds_now() */
} training;

static const double preview_seconds = 60; /* between previews within an epoch, at least */

/* ---- Files ---- */

/* The images of a data set have one shape, and labels all or none. */
static void refuse_unlike(const char *path, const pg_schema *got, const char *first_path,
                          const pg_schema *first)
{
    pg_error err;
    if (pg_images_check(got, first, path, first_path, &err) != PG_OK) fail(&err);
    if (got->has_label == first->has_label) return;
    const char *with = first->has_label ? first_path : path;
    const char *without = first->has_label ? path : first_path;
    fail_with("%s: has no labels, but %s has some; 'pg-prep %s %s' makes one stream of them, where "
              "images without a label are unlabelled",
              without, with, with, without);
}

/* Adds the stream to the records, the first of which came from that path. */
static void add_stream(const char *path, const char *first_path, pg_records *records)
{
    pg_reader *reader;
    pg_error err;
    const char *name = input_name(path);
    size_t before = records->count;
    if (pg_reader_open(path, &reader, &err) != PG_OK) fail(&err);
    const pg_schema *schema = pg_reader_schema(reader);
    if (!schema->channels) fail_with("%s: holds no images; make some with pg-prep", name);
    if (records->schema.channels)
        refuse_unlike(name, schema, input_name(first_path), &records->schema);
    if (pg_reader_map_all(reader, records, &err) != PG_OK) fail(&err);
    if (pg_reader_remark(reader)) warning("%s", pg_reader_remark(reader));
    pg_reader_close(reader);
    if (records->count == before) fail_with("%s: holds no example; make some with pg-prep", name);
}

static void open_data(const char *const *paths, size_t count, pg_records *records)
{
    for (size_t i = 0; i < count; i++)
        add_stream(paths[i], paths[0], records);
}

/* A place for each input, and one for each other file. */
static void check_all_places(const train_options *o, const place *others, size_t count)
{
    place *places = calloc(o->input_count + count, sizeof *places);
    if (!places) fail_with("out of memory");
    for (size_t i = 0; i < o->input_count; i++)
        places[i] = (place){o->inputs[i], "the input", PLACE_READ};
    memcpy(places + o->input_count, others, count * sizeof *places);
    check_places(places, o->input_count + count);
    free(places);
}

/* Where a file that is mapped was cut short, or cannot be read: what signal handlers may
 * do, and the same end as any failure to read has. */
static const training *watched;

static void say(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

static _Noreturn void end_on_bus_error(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    const char *file = pg_records_file_at(&watched->data, info->si_addr);
    if (!file) file = pg_records_file_at(&watched->valid, info->si_addr);
    if (!file) {
        signal(SIGBUS, SIG_DFL);
        raise(SIGBUS);
    }
    say("pg-train: ");
    say(file);
    say(": was cut short or cannot be read any more; make it again");
    say(watched->o->checkpoint ? ", then go on with --resume\n" : "\n");
    _exit(1);
}

static void watch_files(const training *t)
{
    struct sigaction action = {.sa_sigaction = end_on_bus_error, .sa_flags = SA_SIGINFO};
    watched = t;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}

/* Before hours of training, not after. */
static void check_files(const train_options *o)
{
    const place places[] = {{o->valid, "--valid", PLACE_READ},
                            {o->class_names, "--class-names", PLACE_READ},
                            {o->resume, "--resume", PLACE_REPLACEABLE},
                            {o->shared.output, "--output", PLACE_WRITE},
                            {o->checkpoint, "--checkpoint", PLACE_REPLACING},
                            {o->preview, "--preview", PLACE_WRITE},
                            {o->log, "--log", PLACE_GROWING}};
    for (size_t i = 0; i < o->input_count; i++) {
        refuse_shared_input(o->inputs[i], o->valid, o->class_names);
        for (size_t j = 0; j < i; j++)
            refuse_shared_input(o->inputs[i], o->inputs[j], NULL);
    }
    refuse_shared_output(o->shared.output, o->log, NULL);
    if (is_first_process()) check_all_places(o, places, sizeof places / sizeof *places);
}

/* What is no file of its own, a pipe or a device, takes one model only: that of the end. */
static bool takes_one_model(const char *path)
{
    struct stat info;
    return strcmp(path, "-") == 0 || (stat(path, &info) == 0 && !S_ISREG(info.st_mode));
}

/* Images to validate on must be what the model takes, with labels where it takes those. */
static void check_valid(const training *t)
{
    const pg_schema *got = &t->valid.schema, *wanted = &t->data.schema;
    pg_error err;
    if (!t->o->valid || !is_first_process()) return;
    const char *path = input_name(t->o->valid);
    if (pg_images_check(got, wanted, path, input_name(t->o->inputs[0]), &err) != PG_OK) fail(&err);
    if (!pg_config_code_is_label(&t->config)) return;
    if (!got->has_label)
        fail_with("%s: has no labels, which this model needs; add them with pg-prep --labels",
                  path);
    float *codes = calloc(t->valid.count, sizeof *codes * (size_t)t->config.code_dim);
    if (!codes) fail_with("%s: out of memory", path);
    if (pg_model_label_codes(t->model, t->valid.label, t->valid.count, codes, &err) != PG_OK)
        fail_with("%s: %s", path, err.message);
    free(codes);
}

static void put(pg_model *model, const char *key, const char *value)
{
    pg_error err;
    if (pg_model_set(model, key, value, &err) != PG_OK) fail(&err);
}

static int epochs_done(const training *t)
{
    return (int)(pg_trainer_steps_done(t->trainer) / pg_trainer_steps_per_epoch(t->trainer));
}

/* What it takes to make the model again, and how far it has come. A run that
 * was resumed has its command from the checkpoint. */
static void record(training *t)
{
    char value[64], key[96];
    const char *name;
    for (int i = 0; (name = pg_train_field(&t->settings, i, NULL, value)); i++) {
        snprintf(key, sizeof key, "train.%s", name);
        put(t->model, key, value);
    }
    snprintf(value, sizeof value, "%d", epochs_done(t));
    put(t->model, "epochs", value);
    if (!t->o->resume) put(t->model, "command", t->o->recipe);
}

static void save_model(training *t)
{
    pg_error err;
    if (!is_first_process()) return;
    record(t);
    if (pg_model_save(t->model, t->o->shared.output, &err) != PG_OK) fail(&err);
}

static void save_checkpoint(training *t)
{
    pg_error err;
    if (!t->o->checkpoint) return;
    record(t);
    meet();
    if (pg_trainer_save(t->trainer, t->o->checkpoint, &err) != PG_OK) fail(&err);
    detail("%s: saved at step %zu", t->o->checkpoint, pg_trainer_steps_done(t->trainer));
}

/* A picture that cannot be drawn is no reason to end a long run. */
static void draw_preview(training *t)
{
    pg_error err;
    if (!t->o->preview || !is_first_process()) return;
    if (train_draw_preview(t->model, &t->settings, &t->data, t->o->preview, &err) != PG_OK)
        warning("%s", err.message);
    t->preview_drawn = seconds_now();
}

/* ---- Training ---- */

static void show_progress(training *t, int epoch)
{
    char losses[160], text[192];
    pg_train_losses l = pg_trainer_losses(t->trainer);
    train_describe_losses(&t->config, &t->settings, &l, losses, sizeof losses);
    snprintf(text, sizeof text, "epoch %d/%d  %s", epoch, t->settings.epochs, losses);
    progress_update(&t->bar, pg_trainer_steps_done(t->trainer) * t->settings.batch, text);
}

/* What is due between two steps of an epoch. */
static void save_between_steps(training *t)
{
    bool asked = save_together();
    if (asked && !t->o->checkpoint)
        warning("SIGUSR1 saves a checkpoint, and there is no --checkpoint FILE");
    if (asked || (t->o->every && pg_trainer_steps_done(t->trainer) % t->o->every == 0))
        save_checkpoint(t);
    if (seconds_now() - t->preview_drawn > preview_seconds) draw_preview(t);
}

/* The rest of an epoch; false where a signal asks to stop before its end. */
static bool run_epoch(training *t, int epoch)
{
    pg_error err;
    size_t end = pg_trainer_steps_per_epoch(t->trainer) * epoch;
    for (;;) {
        if (stop_together()) return false;
        if (pg_trainer_run(t->trainer, 1, &err) != PG_OK) fail(&err);
        show_progress(t, epoch);
        if (pg_trainer_steps_done(t->trainer) == end) return true;
        save_between_steps(t);
    }
}

static void report_epoch(training *t, const epoch_report *r)
{
    char losses[160], valid[80] = "  valid ";
    train_describe_losses(&t->config, &t->settings, &r->losses, losses, sizeof losses);
    size_t used = strlen(valid);
    if (!isnan(r->valid_nll))
        train_describe_nll(&t->config, r->valid_nll, valid + used, sizeof valid - used);
    note("epoch %d/%d  %s%s  %.0f images/s", r->epoch, t->settings.epochs, losses,
         isnan(r->valid_nll) ? "" : valid, r->images_per_second);
    train_write_log(t->log, t->o->log, &t->config, &t->settings, r);
}

/* What was learned from other images than at the start is not saved. */
static void refuse_changed(const training *t)
{
    pg_error err;
    if (pg_records_check(&t->data, &err) != PG_OK || pg_records_check(&t->valid, &err) != PG_OK)
        fail(&err);
}

/* The checkpoint last: what comes after it would be missing in a resumed run. */
static void end_epoch(training *t, int epoch, double images_per_second)
{
    epoch_report report = {.epoch = epoch,
                           .losses = pg_trainer_take_losses(t->trainer),
                           .valid_nll = NAN,
                           .seconds = pg_trainer_seconds(t->trainer),
                           .images_per_second = images_per_second};
    if (t->o->valid && is_first_process())
        report.valid_nll = train_mean_nll(t->model, &t->settings, &t->valid);
    refuse_changed(t);
    report_epoch(t, &report);
    if (!takes_one_model(t->o->shared.output)) save_model(t);
    draw_preview(t);
    save_checkpoint(t);
}

/* Where the reader of messages or of the log has left: no message, and the end that all tools have.
 */
static void end_with_reader(void)
{
    pg_error err;
    if (interrupt_stops() != SIGPIPE) return;
    pg_fail_errno(&err, EPIPE, "standard output or standard error");
    fail(&err);
}

/* Ends the process, and tells how to go on. */
static _Noreturn void stop(training *t)
{
    const char *name = interrupt_name();
    size_t done = pg_trainer_steps_done(t->trainer), total = pg_trainer_total_steps(t->trainer);
    progress_finish(&t->bar);
    save_checkpoint(t);
    save_model(t);
    end_with_reader();
    if (t->o->resume_command)
        fail_with("stopped by %s at step %zu of %zu; to go on: %s", name, done, total,
                  t->o->resume_command);
    fail_with("stopped by %s at step %zu of %zu; with --checkpoint FILE a run can go on", name,
              done, total);
}

static void train(training *t)
{
    size_t batch = t->settings.batch, begun = pg_trainer_steps_done(t->trainer);
    double seconds_before = pg_trainer_seconds(t->trainer);
    progress_start(&t->bar, "images", pg_trainer_steps_done(t->trainer) * batch,
                   pg_trainer_total_steps(t->trainer) * batch, is_quiet());
    t->preview_drawn = seconds_now();
    interrupt_watch();
    processes_begin_counting();
    for (int epoch = epochs_done(t) + 1; epoch <= t->settings.epochs; epoch++) {
        size_t before = pg_trainer_steps_done(t->trainer);
        double seconds = pg_trainer_seconds(t->trainer);
        if (!run_epoch(t, epoch)) stop(t);
        seconds = pg_trainer_seconds(t->trainer) - seconds;
        end_epoch(t, epoch, (pg_trainer_steps_done(t->trainer) - before) * batch / seconds);
    }
    progress_finish(&t->bar);
    save_model(t);
    processes_report(pg_trainer_steps_done(t->trainer) - begun,
                     pg_trainer_seconds(t->trainer) - seconds_before);
    if (is_first_process()) train_report_quality(t->model, &t->settings, &t->data);
    end_with_reader();
}

/* ---- The whole run ---- */

static void resume(training *t)
{
    pg_error err;
    if (!t->o->resume) return;
    meet();
    if (pg_trainer_restore(t->trainer, t->o->resume, &err) != PG_OK) fail(&err);
    note("goes on from step %zu of %zu", pg_trainer_steps_done(t->trainer),
         pg_trainer_total_steps(t->trainer));
}

/* What the size of the images led to. */
static void describe_model(const training *t)
{
    const pg_config *c = &t->config;
    size_t parameters = 0;
    for (int i = 0; i < pg_model_tensor_count(t->model); i++)
        parameters += pg_model_tensor(t->model, i).count;
    detail("images of %dx%dx%d: a model of %zu parameters, encoder_depth %d, upsampler_depth %d, "
           "map_cell %d",
           c->height, c->width, c->channels, parameters, c->encoder_depth, c->upsampler_depth,
           c->map_cell);
}

/* What decides when processes meet. */
static void compare_options(const train_options *o)
{
    const uint64_t options[] = {o->every, o->checkpoint != NULL, o->resume != NULL};
    compare_together(pg_version(), strlen(pg_version()), "version of pixelgan");
    compare_together(options, sizeof options, "--checkpoint, --every and --resume");
}

static void open_training(training *t)
{
    pg_error err;
    check_files(t->o);
    compare_options(t->o);
    watch_files(t);
    read_together(t->o->inputs, t->o->input_count, &t->data, open_data);
    if (t->o->valid && is_first_process()) open_data(&t->o->valid, 1, &t->valid);
    train_apply_settings(t->o, &t->data.schema, &t->config, &t->settings);
    if (pg_model_create(&t->config, t->settings.seed, &t->model, &err) != PG_OK) fail(&err);
    t->config = *pg_model_config(t->model); /* with the likelihood that suits the images */
    meet();
    if (pg_trainer_create_among(t->model, &t->data, &t->settings, processes_transport(),
                                &t->trainer, &err) != PG_OK)
        fail(&err);
    if (is_first_process()) describe_model(t);
    check_valid(t);
    resume(t);
    train_name_classes(t->model, &t->data, t->o->class_names);
    if (is_first_process())
        t->log = train_open_log(t->o->log, epochs_done(t), t->o->resume != NULL);
}

static void close_training(training *t)
{
    train_close_log(t->log, t->o->log);
    pg_trainer_free(t->trainer);
    pg_model_free(t->model);
    pg_records_free(&t->data);
    pg_records_free(&t->valid);
}

int train_main(int argc, char **argv, const char *program, const char *help)
{
    train_options o;
    training t = {.o = &o};
    begin(argv, program, help);
    train_parse_options(argc, argv, &o);
    train_apply_settings(&o, NULL, &t.config, &t.settings);
    if (o.list_settings) {
        if (is_first_process()) train_list_settings(&t.config, &t.settings);
    } else {
        open_training(&t);
        train(&t);
        close_training(&t);
    }
    train_free_options(&o);
    return 0;
}
