/* Layers as a model has them: a shape, and the indices of their parameters. */
#ifndef PG_MODEL_LAYER_H
#define PG_MODEL_LAYER_H

#include "model/parameters.h"
#include "nn/dense.h"
#include "nn/norm.h"

/* Declares PREFIX.LAYER.PART, the name of a tensor of a layer; -1 where memory is short. */
int pg_layer_declare(pg_parameters *p, pg_parameter_group group, pg_initial initial,
                     const char *prefix, const char *layer, const char *part, int rank,
                     const int *shape);

/* ---- Fully connected ---- */

typedef struct pg_dense_layer {
    pg_dense dense;
    int weight, bias; /* bias -1: none */
} pg_dense_layer;

/* dense's shape is set; declares PREFIX.LAYER.weight and, where wanted, .bias. */
bool pg_dense_layer_declare(pg_dense_layer *layer, pg_parameters *p, pg_parameter_group group,
                            const char *prefix, const char *name, pg_dense dense, bool bias);

void pg_dense_layer_forward(const pg_dense_layer *layer, const pg_parameters *p, size_t rows,
                            const float *x, float *y);

/* As pg_dense_backward, into the parameters' places in gradient (NULL: none wanted). */
void pg_dense_layer_backward(const pg_dense_layer *layer, const pg_parameters *p, float *gradient,
                             size_t rows, const float *x, const float *y, float *dy, float beta,
                             float *dx);

/* ---- Batch normalisation ---- */

typedef struct pg_norm_layer {
    int channels, gamma, beta, mean, variance; /* channels 0: there is none */
} pg_norm_layer;

/* Declares PREFIX.LAYER.norm.gamma, .beta, .mean and .variance. */
bool pg_norm_layer_declare(pg_norm_layer *layer, pg_parameters *p, const char *prefix,
                           const char *name, int channels);

/* Points a norm at the layer's parameters. */
void pg_norm_layer_place(const pg_norm_layer *layer, const pg_parameters *p, pg_norm *norm);

#endif
