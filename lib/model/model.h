/* The inside of a model. */
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
    pg_normalize normalize;         /* where has_encoder */
    pg_encoder encoder;             /* where has_encoder */
    pg_discriminator discriminator; /* where pull is gan */
    pg_condition condition;         /* of a PixelCNN */
    pg_pixelcnn pixelcnn;           /* where decoder is pixelcnn */
    pg_upsampler factorised;        /* where decoder is factorised */
    pg_entry *metadata;
    int metadata_count;
    pg_label_list classes, clusters;
};

/* The two halves of pg_model_create: a model that knows the names and shapes of
 * its parameters, and memory for them, all zero. */
pg_status pg_model_declare(const pg_config *config, pg_model **model, pg_error *err) PG_MUST_CHECK;
pg_status pg_model_allocate(pg_model *model, pg_error *err) PG_MUST_CHECK;

/* Gives the model the label values of its categories. */
pg_status pg_model_set_classes(pg_model *model, const int32_t *labels, int count,
                               pg_error *err) PG_MUST_CHECK;

#endif
