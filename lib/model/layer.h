/* Layers of a model: a shape, and the indices of their parameters. */
#ifndef PG_MODEL_LAYER_H
#define PG_MODEL_LAYER_H

#include "model/parameters.h"
#include "nn/dense.h"
#include "nn/norm.h"

/* Declares the tensor PREFIX.LAYER.PART of a layer. Returns its index, -1 if there is not enough
 * memory. */
int pg_layer_declare(pg_parameters *p, pg_parameter_group group, pg_initial initial,
                     const char *prefix, const char *layer, const char *part, int rank,
                     const int *shape);

/* ---- Fully connected ---- */

typedef struct pg_dense_layer {
    pg_dense dense;
    int weight, bias; /* bias -1: none */
} pg_dense_layer;

/* Declares PREFIX.LAYER.weight and, if `bias` is set, PREFIX.LAYER.bias. The shape in dense must be
 * set. */
bool pg_dense_layer_declare(pg_dense_layer *layer, pg_parameters *p, pg_parameter_group group,
                            const char *prefix, const char *name, pg_dense dense, bool bias);

void pg_dense_layer_forward(const pg_dense_layer *layer, const pg_parameters *p, size_t rows,
                            const float *x, float *y);

/* Like pg_dense_backward; writes to the positions of the parameters in gradient (NULL: not wanted).
 */
void pg_dense_layer_backward(const pg_dense_layer *layer, const pg_parameters *p, float *gradient,
                             size_t rows, const float *x, const float *y, float *dy, float beta,
                             float *dx);

/* ---- Batch normalisation ---- */

typedef struct pg_norm_layer {
    int channels, gamma, beta, mean, variance; /* channels 0: no normalisation */
} pg_norm_layer;

/* Declares PREFIX.LAYER.norm.gamma, .beta, .mean and .variance. */
bool pg_norm_layer_declare(pg_norm_layer *layer, pg_parameters *p, const char *prefix,
                           const char *name, int channels);

/* Makes a norm point to the parameters of the layer. */
void pg_norm_layer_place(const pg_norm_layer *layer, const pg_parameters *p, pg_norm *norm);

#endif
