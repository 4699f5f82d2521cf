#include <stdbool.h>
#include <stddef.h>

#include "base/field.h"
#include "model/likelihood.h"
#include "nn/group.h"
#include "pixelgan/train.h"

/* ---- The fields, with what suits categories of black and white images ---- */

static const char *const precision_words[] = {"fp32", "bf16", NULL};

#define FIELD(key, its_kind, first, from, to, about)                                               \
    {                                                                                              \
        .name = #key, .summary = about, .kind = PG_FIELD_##its_kind,                               \
        .offset = offsetof(pg_train_options, key), .initial = first, .least = from, .most = to     \
    }

static const pg_field field_table[] = {
    FIELD(epochs, WHOLE, 20, 0, 1e6, "passes over the data"),
    FIELD(batch, WHOLE, 100, 1, 1e6, "examples per step"),
    FIELD(labelled_batch, WHOLE, 100, 1, 1e6, "labelled examples per step, with supervise"),
    FIELD(shards, WHOLE, 8, 1, PG_MAX_SHARDS,
          "parts that a batch is cut into, for threads to share"),
    FIELD(seed, SEED, 0, 0, 0x1p53, "start of the random numbers"),
    {.name = "precision",
     .summary = "of the decoder's convolutions: fp32 or bf16",
     .kind = PG_FIELD_WORD,
     .offset = offsetof(pg_train_options, precision),
     .words = precision_words},
    FIELD(supervise, SWITCH, 0, 0, 1, "learn categories from labels"),
    FIELD(learning_rate, REAL, 1e-3, 0, 10, "of encoder and decoder"),
    FIELD(discriminator_rate, REAL, 3e-4, 0, 10, "learning rate of the discriminator"),
    FIELD(decay_at, REAL, 0.8, 0, 1, "part of the run after which rates fall tenfold"),
    FIELD(reconstruction_weight, REAL, 70, 0, 1e9,
          "of the nll, 1: that of raw pixels; 0: no decoder"),
    FIELD(adversarial_weight, REAL, 1, 0, 1e9, "of the encoder's game; 0: no discriminator"),
    FIELD(agreement_weight, REAL, 1, 0, 1e9, "of two warps of an image being of one category"),
    FIELD(supervised_weight, REAL, 1, 0, 1e9, "of the labels' cross-entropy"),
    FIELD(free_bits, REAL, 0, 0, 1e6, "nats per dimension of the code that the KL may have for free"),
    FIELD(warm_up, REAL, 0.4, 0, 1, "part of the run in which the weight of KL or agreement grows"),
    FIELD(input_noise, REAL, 0, 0, 100, "s.d. of noise on the encoder's input, in the images' own"),
    FIELD(code_noise, REAL, 0.2, 0, 100, "s.d. of noise on the discriminator's input"),
    FIELD(shift, REAL, 2.0 / 28, 0, 1, "warp of the encoder's input: part of each side, each way"),
    FIELD(rotate, REAL, 15, 0, 180, "degrees each way"),
    FIELD(shear, REAL, 0.3, 0, 10, "ratio each way"),
    FIELD(zoom, REAL, 0.1, 0, 3, "log ratio each way"),
    FIELD(elastic, REAL, 0.5 / 28, 0, 1,
          "of second views and labelled images: s.d. of displacements, part of the shorter side"),
    FIELD(erase, REAL, 0.5, 0, 1, "and of those: part of each side that is erased, up to"),
    FIELD(plain_labels, REAL, 0.5, 0, 1, "part of the labelled images that is seen as it is"),
    FIELD(replicate_edges, SWITCH, 1, 0, 1, "outside a warped image its edge goes on; else black"),
};

enum { FIELDS = sizeof field_table / sizeof *field_table };

static const pg_fields fields = {field_table, FIELDS};

void pg_train_defaults(pg_train_options *options, const pg_config *config, bool supervise)
{
    bool noise = config->posterior == PG_POSTERIOR_NOISE;
    /* A category survives a warp; where in the plane a code lies may tell the warp itself. */
    bool warp = noise && pg_config_code_is_discrete(config);
    /* The decoder may hold two classes in one category where no labels keep them apart, and where
     * most of the nats lie in light and background, as of grey levels. As much noise as drowns
     * no stroke of black and white drowns what is drawn on a photograph. */
    bool levels = !pg_likelihood_find(pg_likelihood_resolve(config))->binary;
    bool wary = warp && (levels || !supervise);
    *options = (pg_train_options){.threads = 0};
    pg_fields_start(&fields, options);
    options->supervise = supervise || config->label_informed;
    if (wary) options->reconstruction_weight = 5;
    if (noise) options->input_noise = warp && levels ? 0.6 : 1;
    if (!warp)
        options->agreement_weight = options->warm_up = options->shift = options->rotate =
            options->shear = options->zoom = options->elastic = options->erase =
                options->plain_labels = 0;
}

/* ---- By name ---- */

pg_status pg_train_set(pg_train_options *options, const char *name, const char *value,
                       pg_error *err)
{
    const pg_field *field = pg_fields_find(&fields, name);
    if (field) return pg_field_scan(field, options, name, value, err);
    return pg_fail(err, PG_ERR_ARGUMENT, "%s: no such setting; pg-train --settings lists them",
                   name);
}

const char *pg_train_field(const pg_train_options *options, int i, const char **summary,
                           char value[64])
{
    if (i < 0 || i >= FIELDS) return NULL;
    pg_field_print(&field_table[i], options, value);
    if (summary) *summary = field_table[i].summary;
    return field_table[i].name;
}

static pg_status check_labels(const pg_train_options *options, const pg_config *config,
                              pg_error *err)
{
    if (config->label_informed && !options->supervise)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "label_informed: takes the labels; give --supervise, or label_informed=0");
    if (!options->supervise || config->label_informed || pg_config_has_categories(config))
        return PG_OK;
    if (config->prior == PG_PRIOR_MIXTURE)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "supervise, prior mixture: labels name components to the discriminator; "
                       "set label_informed=1, with pull gan");
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "supervise: labels teach categories, or the components of a mixture; use prior "
                   "categorical:K or mixture:K");
}

pg_status pg_train_check(const pg_train_options *options, const pg_config *config, pg_error *err)
{
    pg_status status = pg_fields_check(&fields, options, err);
    return status == PG_OK ? check_labels(options, config, err) : status;
}
