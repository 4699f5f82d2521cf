/* Internals of a model. */
#ifndef PG_MODEL_MODEL_H
#define PG_MODEL_MODEL_H

#include "model/condition.h"
#include "model/discriminator.h"
#include "model/encoder.h"
#include "model/normalize.h"
#include "model/parameters.h"
#include "model/pixelcnn.h"
#include "pixelgan/model.h"

typedef struct pg_entry {
    char *key, *value;
} pg_entry;

typedef struct pg_label_list {
    int32_t *labels;
    int count;
} pg_label_list;

struct pg_model {
    pg_config config;
    pg_parameters parameters;
    pg_normalize normalize;         /* if the model has an encoder */
    pg_encoder encoder;             /* if the model has an encoder */
    pg_discriminator discriminator; /* if pull is gan */
    pg_condition condition;         /* if the decoder is pixelcnn */
    pg_pixelcnn pixelcnn;           /* if the decoder is pixelcnn */
    pg_upsampler factorised;        /* if the decoder is factorised */
    pg_entry *metadata;
    int metadata_count;
    pg_label_list classes, clusters;
};

/* The two halves of pg_model_create. The first makes a model with the names and shapes of its
 * parameters, the second allocates zeroed memory for them. */
pg_status pg_model_declare(const pg_config *config, pg_model **model, pg_error *err) PG_MUST_CHECK;
pg_status pg_model_allocate(pg_model *model, pg_error *err) PG_MUST_CHECK;

/* Stores the label of each category in the model. */
pg_status pg_model_set_classes(pg_model *model, const int32_t *labels, int count,
                               pg_error *err) PG_MUST_CHECK;

#endif
