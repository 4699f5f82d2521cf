/* Convolutions that halve the sides, one after the other. */
#include <stdio.h>

#include "model/encoder.h"

static bool declare(pg_encoder *encoder, const pg_config *config, pg_parameters *p)
{
    int at = PG_ENCODER_IMAGE;
    for (int i = 0; i < config->encoder_depth; i++) {
        int taps = i < 2 ? 5 : 3, out = (i < 1 ? 1 : 2) * config->encoder_features;
        char name[32];
        snprintf(name, sizeof name, "conv%d", i + 1);
        at = pg_encoder_add_conv(encoder, p, name, at, taps, 2, out);
        if (at < 0) return false;
    }
    return true;
}

const pg_encoder_network pg_encoder_plain = {.declare = declare};
