/* The discriminator D(z): two hidden ReLU layers on the code and one logit.
 *
 * If it is label-informed, it also sees the class of the code, one-hot, with an extra class for
 * "not labelled" (Makhzani et al. 2015, sec. 2.3).
 *
 * A run belongs to one worker. Sources: Makhzani & Frey 2017, sec. 2; Goodfellow et al. 2014.
 */
#ifndef PG_MODEL_DISCRIMINATOR_H
#define PG_MODEL_DISCRIMINATOR_H

#include "model/layer.h"
#include "pixelgan/model.h"

enum { PG_DISCRIMINATOR_LAYERS = 3 };

typedef struct pg_discriminator {
    int classes; /* if label-informed, components + 1; else 0 */
    int inputs;  /* size of a code and its class together */
    pg_dense_layer layer[PG_DISCRIMINATOR_LAYERS];
} pg_discriminator;

pg_status pg_discriminator_declare(pg_discriminator *d, const pg_config *config, pg_parameters *p,
                                   pg_error *err) PG_MUST_CHECK;

/* One worker's workspace for up to `rows` codes. */
typedef struct pg_discriminator_run {
    const pg_discriminator *net;
    const pg_parameters *p;
    size_t rows;                               /* of the current pass */
    float *value[PG_DISCRIMINATOR_LAYERS + 1]; /* inputs, then each layer's outputs */
    float *d[PG_DISCRIMINATOR_LAYERS + 1];     /* gradients with respect to them */
} pg_discriminator_run;

pg_status pg_discriminator_run_init(pg_discriminator_run *run, const pg_discriminator *net,
                                    const pg_parameters *p, size_t rows,
                                    pg_error *err) PG_MUST_CHECK;
void pg_discriminator_run_free(pg_discriminator_run *run);

/* Copies a code to a row of value[0], and if label-informed also its class (-1: not labelled). */
void pg_discriminator_show(pg_discriminator_run *run, size_t row, const float *code, int category);

/* Computes the logits (value[3]) of `rows` codes that the caller has copied to value[0]. */
void pg_discriminator_forward(pg_discriminator_run *run, size_t rows);

/* From the gradient with respect to the logits in d[3], computes the gradients of the parameters
 * (gradient NULL: not wanted) and, if to_codes is set, that of the codes in d[0]. */
void pg_discriminator_backward(pg_discriminator_run *run, float *gradient, bool to_codes);

#endif
