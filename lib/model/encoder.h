/* Encoders q(z|x): from images to codes, by a table of layers.
 *
 *   image -> convolutions that halve the sides -> hidden -> outputs
 *
 * each layer followed by batch normalisation and ReLU, the last by neither. For a discrete prior
 * the outputs are batch-normalised as well: that stops the collapse to a few categories early in
 * training.
 *
 * An encoder is one constant of type pg_encoder_network in a file of its own, which declares its
 * convolutions, and an entry in encoder.c's table (and in pg_encoder_kind). encoder_run.c runs
 * them all.
 */
#ifndef PG_MODEL_ENCODER_H
#define PG_MODEL_ENCODER_H

#include "model/layer.h"
#include "model/parameters.h"
#include "nn/conv.h"
#include "nn/group.h"
#include "pixelgan/model.h"

enum {
    PG_MAX_ENCODER_LAYERS = PG_MAX_DEPTH * (2 * PG_MAX_ENCODER_BLOCKS + 1) + 2,
    PG_ENCODER_IMAGE = -1, /* in the place of a layer: the image */
    PG_ENCODER_NOTHING = -2
};

/* One layer: a convolution or, where its kernel has no rows, a fully connected layer; then batch
 * normalisation, the sum with an earlier layer's values, and ReLU, where it has them. */
typedef struct pg_encoder_layer {
    int from;           /* whose values it reads, an earlier layer's */
    int add;            /* whose values are added, or PG_ENCODER_NOTHING */
    pg_conv_shape conv; /* of one image */
    int conv_weight;
    pg_dense_layer dense;
    pg_norm_layer norm;
    bool relu;
    size_t size;                /* numbers that an image has behind it */
    bool from_joins, add_joins; /* gradients by those values are added to others */
} pg_encoder_layer;

typedef struct pg_encoder {
    int height, width, channels; /* of an image */
    int outputs;
    int count;
    pg_encoder_layer layer[PG_MAX_ENCODER_LAYERS];
} pg_encoder;

typedef struct pg_encoder_network {
    /* Adds the layers between image and hidden layer; false where memory is short. */
    bool (*declare)(pg_encoder *encoder, const pg_config *config, pg_parameters *p);
} pg_encoder_network;

extern const pg_encoder_network pg_encoder_plain, pg_encoder_residual;

/* The table entry of a kind, NULL past the last. */
const pg_encoder_network *pg_encoder_find(pg_encoder_kind kind);

/* Adds a convolution of taps x taps, with normalisation and ReLU, that reads an earlier layer or
 * the image; returns its index, -1 where memory is short. */
int pg_encoder_add_conv(pg_encoder *encoder, pg_parameters *p, const char *name, int from, int taps,
                        int stride, int out);

/* Numbers of an image. */
size_t pg_encoder_image(const pg_encoder *encoder);

/* Declares the parameters. */
pg_status pg_encoder_declare(pg_encoder *encoder, const pg_config *config, pg_parameters *p,
                             pg_error *err) PG_MUST_CHECK;

typedef struct pg_encoder_run pg_encoder_run;

/* How a batch is shared; a run keeps the addresses. */
typedef struct pg_batch {
    const pg_shards *shards; /* of this process */
    const pg_group *group;   /* for the statistics of a training batch; NULL: to be applied only */
    size_t rows;             /* of the whole batch */
    int threads;
} pg_batch;

/* Plans memory for the shards' rows; gradients only where there is a group. Starts a team to make
 * the workers' layers. */
pg_status pg_encoder_run_create(const pg_encoder *encoder, const pg_parameters *p,
                                const pg_batch *batch, pg_encoder_run **run,
                                pg_error *err) PG_MUST_CHECK;
void pg_encoder_run_free(pg_encoder_run *run);

/* Rows of this process: images to be filled before a forward pass (rows x H x W x C), outputs
 * after it (rows x outputs), the gradient by them to be filled before a backward pass. */
float *pg_encoder_input(pg_encoder_run *run);
float *pg_encoder_output(pg_encoder_run *run);
float *pg_encoder_output_gradient(pg_encoder_run *run);

/* All workers call these together. */

/* Takes the current weights; call after each update. */
void pg_encoder_load(pg_encoder_run *run, const pg_worker *worker);

/* training: statistics of the batch, else the running ones. */
void pg_encoder_forward(pg_encoder_run *run, const pg_worker *worker, bool training);

/* Writes the gradient of every encoder parameter by each shard s into gradient[s]. */
void pg_encoder_backward(pg_encoder_run *run, const pg_worker *worker, float *const *gradient);

#endif
