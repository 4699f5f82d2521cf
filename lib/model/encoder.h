/* The encoder q(z|x): strided convolutions, a hidden layer, the code's logits.
 *
 *   image -> conv 5x5/2 -> conv 5x5/2 -> conv 3x3/2 -> hidden -> outputs
 *
 * each but the last followed by batch normalisation and ReLU. For a discrete
 * prior the outputs are batch-normalised as well: that stops the collapse to a
 * few categories early in training. All workers call each function together.
 */
#ifndef PG_MODEL_ENCODER_H
#define PG_MODEL_ENCODER_H

#include "model/parameters.h"
#include "nn/conv.h"
#include "nn/norm.h"
#include "nn/team.h"
#include "pixelgan/model.h"

enum { PG_ENCODER_CONVS = 3 };

/* Parameter indices of a batch normalisation. */
typedef struct pg_norm_layer {
    int channels, gamma, beta, mean, variance;
} pg_norm_layer;

typedef struct pg_encoder {
    pg_conv_shape shape[PG_ENCODER_CONVS]; /* images: 1 */
    int conv_weight[PG_ENCODER_CONVS];
    pg_norm_layer conv_norm[PG_ENCODER_CONVS];
    int flat; /* numbers that enter the hidden layer */
    int hidden, hidden_weight;
    pg_norm_layer hidden_norm;
    int outputs, out_weight, out_bias;
    bool normalise_outputs;
    pg_norm_layer out_norm;
} pg_encoder;

/* Declares the parameters. */
pg_status pg_encoder_declare(pg_encoder *encoder, const pg_config *config, pg_parameters *p,
                             pg_error *err) PG_MUST_CHECK;

/* Rows of a batch that belong to each worker: worker w has [begin[w], begin[w+1]). */
typedef struct pg_rows {
    int workers;
    size_t begin[PG_MAX_THREADS + 1];
} pg_rows;

typedef struct pg_encoder_run pg_encoder_run;

/* Plans memory for batches of rows->begin[rows->workers] images; gradients only
 * where training. Starts a team of its own to make the workers' layers. */
pg_status pg_encoder_run_create(const pg_encoder *encoder, const pg_parameters *p,
                                const pg_rows *rows, bool training, pg_encoder_run **run,
                                pg_error *err) PG_MUST_CHECK;
void pg_encoder_run_free(pg_encoder_run *run);

/* Takes the current weights; call after each update. */
void pg_encoder_load(pg_encoder_run *run, const pg_worker *worker);

/* Input images of the whole batch, to be filled before a forward pass: rows x H x W x C. */
float *pg_encoder_input(pg_encoder_run *run);
/* Outputs of the last forward pass, rows x outputs. */
float *pg_encoder_output(pg_encoder_run *run);
/* Gradient by the outputs, to be filled before a backward pass. */
float *pg_encoder_output_gradient(pg_encoder_run *run);

/* training: statistics of the batch, else the running ones. */
void pg_encoder_forward(pg_encoder_run *run, const pg_worker *worker, bool training);

/* Writes this worker's gradient of every encoder parameter. */
void pg_encoder_backward(pg_encoder_run *run, const pg_worker *worker, float *gradient);

#endif
