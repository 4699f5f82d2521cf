/* The inside of a trainer. */
#ifndef PG_TRAIN_TRAINER_H
#define PG_TRAIN_TRAINER_H

#include <gsl/gsl_rng.h>

#include "model/model.h"
#include "model/pixelcnn_run.h"
#include "model/prior.h"
#include "nn/adam.h"
#include "nn/team.h"
#include "pixelgan/train.h"
#include "train/augment.h"

/* Sums over the steps and examples of one worker since the last report. */
typedef struct pg_loss_sums {
    double nll, discriminator, adversarial, agreement, supervised, kl;
} pg_loss_sums;

/* What one worker has for itself: memory, layers, randomness, gradient. */
typedef struct pg_train_worker {
    size_t first_row; /* of this worker in the batch */
    /* Its rows, in this order: unlabelled ones, second views of the same examples, labelled ones.
     */
    size_t unlabelled, views, labelled;
    gsl_rng *rng;
    pg_augment augment;
    pg_pixelcnn_run *pixelcnn;
    pg_condition_run condition;
    pg_upsampler_run factorised;
    pg_discriminator_run discriminator;
    pg_prior_run prior;
    float *drawn;            /* one code of the prior */
    float *target;           /* one image */
    float *biases, *dbiases; /* conditioning of its unlabelled rows */
    float *maps, *dmaps;
    float *outputs, *doutputs; /* factorised decoder: of its unlabelled rows */
    float *gradient;           /* of every parameter */
    double *kl_parts;          /* code_dim: of its unlabelled rows' divergence (pull kl) */
    float *kl_scale;           /* code_dim: the parts' gradients in the objective */
    double *nats;              /* a number an unlabelled row */
    pg_loss_sums sums;
    pg_status status; /* of making the layers */
    pg_error error;
} pg_train_worker;

struct pg_trainer {
    pg_model *model;
    const pg_records *data;
    pg_train_options options;
    size_t batch, labelled_batch; /* rows a step */
    bool two_views;               /* of every unlabelled example */
    double input_noise;           /* on the encoder's input: s.d. on the 0..1 scale */
    pg_rows rows;
    size_t *example; /* which example is in each row of this step */
    /* Order of the examples in this epoch. */
    gsl_rng *rng;
    size_t *order, position;
    /* Examples with a label, and everybody's category (-1: none). */
    size_t *labelled, labelled_count;
    int32_t *category;
    int32_t *row_category;   /* of the labelled rows of this step */
    pg_encoder_run *encoder; /* NULL where codes do not come from images */
    float *codes, *dcodes, *noise;
    pg_train_worker *workers;
    const float **gradients; /* of the workers */
    float *first_moment, *second_moment;
    pg_adam adam, discriminator_adam;
    size_t step;         /* done */
    size_t report_steps; /* since the last report */
    int64_t nanoseconds; /* spent on them all */
    uint64_t data_hash;  /* of images and labels; 0: not computed yet */
};

/* Factor on the learning rates at a step: they fall tenfold for the last part of the run. */
double pg_train_decay(const pg_train_options *options, size_t total_steps, size_t step);

/* One step of the whole team, after the rows were chosen. */
void pg_train_step(const pg_worker *worker, void *trainer);

/* Takes the model's parameters into the layers of this worker, as the end of
 * every step does: call where they were changed from outside. */
void pg_train_load_weights(const pg_worker *worker, void *trainer);

/* 0 at the first step, growing linearly to 1 where the warm-up ends. */
double pg_train_warmth(const pg_trainer *trainer);

/* Gradient of the objective by one image's loss in nats. */
float pg_train_nll_scale(const pg_trainer *trainer);

#endif
