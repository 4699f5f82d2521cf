/* Checkpoints as files; see pg-model(5). */
#include <config.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/config.h"
#include "model/model_file.h"
#include "train/state.h"

#define KEY(name) PG_CHECKPOINT_PREFIX name
static const char version_key[] = KEY("version"), version_value[] = "3";
static const char program_key[] = KEY("program"), program_value[] = PACKAGE_VERSION;
static const char data_key[] = KEY("data");
static const char settings_prefix[] = KEY("train.");

enum { MAX_ENTRIES = 64, MAX_VALUE = 128 };

/* Keys and values, with memory of their own. */
typedef struct entries {
    char key[MAX_ENTRIES][64], value[MAX_ENTRIES][MAX_VALUE];
    pg_metadata_entry list[MAX_ENTRIES];
    size_t count;
} entries;

/* ---- What both directions need ---- */

static void describe_data(pg_trainer *t, char text[MAX_VALUE])
{
    const pg_schema *s = &t->data->schema;
    snprintf(text, MAX_VALUE, "%zu images of %dx%dx%d%s, hash %016" PRIx64, t->data->count,
             s->height, s->width, s->channels, s->has_label ? " with labels" : "", t->data_hash);
}

/* Counters and the keys they have. */
static const struct counter {
    const char *key;
    size_t offset;
} counters[] = {
    {KEY("step"), offsetof(pg_counters, step)},
    {KEY("report_steps"), offsetof(pg_counters, report_steps)},
    {KEY("nanoseconds"), offsetof(pg_counters, nanoseconds)},
};

enum { COUNTERS = sizeof counters / sizeof *counters };

static int64_t *counter_field(pg_counters *c, int i)
{
    return (int64_t *)((char *)c + counters[i].offset);
}

static pg_piece *make_pieces(pg_trainer *t, const char *path, size_t *count, pg_error *err)
{
    *count = pg_trainer_piece_count(t);
    pg_piece *pieces = pg_allocate(*count, sizeof *pieces);
    if (pieces)
        pg_trainer_pieces(t, pieces);
    else
        pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    return pieces;
}

/* ---- Saving ---- */

static void put(entries *e, const char *key, const char *value)
{
    snprintf(e->key[e->count], sizeof e->key[0], "%s", key);
    snprintf(e->value[e->count], sizeof e->value[0], "%s", value);
    e->list[e->count] = (pg_metadata_entry){e->key[e->count], e->value[e->count]};
    e->count++;
}

static void put_number(entries *e, const char *key, int64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRId64, number);
    put(e, key, text);
}

static void put_settings(entries *e, const pg_train_options *options)
{
    const char *name;
    char key[64], value[64];
    for (int i = 0; (name = pg_train_field(options, i, NULL, value)); i++) {
        snprintf(key, sizeof key, "%s%s", settings_prefix, name);
        put(e, key, value);
    }
}

static void put_all(entries *e, pg_trainer *t)
{
    char data[MAX_VALUE];
    pg_counters state = pg_trainer_counters(t);
    describe_data(t, data);
    put(e, version_key, version_value);
    put(e, program_key, program_value);
    put(e, data_key, data);
    for (int i = 0; i < COUNTERS; i++)
        put_number(e, counters[i].key, *counter_field(&state, i));
    put_settings(e, &t->options);
}

static pg_safetensor tensor_of(const pg_piece *piece)
{
    pg_safetensor tensor = {.name = piece->name,
                            .dtype = piece->dtype,
                            .rank = piece->rank,
                            .data = piece->memory,
                            .bytes = piece->bytes};
    memcpy(tensor.shape, piece->shape, sizeof tensor.shape);
    return tensor;
}

static pg_status save(pg_trainer *t, const char *path, pg_error *err)
{
    if (!pg_parameters_finite(&t->model->parameters))
        return pg_fail(err, PG_ERR_DIVERGED,
                       "%s: not saved, for the model holds numbers that are not finite; try a "
                       "smaller learning_rate",
                       path);
    size_t count;
    pg_piece *pieces = make_pieces(t, path, &count, err);
    if (!pieces) return PG_ERR_MEMORY;
    pg_safetensor *tensors = pg_allocate(count, sizeof *tensors);
    entries *metadata = pg_allocate(1, sizeof *metadata);
    pg_status status;
    if (tensors && metadata) {
        for (size_t i = 0; i < count; i++)
            tensors[i] = tensor_of(&pieces[i]);
        put_all(metadata, t);
        const pg_model_extra extra = {tensors, count, metadata->list, metadata->count};
        status = pg_model_write(t->model, &extra, path, err);
    } else {
        status = pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    }
    free(metadata);
    free(tensors);
    free(pieces);
    return status;
}

/* Each process has its slice of the moments. */
static void gather_moments(pg_trainer *t)
{
    const pg_transport *transport = t->group.transport;
    const pg_parameters *p = &t->model->parameters;
    for (int group = 0; transport && group < PG_GROUP_BUFFER; group++) {
        size_t begin = p->begin[group], count = p->end[group] - begin;
        transport->gather(transport->state, t->first_moment + begin, count, sizeof(float));
        transport->gather(transport->state, t->second_moment + begin, count, sizeof(float));
    }
}

pg_status pg_trainer_save(pg_trainer *t, const char *path, pg_error *err)
{
    gather_moments(t);
    pg_status status = t->group.rank ? PG_OK : save(t, path, err);
    return pg_transport_agree(t->group.transport, status, err);
}

/* ---- Checks: does the checkpoint belong to this run? ---- */

static pg_status check_version(const pg_safetensors *file, pg_error *err)
{
    const char *version = pg_safetensors_get(file, version_key);
    const char *program = pg_safetensors_get(file, program_key);
    if (!version || !program)
        return pg_fail(err, PG_ERR_FORMAT,
                       "is no checkpoint; give a file that pg-train --checkpoint wrote");
    if (strcmp(version, version_value) != 0 || strcmp(program, program_value) != 0)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "was made by pixelgan %s (checkpoint format %s), this is %s (format %s); "
                       "finish the run with the version that began it",
                       program, version, program_value, version_value);
    return PG_OK;
}

static pg_status check_data(pg_trainer *t, const pg_safetensors *file, pg_error *err)
{
    char here[MAX_VALUE];
    const char *there = pg_safetensors_get(file, data_key);
    describe_data(t, here);
    if (there && strcmp(there, here) == 0) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "was made with other data: %s there, %s here; give the same stream",
                   there ? there : "unknown", here);
}

static pg_status check_setting(const char *name, const char *there, const char *here, pg_error *err)
{
    if (there && strcmp(there, here) == 0) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "was made with %s %s, not %s; give the settings the run began with", name,
                   there ? there : "unknown", here);
}

static pg_status check_config(const pg_config *config, const pg_safetensors *file, pg_error *err)
{
    pg_status status = PG_OK;
    const char *name;
    char value[64];
    for (int i = 0; status == PG_OK && (name = pg_config_field(config, i, NULL, value)); i++)
        status = check_setting(name, pg_safetensors_get(file, name), value, err);
    return status;
}

/* The schedule has a check of its own. */
static bool may_differ(const char *name)
{
    return strcmp(name, "epochs") == 0 || strcmp(name, "decay_at") == 0 ||
           strcmp(name, "warm_up") == 0;
}

static const char *get_setting(const pg_safetensors *file, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "%s%s", settings_prefix, name);
    return pg_safetensors_get(file, key);
}

static pg_status check_options(const pg_train_options *options, const pg_safetensors *file,
                               pg_error *err)
{
    pg_status status = PG_OK;
    const char *name;
    char value[64];
    for (int i = 0; status == PG_OK && (name = pg_train_field(options, i, NULL, value)); i++)
        if (!may_differ(name)) status = check_setting(name, get_setting(file, name), value, err);
    return status;
}

/* The learning rates of all steps done are the same in both schedules. */
static bool same_rates(const pg_train_options *a, size_t total_a, const pg_train_options *b,
                       size_t total_b, size_t done)
{
    if (!done || a->decay_at * total_a == b->decay_at * total_b) return true;
    return pg_train_decay(a, total_a, done - 1) == 1 && pg_train_decay(b, total_b, done - 1) == 1;
}

/* The warm-ups end with the same step, but for what is lost in printing a part of a run. */
static bool same_warmth(const pg_train_options *a, size_t total_a, const pg_train_options *b,
                        size_t total_b, size_t done)
{
    return !done || fabs(a->warm_up * total_a - b->warm_up * total_b) < 0.5;
}

/* What was done must be what a run of these epochs would have done. */
static pg_status check_schedule(const pg_trainer *t, const pg_train_options *made_with, size_t done,
                                pg_error *err)
{
    size_t total = pg_trainer_total_steps(t);
    size_t total_then = pg_trainer_steps_per_epoch(t) * made_with->epochs;
    if (done > total)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "is at step %zu, and with --epochs %d there are %zu; give more", done,
                       t->options.epochs, total);
    if (!same_warmth(&t->options, total, made_with, total_then, done))
        return pg_fail(
            err, PG_ERR_ARGUMENT,
            "warms up for %.0f steps, and would for %.0f with --epochs %d and warm_up=%g; "
            "resume with --set warm_up=%g",
            made_with->warm_up * total_then, t->options.warm_up * total, t->options.epochs,
            t->options.warm_up, made_with->warm_up * total_then / total);
    if (same_rates(&t->options, total, made_with, total_then, done)) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "is at step %zu of %zu, and its learning rates fell at another step than they "
                   "would with --epochs %d; resume with --epochs %d and --set decay_at=%g",
                   done, total_then, t->options.epochs, made_with->epochs, made_with->decay_at);
}

/* ---- Reading ---- */

static pg_status read_options(const pg_safetensors *file, pg_train_options *options, pg_error *err)
{
    const char *name;
    char value[64];
    pg_config config;
    pg_config_defaults(&config);
    pg_train_defaults(options, &config, false);
    for (int i = 0; (name = pg_train_field(options, i, NULL, value)); i++) {
        const char *text = get_setting(file, name);
        if (!text) return pg_fail(err, PG_ERR_FORMAT, "damaged: there is no setting '%s'", name);
        pg_status status = pg_train_set(options, name, text, err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

static pg_status read_counters(const pg_trainer *t, const pg_safetensors *file, pg_counters *state,
                               pg_error *err)
{
    bool good = true;
    for (int i = 0; good && i < COUNTERS; i++) {
        const char *text = pg_safetensors_get(file, counters[i].key);
        char *end = NULL;
        errno = 0;
        if (text) *counter_field(state, i) = strtoll(text, &end, 10);
        good = end && end != text && !*end && !errno;
    }
    if (good && pg_trainer_accepts_counters(t, state)) return PG_OK;
    return pg_fail(err, PG_ERR_FORMAT, "damaged: a counter is missing or out of range");
}

static bool fits(const pg_piece *piece, const pg_safetensor *found)
{
    return found && found->dtype == piece->dtype && found->rank == piece->rank &&
           memcmp(found->shape, piece->shape, piece->rank * sizeof *piece->shape) == 0 &&
           found->bytes == piece->bytes && piece->accepts(piece, found->data);
}

static pg_status check_pieces(const pg_piece *pieces, size_t count, const pg_safetensors *file,
                              pg_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (!fits(&pieces[i], pg_safetensors_find(file, pieces[i].name)))
            return pg_fail(err, PG_ERR_FORMAT, "damaged: tensor '%s' is missing or unsound",
                           pieces[i].name);
    return PG_OK;
}

static void fill_pieces(const pg_piece *pieces, size_t count, const pg_safetensors *file)
{
    for (size_t i = 0; i < count; i++)
        memcpy(pieces[i].memory, pg_safetensors_find(file, pieces[i].name)->data, pieces[i].bytes);
}

static pg_status check_run(pg_trainer *t, const pg_safetensors *file, pg_counters *state,
                           pg_error *err)
{
    pg_train_options made_with;
    pg_status status = check_version(file, err);
    if (status == PG_OK) status = check_data(t, file, err);
    if (status == PG_OK) status = check_config(&t->model->config, file, err);
    if (status == PG_OK) status = check_options(&t->options, file, err);
    if (status == PG_OK) status = read_options(file, &made_with, err);
    if (status == PG_OK) status = read_counters(t, file, state, err);
    if (status == PG_OK) status = check_schedule(t, &made_with, (size_t)state->step, err);
    return status;
}

static pg_status restore(pg_trainer *t, const pg_safetensors *file, pg_error *err)
{
    pg_counters state = {0};
    pg_status status = check_run(t, file, &state, err);
    if (status != PG_OK) return status;
    size_t count;
    pg_piece *pieces = make_pieces(t, "checkpoint", &count, err);
    if (!pieces) return PG_ERR_MEMORY;
    status = check_pieces(pieces, count, file, err);
    if (status == PG_OK) status = pg_model_read_contents(t->model, file, err);
    if (status == PG_OK) {
        fill_pieces(pieces, count, file);
        pg_trainer_set_counters(t, &state);
        pg_team_run(t->threads, pg_train_load_weights, t);
    }
    free(pieces);
    return status;
}

/* Puts the name of the file before the message. */
static pg_status finish(pg_status status, const char *path, const pg_error *inner,
                        pg_safetensors *file, pg_error *err)
{
    pg_safetensors_free(file);
    return status == PG_OK ? PG_OK : pg_fail(err, status, "%s: %s", path, inner->message);
}

static pg_status compare_weights(const pg_trainer *t, const char *what, pg_error *err)
{
    const pg_parameters *p = &t->model->parameters;
    return pg_transport_compare(t->group.transport, p->data, p->size * sizeof *p->data, what, err);
}

static pg_status read_checkpoint(pg_trainer *t, const char *path, pg_error *err)
{
    pg_safetensors *file;
    pg_error inner;
    pg_status status = pg_safetensors_read(path, &file, err);
    if (status == PG_OK) {
        status = restore(t, file, &inner);
        status = finish(status, path, &inner, file, err);
    }
    return status;
}

pg_status pg_trainer_restore(pg_trainer *t, const char *path, pg_error *err)
{
    pg_status status = read_checkpoint(t, path, err);
    status = pg_transport_agree(t->group.transport, status, err);
    if (status == PG_OK)
        status = pg_transport_compare(t->group.transport, &t->step, sizeof t->step, path, err);
    if (status == PG_OK) status = compare_weights(t, path, err);
    return status;
}

/* ---- Several processes ---- */

static pg_status compare_value(const pg_trainer *t, const char *name, const char *value,
                               pg_error *err)
{
    return pg_transport_compare(t->group.transport, value, strlen(value), name, err);
}

/* Of the model and of its training. */
static pg_status compare_settings(const pg_trainer *t, pg_error *err)
{
    const char *name;
    char value[64] = "";
    pg_status status = PG_OK;
    for (int i = 0; status == PG_OK && (name = pg_config_field(&t->model->config, i, NULL, value));
         i++)
        status = compare_value(t, name, value, err);
    for (int i = 0; status == PG_OK && (name = pg_train_field(&t->options, i, NULL, value)); i++)
        status = compare_value(t, name, value, err);
    return status;
}

pg_status pg_trainer_compare(pg_trainer *t, pg_error *err)
{
    const pg_transport *transport = t->group.transport;
    char data[MAX_VALUE] = "";
    if (!transport) return PG_OK;
    describe_data(t, data);
    pg_status status = pg_transport_compare(transport, program_value, sizeof program_value,
                                            "version of pixelgan", err);
    if (status == PG_OK) status = compare_settings(t, err);
    if (status == PG_OK)
        status = pg_transport_compare(transport, data, sizeof data, "training data", err);
    if (status == PG_OK) status = compare_weights(t, "weights to begin with", err);
    return status;
}

pg_status pg_checkpoint_settings(const char *path, pg_config *config, pg_train_options *options,
                                 pg_error *err)
{
    pg_safetensors *file;
    pg_error inner;
    pg_status status = pg_safetensors_read(path, &file, err);
    if (status != PG_OK) return status;
    status = check_version(file, &inner);
    if (status == PG_OK) status = pg_model_read_config(file, config, &inner);
    if (status == PG_OK) status = read_options(file, options, &inner);
    return finish(status, path, &inner, file, err);
}
