#include <stdbool.h>
#include <stddef.h>

#include "nn/team.h"
#include "pixelgan/train.h"

void pg_train_defaults(pg_train_options *options, const pg_config *config)
{
    bool noise = config->posterior == PG_POSTERIOR_NOISE;
    *options = (pg_train_options){
        .epochs = 10,
        .batch = 100,
        .labelled_batch = 100,
        .threads = 0,
        .seed = 1,
        .learning_rate = 1e-3,
        .discriminator_rate = 3e-4,
        .decay_at = 0.8,
        .reconstruction_weight = 100,
        .adversarial_weight = 1,
        .supervised_weight = 1,
        .input_noise = noise ? 0.3 : 0,
        .code_noise = 0.2,
        .shift = noise ? 2 : 0,
        .rotate = noise ? 15 : 0,
        .shear = noise ? 0.3 : 0,
        .zoom = noise ? 0.1 : 0,
    };
}

static pg_status check_range(const char *name, double value, double least, double most,
                             pg_error *err)
{
    if (value >= least && value <= most) return PG_OK; /* false for NaN */
    return pg_fail(err, PG_ERR_ARGUMENT, "%s %g: must be from %g to %g", name, value, least, most);
}

pg_status pg_train_check(const pg_train_options *o, const pg_config *config, pg_error *err)
{
    const struct {
        const char *name;
        double value, least, most;
    } ranges[] = {
        {"epochs", o->epochs, 0, 1e6},
        {"batch", o->batch, 1, 1e6},
        {"labelled-batch", o->labelled_batch, 1, 1e6},
        {"threads", o->threads, 0, PG_MAX_THREADS},
        {"learning-rate", o->learning_rate, 0, 10},
        {"discriminator-rate", o->discriminator_rate, 0, 10},
        {"decay-at", o->decay_at, 0, 1},
        {"reconstruction-weight", o->reconstruction_weight, 0, 1e9},
        {"adversarial-weight", o->adversarial_weight, 0, 1e9},
        {"supervised-weight", o->supervised_weight, 0, 1e9},
        {"input-noise", o->input_noise, 0, 100},
        {"code-noise", o->code_noise, 0, 100},
        {"shift", o->shift, 0, 4096},
        {"rotate", o->rotate, 0, 180},
        {"shear", o->shear, 0, 10},
        {"zoom", o->zoom, 0, 3},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        pg_status status =
            check_range(ranges[i].name, ranges[i].value, ranges[i].least, ranges[i].most, err);
        if (status != PG_OK) return status;
    }
    if (o->supervise && config->prior != PG_PRIOR_CATEGORICAL)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "supervise: labels teach categories; use prior categorical:K");
    return PG_OK;
}
