/* Models as safetensors files; see pg-model(5). */
#include <config.h>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/config.h"
#include "model/model.h"
#include "model/model_file.h"
#include "model/safetensors.h"
#include "pixelgan/pixelgan.h"

static const char format_key[] = "format_version", format_value[] = "1";

/* ---- Lists of labels as text: "1,2,3" ---- */

static char *print_labels(const pg_label_list *list)
{
    char *text = malloc((size_t)list->count * 12 + 1), *at = text;
    if (!text) return NULL;
    *at = 0;
    for (int i = 0; i < list->count; i++)
        at += sprintf(at, "%s%d", i ? "," : "", (int)list->labels[i]);
    return text;
}

/* Number of labels written, or -1 where the text is no list of up to most. */
static int scan_labels(const char *text, int32_t *labels, int most)
{
    int count = 0;
    while (*text && count < most) {
        char *end;
        long value = strtol(text, &end, 10);
        if (end == text || value < INT32_MIN || value > INT32_MAX) return -1;
        labels[count++] = value;
        if (*end == ',') end++;
        text = end;
    }
    return *text ? -1 : count;
}

/* ---- Saving ---- */

typedef struct entry_list {
    pg_metadata_entry *entries;
    size_t count;
} entry_list;

static void put(entry_list *list, const char *key, const char *value)
{
    list->entries[list->count++] = (pg_metadata_entry){key, value};
}

/* Keys the file writes itself; others are the caller's. */
static bool is_own_key(const char *key, const pg_text_pair *pairs)
{
    if (strncmp(key, PG_CHECKPOINT_PREFIX, strlen(PG_CHECKPOINT_PREFIX)) == 0) return true;
    static const char *const own[] = {format_key, "classes", "cluster_labels", "program"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(own[i], key) == 0) return true;
    for (int i = 0; i < PG_CONFIG_PAIRS; i++)
        if (strcmp(pairs[i].key, key) == 0) return true;
    return false;
}

static void put_caller_entries(entry_list *list, const pg_model *model, const pg_text_pair *pairs)
{
    for (int i = 0; i < model->metadata_count; i++)
        if (!is_own_key(model->metadata[i].key, pairs))
            put(list, model->metadata[i].key, model->metadata[i].value);
}

/* The parameters, and what else the file holds. */
static pg_status write_tensors(const pg_model *model, const pg_model_extra *extra, const char *path,
                               const entry_list *list, pg_error *err)
{
    size_t own = model->parameters.count;
    pg_safetensor *tensors = pg_allocate(own + extra->tensor_count, sizeof *tensors);
    if (!tensors) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    for (size_t i = 0; i < own; i++) {
        pg_tensor_view view = pg_model_tensor(model, i);
        tensors[i] = (pg_safetensor){.name = view.name,
                                     .dtype = PG_DTYPE_F32,
                                     .rank = view.rank,
                                     .data = view.data,
                                     .bytes = view.count * sizeof(float)};
        for (int d = 0; d < view.rank; d++)
            tensors[i].shape[d] = view.shape[d];
    }
    for (size_t i = 0; i < extra->tensor_count; i++)
        tensors[own + i] = extra->tensors[i];
    pg_status status = pg_safetensors_write(path, tensors, own + extra->tensor_count, list->entries,
                                            list->count, err);
    free(tensors);
    return status;
}

pg_status pg_model_write(const pg_model *model, const pg_model_extra *extra, const char *path,
                         pg_error *err)
{
    static const pg_model_extra none = {0};
    if (!extra) extra = &none;
    pg_text_pair pairs[PG_CONFIG_PAIRS];
    char *classes = print_labels(&model->classes), *clusters = print_labels(&model->clusters);
    entry_list list = {.entries = pg_allocate(PG_CONFIG_PAIRS + 4 + (size_t)model->metadata_count +
                                                  extra->metadata_count,
                                              sizeof *list.entries)};
    pg_status status = PG_ERR_MEMORY;
    pg_config_print(&model->config, pairs);
    if (classes && clusters && list.entries) {
        put(&list, format_key, format_value);
        put(&list, "program", "pixelgan " PACKAGE_VERSION);
        for (int i = 0; i < PG_CONFIG_PAIRS && pairs[i].key[0]; i++)
            put(&list, pairs[i].key, pairs[i].value);
        if (model->classes.count) put(&list, "classes", classes);
        if (model->clusters.count) put(&list, "cluster_labels", clusters);
        put_caller_entries(&list, model, pairs);
        for (size_t i = 0; i < extra->metadata_count; i++)
            put(&list, extra->metadata[i].key, extra->metadata[i].value);
        status = write_tensors(model, extra, path, &list, err);
    } else {
        pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    }
    free(classes);
    free(clusters);
    free(list.entries);
    return status;
}

pg_status pg_model_save(const pg_model *model, const char *path, pg_error *err)
{
    return pg_model_write(model, NULL, path, err);
}

/* ---- Loading ---- */

static const char *get_value(const void *from, const char *key)
{
    return pg_safetensors_get(from, key);
}

static bool same_shape(const pg_safetensor *found, const pg_tensor *wanted)
{
    if (found->dtype != PG_DTYPE_F32 || found->rank != wanted->rank) return false;
    for (int d = 0; d < wanted->rank; d++)
        if (found->shape[d] != (size_t)wanted->shape[d]) return false;
    return true;
}

static bool all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

/* Before any memory is taken: whatever sizes the metadata ask for, the file has them. */
static pg_status check_tensors(const pg_model *model, const pg_safetensors *file, pg_error *err)
{
    for (int i = 0; i < model->parameters.count; i++) {
        const pg_tensor *wanted = &model->parameters.tensors[i];
        const pg_safetensor *found = pg_safetensors_find(file, wanted->name);
        if (!found)
            return pg_fail(err, PG_ERR_FORMAT,
                           "tensor '%s' is missing: damaged, or not made by pg-train",
                           wanted->name);
        if (!same_shape(found, wanted))
            return pg_fail(err, PG_ERR_FORMAT,
                           "tensor '%s' has another shape than the metadata say: damaged, or not "
                           "made by pg-train",
                           wanted->name);
        if (!all_finite(found->data, wanted->count))
            return pg_fail(err, PG_ERR_FORMAT,
                           "tensor '%s' holds values that are not finite: its training diverged; "
                           "train it anew",
                           wanted->name);
    }
    return PG_OK;
}

static void take_tensors(pg_model *model, const pg_safetensors *file)
{
    for (int i = 0; i < model->parameters.count; i++) {
        pg_tensor_view view = pg_model_tensor(model, i);
        const pg_safetensor *found = pg_safetensors_find(file, view.name);
        memcpy(view.data, found->data, found->bytes);
    }
}

typedef pg_status set_labels(pg_model *, const int32_t *, int, pg_error *);

static pg_status take_labels(pg_model *model, const pg_safetensors *file, const char *key,
                             set_labels *set, pg_error *err)
{
    const char *text = pg_safetensors_get(file, key);
    if (!text) return PG_OK;
    int most = model->config.components;
    int32_t *labels = pg_allocate(most, sizeof *labels);
    if (!labels) return pg_fail(err, PG_ERR_MEMORY, "out of memory");
    int count = scan_labels(text, labels, most);
    pg_status status = count < 0 ? pg_fail(err, PG_ERR_FORMAT,
                                           "metadata '%s' is no list of up to "
                                           "%d labels",
                                           key, most)
                                 : set(model, labels, count, err);
    free(labels);
    return status;
}

static pg_status take_metadata(pg_model *model, const pg_safetensors *file, pg_error *err)
{
    pg_text_pair pairs[PG_CONFIG_PAIRS];
    pg_config_print(&model->config, pairs);
    for (size_t i = 0; i < pg_safetensors_metadata_count(file); i++) {
        pg_metadata_entry entry = pg_safetensors_metadata(file, i);
        if (is_own_key(entry.key, pairs)) continue;
        pg_status status = pg_model_set(model, entry.key, entry.value, err);
        if (status != PG_OK) return status;
    }
    pg_status status = take_labels(model, file, "classes", pg_model_set_classes, err);
    if (status != PG_OK) return status;
    return take_labels(model, file, "cluster_labels", pg_model_set_cluster_labels, err);
}

static pg_status check_version(const pg_safetensors *file, pg_error *err)
{
    const char *version = pg_safetensors_get(file, format_key);
    if (!version)
        return pg_fail(err, PG_ERR_FORMAT,
                       "safetensors without '%s' in its metadata: not a model "
                       "made by pg-train",
                       format_key);
    if (strcmp(version, format_value) != 0)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "model format '%s', this program reads '%s': use the version that made it",
                       version, format_value);
    return PG_OK;
}

pg_status pg_model_read_config(const pg_safetensors *file, pg_config *config, pg_error *err)
{
    pg_status status = check_version(file, err);
    return status == PG_OK ? pg_config_scan(config, get_value, file, err) : status;
}

pg_status pg_model_read_contents(pg_model *model, const pg_safetensors *file, pg_error *err)
{
    pg_status status = check_tensors(model, file, err);
    if (status == PG_OK) status = take_metadata(model, file, err);
    if (status == PG_OK) take_tensors(model, file);
    return status;
}

static pg_status build(const pg_safetensors *file, pg_model **model, pg_error *err)
{
    pg_config config;
    pg_status status = pg_model_read_config(file, &config, err);
    if (status == PG_OK) status = pg_model_declare(&config, model, err);
    if (status == PG_OK) status = check_tensors(*model, file, err);
    if (status == PG_OK) status = pg_model_allocate(*model, err);
    if (status == PG_OK) status = take_metadata(*model, file, err);
    if (status == PG_OK) take_tensors(*model, file);
    return status;
}

pg_status pg_model_load(const char *path, pg_model **model, pg_error *err)
{
    pg_safetensors *file;
    pg_error inner;
    *model = NULL;
    pg_status status = pg_safetensors_read(path, &file, err);
    if (status != PG_OK) return status;
    status = build(file, model, &inner);
    pg_safetensors_free(file);
    if (status == PG_OK) return PG_OK;
    pg_model_free(*model);
    *model = NULL;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    return pg_fail(err, status, "%s: %s", name, inner.message);
}
