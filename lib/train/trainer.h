/* Internals of a trainer. */
#ifndef PG_TRAIN_TRAINER_H
#define PG_TRAIN_TRAINER_H

#include <gsl/gsl_rng.h>

#include "model/decoder.h"
#include "model/model.h"
#include "model/prior.h"
#include "nn/adam.h"
#include "nn/group.h"
#include "nn/reduction.h"
#include "pixelgan/train.h"
#include "train/augment.h"

/* Sums over the examples of a shard since the last report. */
typedef struct pg_loss_sums {
    double nll, discriminator, adversarial, agreement, supervised, kl;
} pg_loss_sums;

/* A fixed part of the batch, which is assigned to one worker. */
typedef struct pg_train_shard {
    size_t first_row; /* among the rows of this process */
    /* Numbers of rows, in this order: unlabelled, second views of the same examples, labelled. */
    size_t unlabelled, views, labelled;
    size_t first, first_labelled; /* index of the first unlabelled and labelled row in the batch */
    float *gradient;              /* of the losses of these rows, for every parameter */
    pg_prior_run prior;           /* for the codes, between forward and backward */
    double *nats;                 /* one number per unlabelled row */
    pg_loss_sums *sums;           /* this shard's element of the trainer's sums */
} pg_train_shard;

/* The workspace of a worker, for one shard at a time. */
typedef struct pg_train_worker {
    gsl_rng *rng;
    pg_augment augment;
    void *decoder;
    pg_discriminator_run discriminator;
    float *drawn;     /* one code of the prior */
    float *targets;   /* images of a shard's unlabelled rows */
    pg_status status; /* of creating the layers */
    pg_error error;
} pg_train_worker;

/* The divergence of the batch by parts (pull kl). */
typedef struct pg_divergence_sums {
    double *of_shards, *sums; /* shards of the batch x parts, and their sums */
    float *scale;             /* gradient of the objective with respect to each part */
} pg_divergence_sums;

struct pg_trainer {
    pg_model *model;
    const pg_records *data;
    pg_train_options options;
    const pg_decoder *decoder;
    int threads;
    size_t batch, labelled_batch; /* examples per step */
    bool two_views;               /* every unlabelled example has a second view */
    double input_noise;           /* on the encoder's input: s.d. on the 0..1 scale */
    pg_group group;
    pg_shards shards; /* rows of this process */
    pg_train_shard *shard;
    float **gradients; /* of the shards of this process */
    pg_reduction reduction;
    pg_loss_sums *sums; /* of all shards of the batch */
    pg_train_worker *workers;
    size_t *example; /* index of the example in each row of this step */
    /* Order of the examples in this epoch. */
    gsl_rng *rng;
    size_t *order, epoch;
    /* Examples with a label, and the category of every example (-1: none). */
    size_t *labelled, labelled_count;
    int32_t *category;
    int32_t *row_category;   /* of the labelled rows of this step */
    pg_encoder_run *encoder; /* NULL if codes do not come from images */
    float *codes, *dcodes, *noise;
    pg_divergence_sums divergence;
    float *first_moment, *second_moment;
    pg_adam adam, discriminator_adam;
    size_t step;         /* number of steps done */
    size_t report_steps; /* steps since the last report */
    int64_t nanoseconds; /* spent on all steps */
    uint64_t data_hash;  /* of images and labels */
};

/* Factor on the learning rates at a step: 0.1 in the last part of the run, else 1. */
double pg_train_decay(const pg_train_options *options, size_t total_steps, size_t step);

/* PG_ERR_ARGUMENT, in all processes, if the processes have different models, data or options. */
pg_status pg_trainer_compare(pg_trainer *trainer, pg_error *err) PG_MUST_CHECK;

/* One step of the whole team, after the rows have been chosen. */
void pg_train_step(const pg_worker *worker, void *trainer);

/* Loads the parameters of the model into the layers, as the end of every step does. Call this after
 * changing them from outside. */
void pg_train_load_weights(const pg_worker *worker, void *trainer);

/* The warm-up factor: 0 at the first step, growing linearly to 1 at the end of the warm-up. */
double pg_train_warmth(const pg_trainer *trainer);

/* Gradient of the objective with respect to the loss of one image in nats. */
float pg_train_nll_scale(const pg_trainer *trainer);

#endif
