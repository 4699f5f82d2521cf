/* The code's way into the PixelCNN (Makhzani & Frey 2017, sec. 2.1).
 *
 * Location-invariant: one bias a feature map and layer, linear in the code.
 * Location-dependent, in addition: a map of features placed on the image,
 * linear in a discrete code (a free map a category), through an upsampler for
 * a continuous one.
 */
#ifndef PG_MODEL_CONDITION_H
#define PG_MODEL_CONDITION_H

#include "model/parameters.h"
#include "model/upsampler.h"
#include "pixelgan/model.h"

typedef struct pg_condition {
    int code_dim;
    int biases;      /* numbers of a bias table: slots x features */
    int map;         /* numbers of a map: H x W x features; 0: no map */
    int bias_table;  /* parameter: slots x features */
    int code_weight; /* code_dim x biases, or -1 without a code */
    int map_weight;  /* code_dim x map, or -1 */
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
} pg_condition_run;

/* To be called by the worker that will use it, for up to `rows` codes. */
pg_status pg_condition_run_init(pg_condition_run *run, const pg_condition *condition,
                                const pg_parameters *p, size_t rows, bool training,
                                pg_error *err) PG_MUST_CHECK;
void pg_condition_run_free(pg_condition_run *run);
void pg_condition_load(pg_condition_run *run);

/* biases: rows x slots x features; maps: rows x H x W x features (where there is a map). */
void pg_condition_forward(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                          float *maps);

/* Writes the parameters' gradients; adds to dcodes (rows x code_dim). */
void pg_condition_backward(pg_condition_run *run, const float *codes, size_t rows,
                           const float *dbiases, const float *dmaps, float *gradient,
                           float *dcodes);

#endif
