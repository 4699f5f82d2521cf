/* Writes an untrained model: make-model FILE PRIOR SIDE CHANNELS SEED. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "pixelgan/pixelgan.h"

static pg_status make(char **argv, pg_error *err)
{
    pg_config config = {0};
    pg_config_defaults(&config);
    pg_status status = pg_config_parse_prior(&config, argv[2], err);
    if (status != PG_OK) return status;
    config.height = config.width = (int)strtol(argv[3], NULL, 10);
    config.channels = (int)strtol(argv[4], NULL, 10);
    config.features = 8;
    config.blocks = 2;
    config.encoder_features = 4;
    config.hidden = 16;
    pg_model *model;
    status = pg_model_create(&config, strtoull(argv[5], NULL, 10), &model, err);
    if (status != PG_OK) return status;
    status = pg_model_save(model, argv[1], err);
    pg_model_free(model);
    return status;
}

int main(int argc, char **argv)
{
    pg_error err;
    if (argc != 6) return 2;
    if (make(argv, &err) == PG_OK) return 0;
    fprintf(stderr, "make-model: %s\n", err.message);
    return 1;
}
