/* The code's way into the PixelCNN (Makhzani & Frey 2017, sec. 2.1).
 *
 * Location-invariant: one bias a feature map and layer, linear in the code.
 * Location-dependent, in addition: a map of features placed on the image,
 * linear in a discrete code (a free map a category, of cells of map_cell pixels between which it is
 * interpolated), through an upsampler for a continuous one.
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
    pg_dense_layer code; /* to biases, where there is a code */
    pg_dense_layer
        code_map; /* to the cells of the map, where there is one and it is not upsampled */
    pg_interpolation cells; /* to its pixels, where cells are larger than one */
    bool upsampled;
    pg_upsampler upsampler;
} pg_condition;

pg_status pg_condition_declare(pg_condition *condition, const pg_config *config, int slots,
                               pg_parameters *p, pg_error *err) PG_MUST_CHECK;

/* One worker's means to run it. */
typedef struct pg_condition_run {
    const pg_condition *condition;
    const pg_parameters *p;
    pg_upsampler_run upsampler;
    size_t block_rows;       /* codes at a time, see pg_decoded_rows */
    float *block;            /* codes, biases and maps of a block; NULL in training */
    float *coarse, *dcoarse; /* maps of cells, and gradients by them; NULL where cells are pixels */
    float *row;              /* of such a map */
} pg_condition_run;

/* To be called by the worker that will use it, in training for up to `rows` codes. */
pg_status pg_condition_run_init(pg_condition_run *run, const pg_condition *condition,
                                const pg_parameters *p, size_t rows, bool training,
                                pg_error *err) PG_MUST_CHECK;
void pg_condition_run_free(pg_condition_run *run);
void pg_condition_load(pg_condition_run *run);

/* The same as pg_condition_forward for any number of rows, of which each gets the same bits however
 * many there are: they are done in blocks of a fixed size. Not for training. */
void pg_condition_apply(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                        float *maps);

/* For up to the run's rows. biases: rows x slots x features; maps: rows x H x W x features (where
 * there is a map). */
void pg_condition_forward(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                          float *maps);

/* Writes the parameters' gradients; adds to dcodes (rows x code_dim). */
void pg_condition_backward(pg_condition_run *run, const float *codes, size_t rows, float *dbiases,
                           float *dmaps, float *gradient, float *dcodes);

#endif
