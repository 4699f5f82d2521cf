/* The parts of pg-train: options and settings, reports, previews. */
#ifndef PG_TRAIN_TOOL_H
#define PG_TRAIN_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/output.h"
#include "common.h"
#include "pixelgan/pixelgan.h"
#include "progress.h"

/* ---- Options: train-options.c ---- */

enum { MAX_ASSIGNMENTS = 64 };

/* A setting given on the command line. */
typedef struct assignment {
    const char *name, *value;
} assignment;

typedef struct train_options {
    shared_options shared; /* threads and seed as given, for they may come from a checkpoint */
    assignment given[MAX_ASSIGNMENTS]; /* in their order */
    int given_count;
    bool list_settings;
    const char *const *inputs; /* one or more */
    size_t input_count;
    const char *valid, *log, *preview, *class_names;
    const char *checkpoint, *resume; /* files, or NULL */
    size_t every;                    /* steps between checkpoints; 0: an epoch */
    const char *program;             /* its name in messages */
    char *command, *resume_command;  /* the second: what would go on with the run */
    char *recipe;                    /* the command as the model keeps it: what determines it */
} train_options;

extern const char train_help[];

void train_parse_options(int argc, char **argv, train_options *o);

/* Defaults, or what the run of the checkpoint began with, and upon them what was given. Defaults
 * depend on the images; NULL: not known yet, to find what is wrong before they are read. */
void train_apply_settings(const train_options *o, const pg_schema *images, pg_config *config,
                          pg_train_options *settings);

/* The whole tool, alone or as one of the processes that were joined. */
int train_main(int argc, char **argv, const char *program, const char *help);

void train_list_settings(const pg_config *config, const pg_train_options *settings);

void train_free_options(train_options *o);

/* ---- Reports: train-report.c ---- */

typedef struct epoch_report {
    int epoch;
    pg_train_losses losses;
    double valid_nll; /* NaN without --valid */
    double seconds, images_per_second;
} epoch_report;

/* The negative log-likelihood of an image, in bits a dimension too where images have more than two
 * levels. */
void train_describe_nll(const pg_config *config, double nll, char *text, size_t size);

/* The losses that this kind of model has, as text. */
void train_describe_losses(const pg_config *config, const pg_train_options *settings,
                           const pg_train_losses *losses, char *text, size_t size);

/* A new file, or where epochs were done before, what follows their lines. NULL without a path. */
pg_output *train_open_log(const char *path, int epochs_done, bool resumed);
void train_write_log(pg_output *log, const char *path, const pg_config *config,
                     const pg_train_options *settings, const epoch_report *r);
void train_close_log(pg_output *log, const char *path);

/* Mean nll of the images in nats, given the codes that the encoder finds. */
double train_mean_nll(const pg_model *model, const pg_train_options *settings,
                      const pg_records *images);

/* ---- Without labels: train-quality.c ---- */

/* One line on how good the categories are, where the model has any; nothing with -q. */
void train_report_quality(const pg_model *model, const pg_train_options *settings,
                          const pg_records *data);

/* ---- Names of classes: train-names.c ---- */

/* Gives the model the names of its classes: those of a file, or where path is NULL of the stream.
 */
void train_name_classes(pg_model *model, const pg_records *data, const char *path);

/* ---- Previews: train-preview.c ---- */

/* Draws what the model has learnt to a file: a row a category, else samples
 * from the prior, or reconstructions where nothing pulled the codes to one. */
pg_status train_draw_preview(const pg_model *model, const pg_train_options *settings,
                             const pg_records *images, const char *path,
                             pg_error *err) PG_MUST_CHECK;

#endif
