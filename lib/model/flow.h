/* An affine autoregressive flow: the learned prior of a variational lossy
 * autoencoder (Chen et al. 2017, "Variational lossy autoencoder", sec. 3.2).
 *
 * Each step maps a code x of D numbers to
 *
 *   y[i] = (x[i] - mean[i]) exp(-scale[i]),   mean, scale from x[j], j before i
 *
 * with a masked network of two hidden layers (Germain et al. 2015, "MADE", sec. 3). "Before" is the
 * natural order in even steps and the reverse order in odd steps. The output of the last step is
 * N(0, I), so that
 *
 *   log p(z) = log N(y; 0, I) - sum over steps and i of scale[i].
 *
 * A density takes one pass per step; sampling, the inverse, takes D passes per step. Seen from the
 * encoder this is the inverse autoregressive flow of Kingma et al. (2016).
 */
#ifndef PG_MODEL_FLOW_H
#define PG_MODEL_FLOW_H

#include "model/parameters.h"
#include "pixelgan/model.h"

enum { PG_MAX_FLOW_STEPS = 16 };

typedef struct pg_flow_run pg_flow_run;

pg_status pg_flow_declare(const pg_config *config, pg_parameters *p, pg_error *err) PG_MUST_CHECK;

/* Workspace for up to `rows` codes at a time; gradients only for training. */
pg_status pg_flow_run_create(const pg_config *config, const pg_parameters *p, size_t rows,
                             bool training, pg_flow_run **run, pg_error *err) PG_MUST_CHECK;
void pg_flow_run_free(pg_flow_run *run);

/* Loads the current weights. Call this after each update. */
void pg_flow_load(pg_flow_run *run);

/* log p(z) in nats of each code: rows x D. */
void pg_flow_forward(pg_flow_run *run, const float *codes, size_t rows, double *nats);

/* After a forward pass of the same codes: writes the gradient of scale * the sum of log p(z) with
 * respect to the parameters, and adds that with respect to the codes to dcodes. */
void pg_flow_backward(pg_flow_run *run, const float *codes, size_t rows, float scale,
                      float *gradient, float *dcodes);

/* Transforms one code from N(0, I) to p(z), in place. */
void pg_flow_invert(pg_flow_run *run, float *code);

#endif
