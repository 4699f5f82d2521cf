/* Internals of a model file, for files that contain a model and more. */
#ifndef PG_MODEL_MODEL_FILE_H
#define PG_MODEL_MODEL_FILE_H

#include "model/safetensors.h"
#include "pixelgan/model.h"

/* Prefix of the tensors and metadata of a training run, which are skipped when a model is loaded.
 */
#define PG_CHECKPOINT_PREFIX "checkpoint."

/* Contents of a file besides the model. */
typedef struct pg_model_extra {
    const pg_safetensor *tensors;
    size_t tensor_count;
    const pg_metadata_entry *metadata;
    size_t metadata_count;
} pg_model_extra;

/* Like pg_model_save; extra may be NULL. */
pg_status pg_model_write(const pg_model *model, const pg_model_extra *extra, const char *path,
                         pg_error *err) PG_MUST_CHECK;

/* Checks the version of the format, then reads the configuration of the model in a file. */
pg_status pg_model_read_config(const pg_safetensors *file, pg_config *config,
                               pg_error *err) PG_MUST_CHECK;

/* Reads parameters and metadata of a file into a model with the same configuration. If those of the
 * file do not fit, the parameters are unchanged. */
pg_status pg_model_read_contents(pg_model *model, const pg_safetensors *file,
                                 pg_error *err) PG_MUST_CHECK;

#endif
