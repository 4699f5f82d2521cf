/* Training: the phases of Makhzani & Frey (2017, sec. 2) on a data set in memory or in mapped
 * files.
 *
 * Promise: pg_trainer_create allocates all memory; a step allocates none. The same seed and build
 * give the same bytes, for any number of threads and processes.
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

/* Precision of the decoder's convolutions. Parameters and sums are always float32. */
typedef enum pg_precision { PG_PRECISION_FP32, PG_PRECISION_BF16 } pg_precision;

typedef struct pg_train_options {
    int epochs;
    int batch;          /* examples per step */
    int labelled_batch; /* labelled examples per step (supervise only) */
    int shards;         /* parts that a batch is cut into; results depend on it */
    int threads;        /* 0: all cores, at most one per shard; results do not depend on it */
    uint64_t seed;
    pg_precision precision;
    bool supervise;               /* use the labels that are not -1 */
    double learning_rate;         /* encoder and decoder, Adam beta1 0.9 */
    double discriminator_rate;    /* discriminator, Adam beta1 0.5 */
    double decay_at;              /* fraction of the run after which rates fall tenfold; 1: never */
    double reconstruction_weight; /* of the mean nll relative to that of raw pixels */
    double adversarial_weight;
    double agreement_weight; /* of the term by which two views of an image should get the same
                                category (discrete codes) */
    double supervised_weight;
    double free_bits;     /* nats per dimension of the KL that cost nothing (pull KL) */
    double warm_up;       /* fraction of the run in which the weight of KL or agreement grows */
    double input_noise;   /* s.d. of Gaussian noise on the encoder's input, in units of the s.d.
                             of an image's pixels */
    double code_noise;    /* s.d. of Gaussian noise on the discriminator's input */
    double shift;         /* random warp of the encoder's input: fraction of each side */
    double rotate;        /* degrees */
    double shear;         /* ratio */
    double zoom;          /* log ratio */
    double elastic;       /* second views and labelled images: s.d. of smooth displacements,
                             fraction of the shorter side */
    double erase;         /* second views and labelled images: largest fraction of each side that
                             is erased */
    double plain_labels;  /* fraction of the labelled images without warp and noise */
    bool replicate_edges; /* continue the edge of an image outside it when warping; else black */
} pg_train_options;

/* Defaults for a model, with or without learning from labels. */
PG_API void pg_train_defaults(pg_train_options *options, const pg_config *config, bool supervise);
/* Sets a field by its name ("learning_rate"); a dash counts as an underscore. */
PG_API pg_status pg_train_set(pg_train_options *options, const char *name, const char *value,
                              pg_error *err) PG_MUST_CHECK;
/* Name, one-line summary and value of field i; NULL past the last. */
PG_API const char *pg_train_field(const pg_train_options *options, int i, const char **summary,
                                  char value[64]);
PG_API pg_status pg_train_check(const pg_train_options *options, const pg_config *config,
                                pg_error *err) PG_MUST_CHECK;

/* A setting for pg_config_set or, if that function does not know it, for pg_train_set. */
typedef struct pg_setting {
    const char *name, *value;
} pg_setting;

/* A named model of the PixelGAN family. */
typedef struct pg_preset {
    const char *name, *summary;
    const pg_setting *settings; /* ends with a setting whose name is NULL */
} pg_preset;

/* Preset i, NULL past the last; the preset with a name, NULL if there is none. */
PG_API const pg_preset *pg_preset_at(int i);
PG_API const pg_preset *pg_preset_find(const char *name);

/* Means over the steps since the last report. */
typedef struct pg_train_losses {
    double nll;           /* nats per image */
    double discriminator; /* discriminator loss, nats; 2 log 2 = 1.386 if it cannot tell codes from
                             draws of the prior */
    double adversarial;   /* the encoder's adversarial loss, nats */
    double agreement;     /* -log probability that two views have the same category, nats */
    double supervised;    /* cross-entropy of the labelled batch, nats */
    double kl;            /* KL(q(z|x) || p(z)), nats (pull KL) */
    size_t steps;
} pg_train_losses;

typedef struct pg_trainer pg_trainer;

/* The trainer borrows data, which must have images, and labels if options->supervise is set. */
PG_API pg_status pg_trainer_create(pg_model *model, const pg_records *data,
                                   const pg_train_options *options, pg_trainer **trainer,
                                   pg_error *err) PG_MUST_CHECK;

/* The same for one of several processes that train together. The model, data and options must be
 * the same in all processes, except for threads; else the result is PG_ERR_ARGUMENT. The transport
 * stays the caller's. All processes must make the same calls of pg_trainer_run, pg_trainer_save
 * and pg_trainer_restore, which return the same status in all of them. Losses and model are those
 * of a single process. The shards of a batch are divided among the processes, so more processes
 * than shards are of no use. */
PG_API pg_status pg_trainer_create_among(pg_model *model, const pg_records *data,
                                         const pg_train_options *options,
                                         const pg_transport *transport, pg_trainer **trainer,
                                         pg_error *err) PG_MUST_CHECK;
PG_API void pg_trainer_free(pg_trainer *trainer);

PG_API size_t pg_trainer_steps_per_epoch(const pg_trainer *trainer);
PG_API size_t pg_trainer_total_steps(const pg_trainer *trainer);
PG_API size_t pg_trainer_steps_done(const pg_trainer *trainer);

/* Runs up to count steps. PG_ERR_DIVERGED if a loss or a parameter is not finite, or if the loss is
 * far above that of guessing. */
PG_API pg_status pg_trainer_run(pg_trainer *trainer, size_t count, pg_error *err) PG_MUST_CHECK;

/* Losses since the last call of pg_trainer_take_losses, which also resets them. */
PG_API pg_train_losses pg_trainer_losses(const pg_trainer *trainer);
PG_API pg_train_losses pg_trainer_take_losses(pg_trainer *trainer);

/* Seconds spent in steps, including those of the runs that this one resumes. */
PG_API double pg_trainer_seconds(const pg_trainer *trainer);

/* ---- Checkpoints: an interrupted run ends with the same bytes as an uninterrupted one. ----
 *
 * A checkpoint is a model file with the rest of the trainer's state: the moments of the optimisers,
 * the number of steps done, the losses since the last report, the settings, and a fingerprint of
 * the data. Random numbers and the order of the data follow from seed and step. pg-model(5)
 * describes the format. */

/* Writes to a temporary file, syncs and renames it, so that there is always a whole checkpoint
 * under that name. PG_ERR_IO: full disk, no permission. PG_ERR_DIVERGED: a parameter is not finite;
 * the previous checkpoint stays. With several processes, the first one writes. */
PG_API pg_status pg_trainer_save(pg_trainer *trainer, const char *path,
                                 pg_error *err) PG_MUST_CHECK;

/* Restores the saved state of a trainer and its model. The trainer must have the same settings and
 * data; the number of threads and processes may differ. epochs and decay_at may differ too, if the
 * steps done so far have the same learning rates in both schedules.
 *   PG_ERR_IO           the file cannot be opened or read
 *   PG_ERR_FORMAT       the file is truncated, damaged, or not a checkpoint
 *   PG_ERR_UNSUPPORTED  the file is from another version of pixelgan
 *   PG_ERR_ARGUMENT     the file is from other data or settings
 * After an error the trainer can go on from where it was. */
PG_API pg_status pg_trainer_restore(pg_trainer *trainer, const char *path,
                                    pg_error *err) PG_MUST_CHECK;

/* The settings that the run of a checkpoint was started with. Errors are those above. */
PG_API pg_status pg_checkpoint_settings(const char *path, pg_config *config,
                                        pg_train_options *options, pg_error *err) PG_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
