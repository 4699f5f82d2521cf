/* Conditions the PixelCNN on the code (Makhzani & Frey 2017, sec. 2.1).
 *
 * Location-invariant: one bias per feature map and layer, linear in the code.
 * Location-dependent, in addition: a spatial map of features. For a discrete code it is linear in
 * the code: each category has a free map of cells of map_cell pixels, which is interpolated between
 * the cells. For a continuous code it comes from an upsampler.
 */
#ifndef PG_MODEL_CONDITION_H
#define PG_MODEL_CONDITION_H

#include "model/parameters.h"
#include "model/upsampler.h"
#include "nn/interpolate.h"
#include "pixelgan/model.h"

typedef struct pg_condition {
    int code_dim;
    int biases;          /* numbers of a bias table: slots x features */
    int map;             /* numbers of a map: H x W x features; 0: no map */
    int bias_table;      /* parameter: slots x features */
    pg_dense_layer code; /* from the code, if there is one, to biases */
    pg_dense_layer
        code_map; /* from the code to the cells of the map, if there is one without upsampler */
    pg_interpolation cells; /* from cells to pixels, if cells are larger than one pixel */
    bool upsampled;
    pg_upsampler upsampler;
} pg_condition;

pg_status pg_condition_declare(pg_condition *condition, const pg_config *config, int slots,
                               pg_parameters *p, pg_error *err) PG_MUST_CHECK;

/* One worker's workspace. */
typedef struct pg_condition_run {
    const pg_condition *condition;
    const pg_parameters *p;
    pg_upsampler_run upsampler;
    size_t block_rows;       /* codes per block, see pg_decoded_rows */
    float *block;            /* codes, biases and maps of a block; NULL in training */
    float *coarse, *dcoarse; /* maps of cells and their gradients; NULL if cells are pixels */
    float *row;              /* one row of such a map */
} pg_condition_run;

/* Call this in the worker that will use the run; in training, for up to `rows` codes. */
pg_status pg_condition_run_init(pg_condition_run *run, const pg_condition *condition,
                                const pg_parameters *p, size_t rows, bool training,
                                pg_error *err) PG_MUST_CHECK;
void pg_condition_run_free(pg_condition_run *run);
void pg_condition_load(pg_condition_run *run);

/* Like pg_condition_forward, for any number of rows. Works in blocks of a fixed size, so that the
 * result of a row does not depend on their number, bit for bit. Not for training. */
void pg_condition_apply(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                        float *maps);

/* For up to the number of rows of the run. biases: rows x slots x features; maps, if there are
 * any: rows x H x W x features. */
void pg_condition_forward(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                          float *maps);

/* Writes the parameters' gradients; adds to dcodes (rows x code_dim). */
void pg_condition_backward(pg_condition_run *run, const float *codes, size_t rows, float *dbiases,
                           float *dmaps, float *gradient, float *dcodes);

#endif
