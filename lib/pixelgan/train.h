/* Training: the phases of Makhzani & Frey (2017, sec. 2) on a data set in memory.
 *
 * Promise: all memory is planned by pg_trainer_create; a step allocates
 * nothing; the same seed and build give the same bytes, for any number of threads in any number
 * of processes.
 */
#ifndef PIXELGAN_TRAIN_H
#define PIXELGAN_TRAIN_H

#include <pixelgan/model.h>
#include <pixelgan/status.h>
#include <pixelgan/stream.h>
#include <pixelgan/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the decoder's convolutions; parameters and sums are float32 always. */
typedef enum pg_precision { PG_PRECISION_FP32, PG_PRECISION_BF16 } pg_precision;

typedef struct pg_train_options {
    int epochs;
    int batch;          /* examples a step */
    int labelled_batch; /* labelled examples a step (supervise only) */
    int shards;         /* parts that a batch is cut into; results depend on it */
    int threads;        /* 0: all cores, at most one for each shard; results do not depend on it */
    uint64_t seed;
    pg_precision precision;
    bool supervise;               /* use the labels that are not -1 */
    double learning_rate;         /* encoder and decoder, Adam beta1 0.9 */
    double discriminator_rate;    /* discriminator, Adam beta1 0.5 */
    double decay_at;              /* fraction of the run after which rates fall tenfold; 1: never */
    double reconstruction_weight; /* of the mean nll as part of what raw pixels cost */
    double adversarial_weight;
    double agreement_weight; /* of two views of an image having one category (discrete codes) */
    double supervised_weight;
    double free_bits;     /* nats a dimension the KL may have for free (pull KL) */
    double warm_up;       /* fraction of the run in which the weight of KL or agreement grows */
    double input_noise;   /* s.d. of Gaussian noise on the encoder's input; 1: that of an image's
                             pixels */
    double code_noise;    /* s.d. of Gaussian noise on the discriminator's input */
    double shift;         /* random warp of the encoder's input: part of each side */
    double rotate;        /* degrees */
    double shear;         /* ratio */
    double zoom;          /* log ratio */
    double elastic;       /* of second views and labelled images: s.d. of smooth
                             displacements, part of the shorter side */
    double erase;         /* the same: part of each side that is erased, up to */
    double plain_labels;  /* part of the labelled images that is seen without warp and noise */
    bool replicate_edges; /* outside a warped image its edge goes on; else it is black there */
} pg_train_options;

/* What suits the model, learning from labels or not. */
PG_API void pg_train_defaults(pg_train_options *options, const pg_config *config, bool supervise);
/* Sets a field by its name ("learning_rate"; a dash counts as an underscore). */
PG_API pg_status pg_train_set(pg_train_options *options, const char *name, const char *value,
                              pg_error *err) PG_MUST_CHECK;
/* Name, one-line summary and value of the i-th field; NULL past the last. */
PG_API const char *pg_train_field(const pg_train_options *options, int i, const char **summary,
                                  char value[64]);
PG_API pg_status pg_train_check(const pg_train_options *options, const pg_config *config,
                                pg_error *err) PG_MUST_CHECK;

/* A model of the lineage by its name: settings for pg_config_set and, those it
 * does not know, for pg_train_set. */
typedef struct pg_setting {
    const char *name, *value;
} pg_setting;

typedef struct pg_preset {
    const char *name, *summary;
    const pg_setting *settings; /* up to one without a name */
} pg_preset;

/* The i-th, NULL past the last; by name, NULL where there is none of it. */
PG_API const pg_preset *pg_preset_at(int i);
PG_API const pg_preset *pg_preset_find(const char *name);

/* Means over the steps since the last report. */
typedef struct pg_train_losses {
    double nll;           /* nats an image */
    double discriminator; /* its cross-entropy, nats (2 log 2 = 1.386 when it cannot tell) */
    double adversarial;   /* the encoder's, nats */
    double agreement;     /* -log probability that two views are of one category, nats */
    double supervised;    /* cross-entropy of the labelled batch, nats */
    double kl;            /* KL(q(z|x) || p(z)), nats (pull KL) */
    size_t steps;
} pg_train_losses;

typedef struct pg_trainer pg_trainer;

/* data (with images, and labels where options->supervise) is borrowed. */
PG_API pg_status pg_trainer_create(pg_model *model, const pg_records *data,
                                   const pg_train_options *options, pg_trainer **trainer,
                                   pg_error *err) PG_MUST_CHECK;

/* The same for one of several processes that train together: a model, data and options that are the
 * same in all, but for threads, and a transport that stays the caller's. All processes make the
 * same calls of pg_trainer_run, _save and _restore, which come to the same status in all; losses
 * and the model are the same in all, those of a process that is alone. A batch's shards are
 * dealt out, so more processes than shards are of no use. PG_ERR_ARGUMENT where something differs.
 */
PG_API pg_status pg_trainer_create_among(pg_model *model, const pg_records *data,
                                         const pg_train_options *options,
                                         const pg_transport *transport, pg_trainer **trainer,
                                         pg_error *err) PG_MUST_CHECK;
PG_API void pg_trainer_free(pg_trainer *trainer);

PG_API size_t pg_trainer_steps_per_epoch(const pg_trainer *trainer);
PG_API size_t pg_trainer_total_steps(const pg_trainer *trainer);
PG_API size_t pg_trainer_steps_done(const pg_trainer *trainer);

/* Runs up to count steps; PG_ERR_DIVERGED where a loss or a parameter is not finite, or the
 * loss far beyond what guessing costs. */
PG_API pg_status pg_trainer_run(pg_trainer *trainer, size_t count, pg_error *err) PG_MUST_CHECK;

/* Losses since the last call of pg_trainer_take_losses, which resets them. */
PG_API pg_train_losses pg_trainer_losses(const pg_trainer *trainer);
PG_API pg_train_losses pg_trainer_take_losses(pg_trainer *trainer);

/* Time spent in steps, those before a checkpoint included. */
PG_API double pg_trainer_seconds(const pg_trainer *trainer);

/* ---- Checkpoints: an interrupted run ends with the same bytes as another. ----
 *
 * A checkpoint is a model file that also holds what else a trainer is made of:
 * moments of the optimisers, the number of steps done, losses since the last
 * report, settings, and a fingerprint of the data. Random numbers and the order
 * of the data follow from seed and step. Described in pg-model(5). */

/* Writes to a temporary file that is synced and renamed: at any time there is a
 * whole checkpoint under that name. PG_ERR_IO: full disk, no permission;
 * PG_ERR_DIVERGED: a parameter is not finite; the last checkpoint stays then. Of several
 * processes the first writes. */
PG_API pg_status pg_trainer_save(pg_trainer *trainer, const char *path,
                                 pg_error *err) PG_MUST_CHECK;

/* Puts a trainer, made of the same settings and data, with any number of threads and
 * processes, into the state it was saved in, its model with it. Epochs and decay_at may differ
 * where the learning rates so far are those of the new schedule too.
 *   PG_ERR_IO           cannot be opened or read
 *   PG_ERR_FORMAT       truncated, damaged, or no checkpoint
 *   PG_ERR_UNSUPPORTED  of another version of pixelgan
 *   PG_ERR_ARGUMENT     of other data or settings
 * After an error the trainer can go on from where it was. */
PG_API pg_status pg_trainer_restore(pg_trainer *trainer, const char *path,
                                    pg_error *err) PG_MUST_CHECK;

/* What the run of a checkpoint was started with; errors as above. */
PG_API pg_status pg_checkpoint_settings(const char *path, pg_config *config,
                                        pg_train_options *options, pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
