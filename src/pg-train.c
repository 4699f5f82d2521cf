/* pg-train: images in, a model out. */
#include <config.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common.h"
#include "pixelgan/pixelgan.h"
#include "progress.h"

static const char help[] =
    "Usage: pg-train [OPTION]... -o MODEL [FILE]\n"
    "Trains an autoencoder with a PixelCNN decoder on a stream of images.\n"
    "\n"
    "      --model NAME          settings of pixelgan (default), pixelcnn,\n"
    "                            conditional-pixelcnn, vae, aae, pixelvae or vlae\n"
    "      --prior P             categorical:K (default categorical:30), gaussian:D,\n"
    "                            mixture:K, flow:D, label:K or none\n"
    "      --posterior Q         noise (default), gaussian or deterministic\n"
    "      --pull WHAT           pulls codes to the prior: gan (default), kl, none\n"
    "      --decoder D           pixelcnn (default) or factorised\n"
    "      --condition C         dependent (default) or invariant of the location\n"
    "      --receptive-field N   side of what a pixel sees: odd, full, or 0 (default)\n"
    "  -e, --epochs N            passes over the data (default 20)\n"
    "      --supervise           learn categories from the labels that are not -1\n"
    "      --set NAME=VALUE      any other setting\n"
    "      --settings            list all settings and their values, train nothing\n"
    "      --valid FILE          report the loss on these images after each epoch\n"
    "      --log FILE            one JSON line an epoch\n"
    "  -o, --output FILE         the model, also saved after each epoch\n"
    "  -s, --seed N              start of the random numbers (default 0)\n"
    "  -j, --threads N           threads (default: one a core)\n"
    "  -q, --quiet               errors only     -v, --verbose          more messages\n"
    "  -h, --help                this text       -V, --version          version\n";

/* Settings given on the command line, in order. */
typedef struct assignment {
    const char *name, *value;
} assignment;

enum { MAX_ASSIGNMENTS = 64 };

typedef struct options {
    shared_options shared;
    assignment given[MAX_ASSIGNMENTS];
    int given_count;
    bool list_settings;
    const char *input, *valid, *log;
    char *command;
} options;

enum {
    OPTION_SUPERVISE = FIRST_LONG_OPTION,
    OPTION_PRESET,
    OPTION_SET,
    OPTION_SETTINGS,
    OPTION_VALID,
    OPTION_LOG,
    OPTION_PRIOR,
    OPTION_POSTERIOR,
    OPTION_PULL,
    OPTION_DECODER,
    OPTION_CONDITION,
    OPTION_FIELD
};

static const struct option option_table[] = {
    {"model", required_argument, NULL, OPTION_PRESET},
    {"prior", required_argument, NULL, OPTION_PRIOR},
    {"posterior", required_argument, NULL, OPTION_POSTERIOR},
    {"pull", required_argument, NULL, OPTION_PULL},
    {"decoder", required_argument, NULL, OPTION_DECODER},
    {"condition", required_argument, NULL, OPTION_CONDITION},
    {"receptive-field", required_argument, NULL, OPTION_FIELD},
    {"epochs", required_argument, NULL, 'e'},
    {"supervise", no_argument, NULL, OPTION_SUPERVISE},
    {"set", required_argument, NULL, OPTION_SET},
    {"settings", no_argument, NULL, OPTION_SETTINGS},
    {"valid", required_argument, NULL, OPTION_VALID},
    {"log", required_argument, NULL, OPTION_LOG},
    OPTION_OUTPUT,
    OPTION_SEED,
    OPTION_THREADS,
    OPTIONS_EVERY_TOOL,
    {NULL, 0, NULL, 0}};

/* ---- Options ---- */

static void give(options *o, const char *name, const char *value)
{
    if (o->given_count == MAX_ASSIGNMENTS) usage_error("too many settings");
    o->given[o->given_count++] = (assignment){name, value};
}

/* NAME=VALUE, cut in place. */
static void give_pair(options *o, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text) usage_error("--set '%s': write NAME=VALUE", text);
    *equals = 0;
    give(o, text, equals + 1);
}

/* Settings of a preset go before those given so far, which override them. */
static void give_preset(options *o, const char *name)
{
    const pg_preset *preset = pg_preset_find(name);
    if (!preset)
        usage_error("--model '%s': unknown, use pixelgan, pixelcnn, conditional-pixelcnn, vae, "
                    "aae, pixelvae or vlae",
                    name);
    int count = 0;
    while (preset->settings[count].name)
        count++;
    if (o->given_count + count > MAX_ASSIGNMENTS) usage_error("too many settings");
    memmove(o->given + count, o->given, (size_t)o->given_count * sizeof *o->given);
    for (int i = 0; i < count; i++)
        o->given[i] = (assignment){preset->settings[i].name, preset->settings[i].value};
    o->given_count += count;
}

/* Options that are settings of the same name. */
static void give_named(options *o, int option)
{
    for (const struct option *entry = option_table; entry->name; entry++)
        if (entry->val == option) give(o, entry->name, optarg);
}

static void parse_options(int argc, char **argv, options *o)
{
    int option;
    while ((option = next_option(argc, argv, option_table, &o->shared)) != -1) {
        switch (option) {
        case OPTION_PRESET:
            give_preset(o, optarg);
            break;
        case OPTION_SUPERVISE:
            give(o, "supervise", "1");
            break;
        case OPTION_SET:
            give_pair(o, optarg);
            break;
        case OPTION_SETTINGS:
            o->list_settings = true;
            break;
        case OPTION_VALID:
            o->valid = optarg;
            break;
        case OPTION_LOG:
            o->log = optarg;
            break;
        default:
            give_named(o, option);
        }
    }
    o->input = single_operand(argc, argv);
    if (o->list_settings) return;
    refuse_terminal_input(o->input);
    refuse_terminal_output(o->shared.output);
}

/* ---- Settings ---- */

static bool wants_supervision(const options *o)
{
    bool wanted = false;
    for (int i = 0; i < o->given_count; i++)
        if (strcmp(o->given[i].name, "supervise") == 0)
            wanted = strcmp(o->given[i].value, "0") != 0;
    return wanted;
}

/* Architecture first, for the defaults of training depend on it. */
static void apply_settings(const options *o, pg_config *config, pg_train_options *train)
{
    pg_error err;
    bool taken[MAX_ASSIGNMENTS];
    for (int i = 0; i < o->given_count; i++) {
        pg_status status = pg_config_set(config, o->given[i].name, o->given[i].value, &err);
        taken[i] = status != PG_ERR_UNSUPPORTED;
        if (taken[i] && status != PG_OK) usage_error("%s", err.message);
    }
    if (wants_supervision(o) && config->prior == PG_PRIOR_MIXTURE) config->label_informed = 1;
    pg_train_defaults(train, config);
    train->seed = o->shared.seed;
    train->threads = o->shared.threads;
    for (int i = 0; i < o->given_count; i++)
        if (!taken[i] && pg_train_set(train, o->given[i].name, o->given[i].value, &err) != PG_OK)
            usage_error("%s", err.message);
    if (pg_config_check(config, &err) != PG_OK || pg_train_check(train, config, &err) != PG_OK)
        usage_error("%s", err.message);
}

static void list_settings(const pg_config *config, const pg_train_options *train)
{
    char value[64];
    const char *name, *summary;
    for (int i = 0; (name = pg_config_field(config, i, &summary, value)); i++)
        printf("%s\t%s\t%s\n", name, value, summary);
    for (int i = 0; (name = pg_train_field(train, i, &summary, value)); i++)
        printf("%s\t%s\t%s\n", name, value, summary);
}

/* ---- Data and model ---- */

static void read_all(const char *path, pg_records *records)
{
    pg_reader *reader;
    pg_error err;
    if (pg_reader_open(path, &reader, &err) != PG_OK) fail(&err);
    if (pg_reader_read_all(reader, records, &err) != PG_OK) fail(&err);
    pg_reader_close(reader);
    if (!records->schema.channels) fail_with("%s: holds no images; make some with pg-prep", path);
    if (!records->count) fail_with("%s: holds no example", path);
}

static void put(pg_model *model, const char *key, const char *value)
{
    pg_error err;
    if (pg_model_set(model, key, value, &err) != PG_OK) fail(&err);
}

/* What it takes to make the model again, and how far it has come. */
static void record(pg_model *model, const options *o, const pg_train_options *train, int epochs)
{
    char value[64], key[96];
    const char *name;
    for (int i = 0; (name = pg_train_field(train, i, NULL, value)); i++) {
        snprintf(key, sizeof key, "train.%s", name);
        put(model, key, value);
    }
    snprintf(value, sizeof value, "%d", epochs);
    put(model, "epochs", value);
    put(model, "command", o->command);
}

static void save(const pg_model *model, const char *path)
{
    pg_error err;
    if (pg_model_save(model, path, &err) != PG_OK) fail(&err);
}

/* ---- Progress and log ---- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static FILE *open_log(const char *path)
{
    if (!path) return NULL;
    FILE *log = fopen(path, "w");
    if (!log) fail_with("%s: cannot write the log: check the folder and its permissions", path);
    return log;
}

typedef struct epoch_report {
    int epoch;
    pg_train_losses losses;
    double valid_nll; /* NaN without --valid */
    double seconds, images_per_second;
} epoch_report;

static void write_log(FILE *log, const char *path, const epoch_report *r)
{
    if (!log) return;
    fprintf(log, "{\"epoch\": %d, \"nll\": %.6g", r->epoch, r->losses.nll);
    if (!isnan(r->valid_nll)) fprintf(log, ", \"valid_nll\": %.6g", r->valid_nll);
    fprintf(log,
            ", \"discriminator\": %.6g, \"adversarial\": %.6g, \"supervised\": %.6g, \"kl\": %.6g, "
            "\"seconds\": %.3f, \"images_per_second\": %.1f}\n",
            r->losses.discriminator, r->losses.adversarial, r->losses.supervised, r->losses.kl,
            r->seconds, r->images_per_second);
    if (fflush(log) != 0) fail_with("%s: cannot write the log: is the disk full?", path);
}

static void describe_losses(const pg_config *config, const pg_train_options *train,
                            const pg_train_losses *losses, char *text, size_t size)
{
    int used = snprintf(text, size, "nll %.2f", losses->nll);
    if (config->pull == PG_PULL_GAN && config->code_dim)
        used += snprintf(text + used, size - used, "  D %.2f  G %.2f", losses->discriminator,
                         losses->adversarial);
    if (config->pull == PG_PULL_KL)
        used += snprintf(text + used, size - used, "  kl %.2f", losses->kl);
    if (train->supervise) snprintf(text + used, size - used, "  class %.3f", losses->supervised);
}

/* ---- Validation ---- */

/* Codes of the images, as far as their nll takes any. */
static pg_status find_codes(const pg_model *model, pg_engine *engine, const pg_records *images,
                            float *codes, pg_error *err)
{
    const pg_config *config = pg_model_config(model);
    if (config->prior == PG_PRIOR_NONE) return PG_OK;
    if (config->prior != PG_PRIOR_LABEL)
        return pg_engine_encode(engine, images->image, images->count, false, codes, err);
    if (!images->label)
        return pg_fail(err, PG_ERR_ARGUMENT, "--valid: has no labels, which this model needs");
    return pg_model_label_codes(model, images->label, images->count, codes, err);
}

static pg_status find_nll(const pg_model *model, pg_engine *engine, const pg_records *images,
                          float *codes, float *nll, pg_error *err)
{
    if (pg_config_nll_kind(pg_model_config(model)) == PG_NLL_BOUND)
        return pg_engine_bound(engine, images->image, images->count, 1, nll, NULL, err);
    pg_status status = find_codes(model, engine, images, codes, err);
    if (status != PG_OK) return status;
    return pg_engine_nll(engine, images->image, codes, images->count, nll, err);
}

/* Mean nll of the images, of the kind the model allows; the engine is made anew
 * for it takes the weights as they are when it is made. */
static double mean_nll(const pg_model *model, const pg_train_options *settings,
                       const pg_records *images)
{
    pg_error err;
    pg_engine *engine;
    size_t n = images->count, dim = pg_model_config(model)->code_dim;
    float *codes = calloc(n * dim + 1, sizeof *codes), *nll = calloc(n, sizeof *nll);
    if (!codes || !nll) fail_with("out of memory for --valid");
    if (pg_engine_create(model, settings->threads, settings->seed, &engine, &err) != PG_OK ||
        find_nll(model, engine, images, codes, nll, &err) != PG_OK)
        fail(&err);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += nll[i];
    pg_engine_free(engine);
    free(codes);
    free(nll);
    return sum / n;
}

/* ---- Training ---- */

typedef struct training {
    const options *o;
    const pg_config *config;
    const pg_train_options *settings;
    pg_model *model;
    pg_trainer *trainer;
    const pg_records *valid;
    FILE *log;
    progress bar;
    double started;
} training;

/* One epoch, a few steps at a time, so that the bar moves. */
static pg_train_losses run_epoch(training *t, int epoch)
{
    pg_error err;
    pg_train_losses sum = {0};
    size_t end = pg_trainer_steps_per_epoch(t->trainer) * epoch;
    while (pg_trainer_steps_done(t->trainer) < end) {
        size_t left = end - pg_trainer_steps_done(t->trainer), steps = left < 10 ? left : 10;
        if (pg_trainer_run(t->trainer, steps, &err) != PG_OK) fail(&err);
        pg_train_losses l = pg_trainer_take_losses(t->trainer);
        double total = sum.steps + l.steps, part = l.steps / total;
        sum.nll += part * (l.nll - sum.nll);
        sum.discriminator += part * (l.discriminator - sum.discriminator);
        sum.adversarial += part * (l.adversarial - sum.adversarial);
        sum.supervised += part * (l.supervised - sum.supervised);
        sum.kl += part * (l.kl - sum.kl);
        sum.steps += l.steps;
        char losses[128], text[192];
        describe_losses(t->config, t->settings, &sum, losses, sizeof losses);
        snprintf(text, sizeof text, "epoch %d/%d  %s", epoch, t->settings->epochs, losses);
        progress_update(&t->bar, pg_trainer_steps_done(t->trainer) * t->settings->batch, text);
    }
    return sum;
}

static void report_epoch(training *t, const epoch_report *r)
{
    char losses[128], valid[48] = "";
    describe_losses(t->config, t->settings, &r->losses, losses, sizeof losses);
    if (!isnan(r->valid_nll)) snprintf(valid, sizeof valid, "  valid nll %.2f", r->valid_nll);
    note("epoch %d/%d  %s%s  %.0f images/s", r->epoch, t->settings->epochs, losses, valid,
         r->images_per_second);
    write_log(t->log, t->o->log, r);
}

static void train(training *t)
{
    size_t per_epoch = pg_trainer_steps_per_epoch(t->trainer);
    double batch = t->settings->batch;
    progress_start(&t->bar, "images", 0, pg_trainer_total_steps(t->trainer) * t->settings->batch,
                   is_quiet());
    t->started = now();
    for (int epoch = 1; epoch <= t->settings->epochs; epoch++) {
        double begun = now();
        epoch_report report = {.epoch = epoch, .losses = run_epoch(t, epoch)};
        report.images_per_second = per_epoch * batch / (now() - begun);
        report.valid_nll = t->valid ? mean_nll(t->model, t->settings, t->valid) : NAN;
        report.seconds = now() - t->started;
        report_epoch(t, &report);
        record(t->model, t->o, t->settings, epoch);
        if (strcmp(t->o->shared.output, "-") != 0) save(t->model, t->o->shared.output);
    }
    progress_finish(&t->bar);
    if (strcmp(t->o->shared.output, "-") == 0 || t->settings->epochs == 0) {
        record(t->model, t->o, t->settings, t->settings->epochs);
        save(t->model, t->o->shared.output);
    }
}

int main(int argc, char **argv)
{
    begin(argv, "pg-train", help);
    options o = {.command = command_line(argc, argv)};
    pg_config config;
    pg_train_options settings;
    pg_records data, valid;
    pg_error err;
    parse_options(argc, argv, &o);
    pg_config_defaults(&config);
    apply_settings(&o, &config, &settings);
    if (o.list_settings) {
        list_settings(&config, &settings);
        return 0;
    }
    read_all(o.input, &data);
    config.height = data.schema.height;
    config.width = data.schema.width;
    config.channels = data.schema.channels;
    training t = {.o = &o, .config = &config, .settings = &settings, .log = open_log(o.log)};
    if (pg_model_create(&config, settings.seed, &t.model, &err) != PG_OK) fail(&err);
    if (pg_trainer_create(t.model, &data, &settings, &t.trainer, &err) != PG_OK) fail(&err);
    if (o.valid) {
        read_all(o.valid, &valid);
        t.valid = &valid;
    }
    train(&t);
    pg_trainer_free(t.trainer);
    pg_model_free(t.model);
    pg_records_free(&data);
    if (o.valid) pg_records_free(&valid);
    free(o.command);
    if (t.log && fclose(t.log) != 0) fail_with("%s: cannot write the log", o.log);
    return 0;
}
