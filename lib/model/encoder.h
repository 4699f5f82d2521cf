/* Encoders q(z|x): from images to codes, as a table of layers.
 *
 *   image -> convolutions that halve the sides -> hidden -> outputs
 *
 * Batch normalisation and ReLU follow every layer except the last. For a discrete prior the outputs
 * are batch-normalised as well, which prevents collapse to a few categories early in training.
 *
 * An encoder is one constant of type pg_encoder_network in its own file, which declares its
 * convolutions, and an entry in the table in encoder.c (and in pg_encoder_kind). encoder_run.c runs
 * all of them.
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
    PG_ENCODER_IMAGE = -1, /* the image, instead of a layer */
    PG_ENCODER_NOTHING = -2
};

/* One layer: a convolution, or a fully connected layer if the kernel has no rows. Then follow,
 * optionally, batch normalisation, the sum with an earlier layer's values, and ReLU. */
typedef struct pg_encoder_layer {
    int from;           /* index of the earlier layer that it reads */
    int add;            /* index of the layer to add, or PG_ENCODER_NOTHING */
    pg_conv_shape conv; /* for one image */
    int conv_weight;
    pg_dense_layer dense;
    pg_norm_layer norm;
    bool relu;
    size_t size;                /* output numbers per image */
    bool from_joins, add_joins; /* the gradient with respect to that layer's values is added to an
                                   existing one */
} pg_encoder_layer;

typedef struct pg_encoder {
    int height, width, channels; /* of an image */
    int outputs;
    int count;
    pg_encoder_layer layer[PG_MAX_ENCODER_LAYERS];
} pg_encoder;

typedef struct pg_encoder_network {
    /* Adds the layers between image and hidden layer; false if there is not enough memory. */
    bool (*declare)(pg_encoder *encoder, const pg_config *config, pg_parameters *p);
} pg_encoder_network;

extern const pg_encoder_network pg_encoder_plain, pg_encoder_residual;

/* The table entry of a kind, NULL past the last. */
const pg_encoder_network *pg_encoder_find(pg_encoder_kind kind);

/* Adds a convolution of taps x taps, with normalisation and ReLU, that reads an earlier layer or
 * the image. Returns its index, -1 if there is not enough memory. */
int pg_encoder_add_conv(pg_encoder *encoder, pg_parameters *p, const char *name, int from, int taps,
                        int stride, int out);

/* Numbers per image. */
size_t pg_encoder_image(const pg_encoder *encoder);

/* Declares the parameters. */
pg_status pg_encoder_declare(pg_encoder *encoder, const pg_config *config, pg_parameters *p,
                             pg_error *err) PG_MUST_CHECK;

typedef struct pg_encoder_run pg_encoder_run;

/* How a batch is divided. A run keeps these pointers. */
typedef struct pg_batch {
    const pg_shards *shards; /* of this process */
    const pg_group *group;   /* for the statistics of a training batch; NULL: no training */
    size_t rows;             /* of the whole batch */
    int threads;
} pg_batch;

/* Allocates memory for the rows of the shards, with gradients only if there is a group. Starts a
 * team, in which each worker creates its layers. */
pg_status pg_encoder_run_create(const pg_encoder *encoder, const pg_parameters *p,
                                const pg_batch *batch, pg_encoder_run **run,
                                pg_error *err) PG_MUST_CHECK;
void pg_encoder_run_free(pg_encoder_run *run);

/* Rows of this process: the images (rows x H x W x C), which the caller fills before a forward
 * pass; the outputs after it (rows x outputs); and the gradient with respect to the outputs, which
 * the caller fills before a backward pass. */
float *pg_encoder_input(pg_encoder_run *run);
float *pg_encoder_output(pg_encoder_run *run);
float *pg_encoder_output_gradient(pg_encoder_run *run);

/* All workers call these together. */

/* Loads the current weights. Call this after each update. */
void pg_encoder_load(pg_encoder_run *run, const pg_worker *worker);

/* training: use the statistics of the batch, else the running statistics. */
void pg_encoder_forward(pg_encoder_run *run, const pg_worker *worker, bool training);

/* Writes the gradient of every encoder parameter from shard s to gradient[s]. */
void pg_encoder_backward(pg_encoder_run *run, const pg_worker *worker, float *const *gradient);

#endif
