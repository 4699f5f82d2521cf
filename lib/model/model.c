#include "model/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "model/config.h"
#include "model/decoder.h"
#include "model/depth.h"
#include "model/likelihood.h"
#include "model/prior.h"

/* ---- Creation ---- */

static pg_status declare_all(pg_model *model, pg_error *err)
{
    pg_parameters *p = &model->parameters;
    pg_status status = PG_OK;
    if (pg_config_has_encoder(&model->config)) {
        status = pg_normalize_declare(&model->normalize, &model->config, p, err);
        if (status == PG_OK) status = pg_encoder_declare(&model->encoder, &model->config, p, err);
    }
    if (status == PG_OK) status = pg_decoder_find(model->config.decoder)->declare(model, err);
    if (status == PG_OK) status = pg_prior_declare(&model->config, p, err);
    if (status == PG_OK && pg_config_has_discriminator(&model->config))
        status = pg_discriminator_declare(&model->discriminator, &model->config, p, err);
    return status;
}

pg_status pg_model_declare(const pg_config *config, pg_model **result, pg_error *err)
{
    *result = NULL;
    pg_status status = pg_config_check(config, err);
    if (status != PG_OK) return status;
    pg_model *model = pg_allocate(1, sizeof *model);
    if (!model) return pg_fail(err, PG_ERR_MEMORY, "model: out of memory");
    model->config = *config;
    model->config.likelihood = pg_likelihood_resolve(config);
    model->config.normalize = pg_normalize_resolve(config);
    pg_depth_resolve(&model->config);
    status = declare_all(model, err);
    if (status == PG_OK)
        *result = model;
    else
        pg_model_free(model);
    return status;
}

pg_status pg_model_allocate(pg_model *model, pg_error *err)
{
    pg_status status = pg_parameters_allocate(&model->parameters, err);
    const pg_decoder *decoder = pg_decoder_find(model->config.decoder);
    if (status == PG_OK && decoder->place) decoder->place(model);
    return status;
}

/* The biases of the last layer, which the likelihood reads. */
static void start_outputs(pg_model *model)
{
    const pg_likelihood *likelihood = pg_likelihood_find(model->config.likelihood);
    if (!likelihood->start) return;
    likelihood->start(&model->config, pg_decoder_find(model->config.decoder)->output_bias(model));
}

pg_status pg_model_create(const pg_config *config, uint64_t seed, pg_model **result, pg_error *err)
{
    pg_model *model;
    *result = NULL;
    pg_status status = pg_model_declare(config, &model, err);
    if (status != PG_OK) return status;
    gsl_rng *rng = pg_rng_create(seed, PG_RANDOM_WEIGHTS, 0, 0);
    status =
        rng ? pg_model_allocate(model, err) : pg_fail(err, PG_ERR_MEMORY, "model: out of memory");
    if (status == PG_OK) {
        pg_parameters_initialise(&model->parameters, rng, seed);
        start_outputs(model);
        *result = model;
    } else {
        pg_model_free(model);
    }
    if (rng) gsl_rng_free(rng);
    return status;
}

void pg_model_free(pg_model *model)
{
    if (!model) return;
    pg_parameters_free(&model->parameters);
    for (int i = 0; i < model->metadata_count; i++) {
        free(model->metadata[i].key);
        free(model->metadata[i].value);
    }
    free(model->metadata);
    free(model->classes.labels);
    free(model->clusters.labels);
    free(model);
}

/* ---- What it holds ---- */

const pg_config *pg_model_config(const pg_model *model)
{
    return &model->config;
}

static pg_entry *find_entry(const pg_model *model, const char *key)
{
    for (int i = 0; i < model->metadata_count; i++)
        if (strcmp(model->metadata[i].key, key) == 0) return &model->metadata[i];
    return NULL;
}

const char *pg_model_get(const pg_model *model, const char *key)
{
    const pg_entry *entry = find_entry(model, key);
    return entry ? entry->value : NULL;
}

static pg_entry *add_entry(pg_model *model, const char *key)
{
    pg_entry *list = realloc(model->metadata, (model->metadata_count + 1) * sizeof *list);
    if (!list) return NULL;
    model->metadata = list;
    pg_entry *entry = &list[model->metadata_count];
    *entry = (pg_entry){.key = strdup(key)};
    if (!entry->key) return NULL;
    model->metadata_count++;
    return entry;
}

pg_status pg_model_set(pg_model *model, const char *key, const char *value, pg_error *err)
{
    pg_entry *entry = find_entry(model, key);
    char *copy = strdup(value);
    if (copy && !entry) entry = add_entry(model, key);
    if (!copy || !entry) {
        free(copy);
        return pg_fail(err, PG_ERR_MEMORY, "model: out of memory for metadata");
    }
    free(entry->value);
    entry->value = copy;
    return PG_OK;
}

static pg_status set_labels(pg_label_list *list, const int32_t *labels, int count, pg_error *err)
{
    int32_t *copy = pg_allocate(count, sizeof *copy);
    if (!copy) return pg_fail(err, PG_ERR_MEMORY, "model: out of memory for labels");
    memcpy(copy, labels, count * sizeof *copy);
    free(list->labels);
    *list = (pg_label_list){copy, count};
    return PG_OK;
}

static int get_labels(const pg_label_list *list, const int32_t **labels)
{
    if (labels) *labels = list->labels;
    return list->count;
}

int pg_model_classes(const pg_model *model, const int32_t **labels)
{
    return get_labels(&model->classes, labels);
}

int pg_model_cluster_labels(const pg_model *model, const int32_t **labels)
{
    return get_labels(&model->clusters, labels);
}

static pg_status check_label_count(const pg_model *model, int count, const char *what,
                                   pg_error *err)
{
    if (count == model->config.components) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT, "%s: %d labels for %d categories", what, count,
                   model->config.components);
}

pg_status pg_model_set_cluster_labels(pg_model *model, const int32_t *labels, int count,
                                      pg_error *err)
{
    pg_status status = check_label_count(model, count, "cluster labels", err);
    return status == PG_OK ? set_labels(&model->clusters, labels, count, err) : status;
}

pg_status pg_model_set_classes(pg_model *model, const int32_t *labels, int count, pg_error *err)
{
    pg_status status = check_label_count(model, count, "classes", err);
    return status == PG_OK ? set_labels(&model->classes, labels, count, err) : status;
}

/* Category of a label: its place among the classes, or itself where none are known; -1: none. */
static int category_of(const pg_model *model, int32_t label)
{
    int categories = model->config.components;
    if (!model->classes.count) return label >= 0 && label < categories ? label : -1;
    for (int i = 0; i < model->classes.count; i++)
        if (model->classes.labels[i] == label) return i;
    return -1;
}

pg_status pg_model_label_codes(const pg_model *model, const int32_t *labels, size_t count,
                               float *codes, pg_error *err)
{
    size_t dim = model->config.code_dim;
    memset(codes, 0, count * dim * sizeof *codes);
    for (size_t i = 0; i < count; i++) {
        int category = category_of(model, labels[i]);
        if (category < 0)
            return pg_fail(err, PG_ERR_ARGUMENT,
                           "label %d: is none of the model's classes; keep those with pg-prep "
                           "--classes",
                           (int)labels[i]);
        codes[i * dim + category] = 1;
    }
    return PG_OK;
}

int pg_model_tensor_count(const pg_model *model)
{
    return model->parameters.count;
}

pg_tensor_view pg_model_tensor(const pg_model *model, int i)
{
    const pg_tensor *t = &model->parameters.tensors[i];
    pg_tensor_view view = {
        .name = t->name,
        .rank = t->rank,
        .count = t->count,
        .data = pg_parameter(&model->parameters, i),
    };
    memcpy(view.shape, t->shape, sizeof view.shape);
    return view;
}

bool pg_model_find(const pg_model *model, const char *name, pg_tensor_view *view)
{
    int i = pg_parameters_find(&model->parameters, name);
    if (i >= 0) *view = pg_model_tensor(model, i);
    return i >= 0;
}

/* ---- For the sampler ---- */

void pg_pixelcnn_describe(const pg_model *model, pg_pixelcnn *net)
{
    *net = model->pixelcnn;
}
