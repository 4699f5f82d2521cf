#include "model/layer.h"

#include <stdio.h>

int pg_layer_declare(pg_parameters *p, pg_parameter_group group, pg_initial initial,
                     const char *prefix, const char *layer, const char *part, int rank,
                     const int *shape)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s.%s", prefix, layer, part);
    return pg_parameters_add(p, group, initial, name, rank, shape);
}

/* ---- Fully connected ---- */

bool pg_dense_layer_declare(pg_dense_layer *layer, pg_parameters *p, pg_parameter_group group,
                            const char *prefix, const char *name, pg_dense dense, bool bias)
{
    const int shape[] = {dense.in, dense.out};
    layer->dense = dense;
    layer->weight = pg_layer_declare(p, group, PG_INITIAL_FAN_IN, prefix, name, "weight", 2, shape);
    layer->bias = -1;
    if (bias)
        layer->bias =
            pg_layer_declare(p, group, PG_INITIAL_ZERO, prefix, name, "bias", 1, shape + 1);
    return layer->weight >= 0 && (!bias || layer->bias >= 0);
}

void pg_dense_layer_forward(const pg_dense_layer *layer, const pg_parameters *p, size_t rows,
                            const float *x, float *y)
{
    pg_dense_forward(&layer->dense, rows, x, pg_parameter(p, layer->weight),
                     layer->bias < 0 ? NULL : pg_parameter(p, layer->bias), y);
}

void pg_dense_layer_backward(const pg_dense_layer *layer, const pg_parameters *p, float *gradient,
                             size_t rows, const float *x, const float *y, float *dy, float beta,
                             float *dx)
{
    float *dweight = NULL, *dbias = NULL;
    if (gradient) dweight = pg_gradient(p, gradient, layer->weight);
    if (gradient && layer->bias >= 0) dbias = pg_gradient(p, gradient, layer->bias);
    pg_dense_backward(&layer->dense, rows, x, pg_parameter(p, layer->weight), y, dy, dweight, dbias,
                      beta, dx);
}

/* ---- Batch normalisation ---- */

bool pg_norm_layer_declare(pg_norm_layer *layer, pg_parameters *p, const char *prefix,
                           const char *name, int channels)
{
    static const struct {
        const char *part;
        pg_parameter_group group;
        pg_initial initial;
    } parts[] = {{"norm.gamma", PG_GROUP_AUTOENCODER, PG_INITIAL_ONE},
                 {"norm.beta", PG_GROUP_AUTOENCODER, PG_INITIAL_ZERO},
                 {"norm.mean", PG_GROUP_BUFFER, PG_INITIAL_ZERO},
                 {"norm.variance", PG_GROUP_BUFFER, PG_INITIAL_ONE}};
    int *const index[] = {&layer->gamma, &layer->beta, &layer->mean, &layer->variance};
    layer->channels = channels;
    for (int i = 0; i < 4; i++) {
        *index[i] = pg_layer_declare(p, parts[i].group, parts[i].initial, prefix, name,
                                     parts[i].part, 1, &channels);
        if (*index[i] < 0) return false;
    }
    return true;
}

void pg_norm_layer_place(const pg_norm_layer *layer, const pg_parameters *p, pg_norm *norm)
{
    norm->channels = layer->channels;
    norm->gamma = pg_parameter(p, layer->gamma);
    norm->beta = pg_parameter(p, layer->beta);
    norm->mean = pg_parameter(p, layer->mean);
    norm->variance = pg_parameter(p, layer->variance);
}
