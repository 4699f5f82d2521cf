/* Inside of a model file, for files that hold a model and more. */
#ifndef PG_MODEL_MODEL_FILE_H
#define PG_MODEL_MODEL_FILE_H

#include "model/safetensors.h"
#include "pixelgan/model.h"

/* Tensors and metadata whose names begin so are those of a training run; a
 * model that is loaded does without. */
#define PG_CHECKPOINT_PREFIX "checkpoint."

/* What a file holds beside a model. */
typedef struct pg_model_extra {
    const pg_safetensor *tensors;
    size_t tensor_count;
    const pg_metadata_entry *metadata;
    size_t metadata_count;
} pg_model_extra;

/* As pg_model_save; extra may be NULL. */
pg_status pg_model_write(const pg_model *model, const pg_model_extra *extra, const char *path,
                         pg_error *err) PG_MUST_CHECK;

/* The configuration a file's model has; checks the format's version first. */
pg_status pg_model_read_config(const pg_safetensors *file, pg_config *config,
                               pg_error *err) PG_MUST_CHECK;

/* The file's parameters and metadata become the model's, which has that
 * configuration. Parameters stay as they are where the file's do not fit. */
pg_status pg_model_read_contents(pg_model *model, const pg_safetensors *file,
                                 pg_error *err) PG_MUST_CHECK;

#endif
