/* The inside of a trainer. */
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

/* A fixed part of the batch, done by whichever worker it is dealt to. */
typedef struct pg_train_shard {
    size_t first_row; /* among the rows of this process */
    /* Its rows, in this order: unlabelled ones, second views of the same examples, labelled ones.
     */
    size_t unlabelled, views, labelled;
    size_t first, first_labelled; /* number of its first unlabelled and labelled row in the batch */
    float *gradient;              /* of every parameter, by the losses of its rows */
    pg_prior_run prior;           /* of its codes, between forward and backward */
    double *nats;                 /* a number for each unlabelled row */
    pg_loss_sums *sums;           /* its own of the trainer's */
} pg_train_shard;

/* What a worker has for itself, for one shard at a time. */
typedef struct pg_train_worker {
    gsl_rng *rng;
    pg_augment augment;
    void *decoder;
    pg_discriminator_run discriminator;
    float *drawn;     /* one code of the prior */
    float *targets;   /* images of a shard's unlabelled rows */
    pg_status status; /* of making the layers */
    pg_error error;
} pg_train_worker;

/* The divergence of the batch, part by part (pull kl). */
typedef struct pg_divergence_sums {
    double *of_shards, *sums; /* shards of the batch x parts, and their sums */
    float *scale;             /* a part's gradient in the objective */
} pg_divergence_sums;

struct pg_trainer {
    pg_model *model;
    const pg_records *data;
    pg_train_options options;
    const pg_decoder *decoder;
    int threads;
    size_t batch, labelled_batch; /* examples of a step */
    bool two_views;               /* of every unlabelled example */
    double input_noise;           /* on the encoder's input: s.d. on the 0..1 scale */
    pg_group group;
    pg_shards shards; /* rows of this process */
    pg_train_shard *shard;
    float **gradients; /* of its shards */
    pg_reduction reduction;
    pg_loss_sums *sums; /* of the shards of the whole batch */
    pg_train_worker *workers;
    size_t *example; /* which example is in each row of this step */
    /* Order of the examples in this epoch. */
    gsl_rng *rng;
    size_t *order, epoch;
    /* Examples with a label, and everybody's category (-1: none). */
    size_t *labelled, labelled_count;
    int32_t *category;
    int32_t *row_category;   /* of the labelled rows of this step */
    pg_encoder_run *encoder; /* NULL where codes do not come from images */
    float *codes, *dcodes, *noise;
    pg_divergence_sums divergence;
    float *first_moment, *second_moment;
    pg_adam adam, discriminator_adam;
    size_t step;         /* done */
    size_t report_steps; /* since the last report */
    int64_t nanoseconds; /* spent on them all */
    uint64_t data_hash;  /* of images and labels */
};

/* Factor on the learning rates at a step: they fall tenfold for the last part of the run. */
double pg_train_decay(const pg_train_options *options, size_t total_steps, size_t step);

/* PG_ERR_ARGUMENT, for all, where processes that train together were given different things. */
pg_status pg_trainer_compare(pg_trainer *trainer, pg_error *err) PG_MUST_CHECK;

/* One step of the whole team, after the rows were chosen. */
void pg_train_step(const pg_worker *worker, void *trainer);

/* Takes the model's parameters into the layers, as the end of every step does: call where they
 * were changed from outside. */
void pg_train_load_weights(const pg_worker *worker, void *trainer);

/* 0 at the first step, growing linearly to 1 where the warm-up ends. */
double pg_train_warmth(const pg_trainer *trainer);

/* Gradient of the objective by one image's loss in nats. */
float pg_train_nll_scale(const pg_trainer *trainer);

#endif
