/* The discriminator D(z): two hidden ReLU layers on the code, one logit.
 *
 * Label-informed, it also sees the class of the code, one-hot, with an extra
 * class for "not labelled" (Makhzani et al. 2015, sec. 2.3).
 *
 * A run belongs to one worker. Sources: Makhzani & Frey 2017, sec. 2; Goodfellow et al. 2014.
 */
#ifndef PG_MODEL_DISCRIMINATOR_H
#define PG_MODEL_DISCRIMINATOR_H

#include "model/layer.h"
#include "pixelgan/model.h"

enum { PG_DISCRIMINATOR_LAYERS = 3 };

typedef struct pg_discriminator {
    int classes; /* components and the extra one where label-informed, else 0 */
    int inputs;  /* numbers of a code and its class */
    pg_dense_layer layer[PG_DISCRIMINATOR_LAYERS];
} pg_discriminator;

pg_status pg_discriminator_declare(pg_discriminator *d, const pg_config *config, pg_parameters *p,
                                   pg_error *err) PG_MUST_CHECK;

/* One worker's memory for up to `rows` codes. */
typedef struct pg_discriminator_run {
    const pg_discriminator *net;
    const pg_parameters *p;
    size_t rows;                               /* of the current pass */
    float *value[PG_DISCRIMINATOR_LAYERS + 1]; /* inputs, then each layer's outputs */
    float *d[PG_DISCRIMINATOR_LAYERS + 1];     /* gradients by them */
} pg_discriminator_run;

pg_status pg_discriminator_run_init(pg_discriminator_run *run, const pg_discriminator *net,
                                    const pg_parameters *p, size_t rows,
                                    pg_error *err) PG_MUST_CHECK;
void pg_discriminator_run_free(pg_discriminator_run *run);

/* Puts a code, and its class where label-informed (-1: not labelled), into row of value[0]. */
void pg_discriminator_show(pg_discriminator_run *run, size_t row, const float *code, int category);

/* Logits (value[3]) of `rows` codes that the caller has put in value[0]. */
void pg_discriminator_forward(pg_discriminator_run *run, size_t rows);

/* From the gradient by the logits in d[3]: parameters' gradients into gradient
 * (NULL: none), the gradient by the codes into d[0] where to_codes. */
void pg_discriminator_backward(pg_discriminator_run *run, float *gradient, bool to_codes);

#endif
