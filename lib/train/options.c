#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "model/likelihood.h"
#include "nn/group.h"
#include "pixelgan/train.h"

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
    *options = (pg_train_options){
        .epochs = 20,
        .batch = 100,
        .labelled_batch = 100,
        .shards = 8,
        .learning_rate = 1e-3,
        .discriminator_rate = 3e-4,
        .decay_at = 0.8,
        .reconstruction_weight = wary ? 5 : 70,
        .adversarial_weight = 1,
        .agreement_weight = warp ? 1 : 0,
        .supervised_weight = 1,
        .supervise = supervise || config->label_informed,
        .free_bits = 0,
        .warm_up = warp ? 0.4 : 0,
        .input_noise = warp && levels ? 0.6
                       : noise        ? 1
                                      : 0,
        .code_noise = 0.2,
        .shift = warp ? 2.0 / 28 : 0, /* 2 pixels of a digit */
        .rotate = warp ? 15 : 0,
        .shear = warp ? 0.3 : 0,
        .zoom = warp ? 0.1 : 0,
        .elastic = warp ? 0.5 / 28 : 0,
        .erase = warp ? 0.5 : 0,
        .plain_labels = warp ? 0.5 : 0,
        .replicate_edges = true,
    };
}

/* ---- Fields by name ---- */

typedef enum field_kind { WHOLE, REAL, SWITCH, SEED, PRECISION } field_kind;

static const char *const precision_words[] = {"fp32", "bf16"};

static const struct field {
    const char *name;
    field_kind kind;
    size_t offset;
    double least, most;
    const char *summary;
} fields[] = {
#define FIELD(name, kind, least, most, summary)                                                    \
    {                                                                                              \
#name, kind, offsetof(pg_train_options, name), least, most, summary                        \
    }
    FIELD(epochs, WHOLE, 0, 1e6, "passes over the data"),
    FIELD(batch, WHOLE, 1, 1e6, "examples a step"),
    FIELD(labelled_batch, WHOLE, 1, 1e6, "labelled examples a step, with supervise"),
    FIELD(shards, WHOLE, 1, PG_MAX_SHARDS, "parts that a batch is cut into, for threads to share"),
    FIELD(seed, SEED, 0, 0x1p53, "start of the random numbers"),
    FIELD(precision, PRECISION, 0, 1, "of the decoder's convolutions: fp32 or bf16"),
    FIELD(supervise, SWITCH, 0, 1, "learn categories from labels"),
    FIELD(learning_rate, REAL, 0, 10, "of encoder and decoder"),
    FIELD(discriminator_rate, REAL, 0, 10, "learning rate of the discriminator"),
    FIELD(decay_at, REAL, 0, 1, "part of the run after which rates fall tenfold"),
    FIELD(reconstruction_weight, REAL, 0, 1e9, "of the nll, 1: that of raw pixels; 0: no decoder"),
    FIELD(adversarial_weight, REAL, 0, 1e9, "of the encoder's game; 0: no discriminator"),
    FIELD(agreement_weight, REAL, 0, 1e9, "of two warps of an image being of one category"),
    FIELD(supervised_weight, REAL, 0, 1e9, "of the labels' cross-entropy"),
    FIELD(free_bits, REAL, 0, 1e6, "nats a dimension of the code that the KL may have for free"),
    FIELD(warm_up, REAL, 0, 1, "part of the run in which the weight of KL or agreement grows"),
    FIELD(input_noise, REAL, 0, 100, "s.d. of noise on the encoder's input, in the images' own"),
    FIELD(code_noise, REAL, 0, 100, "s.d. of noise on the discriminator's input"),
    FIELD(shift, REAL, 0, 1, "warp of the encoder's input: part of each side, each way"),
    FIELD(rotate, REAL, 0, 180, "degrees each way"),
    FIELD(shear, REAL, 0, 10, "ratio each way"),
    FIELD(zoom, REAL, 0, 3, "log ratio each way"),
    FIELD(elastic, REAL, 0, 1,
          "of second views and labelled images: s.d. of displacements, part of the shorter side"),
    FIELD(erase, REAL, 0, 1, "and of those: part of each side that is erased, up to"),
    FIELD(plain_labels, REAL, 0, 1, "part of the labelled images that is seen as it is"),
    FIELD(replicate_edges, SWITCH, 0, 1, "outside a warped image its edge goes on; else black"),
};

enum { FIELDS = sizeof fields / sizeof *fields };

static double field_value(const pg_train_options *options, const struct field *f)
{
    const char *at = (const char *)options + f->offset;
    switch (f->kind) {
    case WHOLE:
        return *(const int *)at;
    case REAL:
        return *(const double *)at;
    case SWITCH:
        return *(const bool *)at;
    case PRECISION:
        return *(const pg_precision *)at;
    default:
        return *(const uint64_t *)at;
    }
}

static void set_field(pg_train_options *options, const struct field *f, double value)
{
    char *at = (char *)options + f->offset;
    switch (f->kind) {
    case WHOLE:
        *(int *)at = value;
        break;
    case REAL:
        *(double *)at = value;
        break;
    case SWITCH:
        *(bool *)at = value != 0;
        break;
    case PRECISION:
        *(pg_precision *)at = value == 1 ? PG_PRECISION_BF16 : PG_PRECISION_FP32;
        break;
    default:
        *(uint64_t *)at = value;
    }
}

static bool same_name(const char *name, const char *text)
{
    for (; *name && *text; name++, text++)
        if (*name != (*text == '-' ? '_' : *text)) return false;
    return *name == *text;
}

static pg_status check_field(const struct field *f, double value, pg_error *err)
{
    bool whole = f->kind == REAL || value == floor(value);
    if (whole && value >= f->least && value <= f->most) return PG_OK; /* false for NaN */
    return pg_fail(err, PG_ERR_ARGUMENT, "%s %g: must be a%s number from %g to %g", f->name, value,
                   f->kind == REAL ? "" : " whole", f->least, f->most);
}

static bool parse_value(const struct field *f, const char *text, double *value)
{
    if (f->kind == PRECISION) {
        *value = strcmp(text, precision_words[1]) == 0;
        return *value || strcmp(text, precision_words[0]) == 0;
    }
    char *end;
    errno = 0;
    *value = pg_parse_double(text, &end);
    return end != text && !*end && !errno;
}

pg_status pg_train_set(pg_train_options *options, const char *name, const char *value,
                       pg_error *err)
{
    for (int i = 0; i < FIELDS; i++) {
        if (!same_name(fields[i].name, name)) continue;
        double number;
        if (!parse_value(&fields[i], value, &number))
            return pg_fail(err, PG_ERR_ARGUMENT, "%s '%s': is not %s", name, value,
                           fields[i].kind == PRECISION ? "fp32 or bf16" : "a number");
        pg_status status = check_field(&fields[i], number, err);
        if (status == PG_OK) set_field(options, &fields[i], number);
        return status;
    }
    return pg_fail(err, PG_ERR_ARGUMENT, "%s: no such setting; pg-train --settings lists them",
                   name);
}

/* With as many digits as it takes to read the same number back. */
static void print_exactly(double number, char value[64])
{
    pg_format(value, 64, "%.10g", number);
    if (pg_parse_double(value, NULL) != number) pg_format(value, 64, "%.17g", number);
}

const char *pg_train_field(const pg_train_options *options, int i, const char **summary,
                           char value[64])
{
    if (i < 0 || i >= FIELDS) return NULL;
    if (fields[i].kind == PRECISION)
        snprintf(value, 64, "%s", precision_words[options->precision]);
    else
        print_exactly(field_value(options, &fields[i]), value);
    if (summary) *summary = fields[i].summary;
    return fields[i].name;
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
    for (int i = 0; i < FIELDS; i++) {
        pg_status status = check_field(&fields[i], field_value(options, &fields[i]), err);
        if (status != PG_OK) return status;
    }
    return check_labels(options, config, err);
}
