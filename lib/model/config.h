/* The configuration as text, for the metadata of a model file. */
#ifndef PG_MODEL_CONFIG_H
#define PG_MODEL_CONFIG_H

#include "pixelgan/model.h"

typedef struct pg_text_pair {
    char key[32];
    char value[64];
} pg_text_pair;

enum { PG_CONFIG_PAIRS = 32 };

/* Writes the configuration as up to PG_CONFIG_PAIRS keys and values, followed by empty ones. */
void pg_config_print(const pg_config *config, pg_text_pair pairs[PG_CONFIG_PAIRS]);

/* Reads the configuration back and checks it. get returns the value of a key, or NULL. */
pg_status pg_config_scan(pg_config *config, const char *(*get)(const void *from, const char *key),
                         const void *from, pg_error *err) PG_MUST_CHECK;

/* True if a discriminator learns to tell codes from draws of the prior. */
bool pg_config_has_discriminator(const pg_config *config);

#endif
