#include "model/config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/field.h"
#include "model/flow.h"
#include "model/prior.h"
#include "pixelgan/stream.h"

/* ---- The fields ---- */

static const char *const encoder_words[] = {"plain", "residual", NULL};
static const char *const decoder_words[] = {"pixelcnn", "factorised", NULL};
static const char *const posterior_words[] = {"deterministic", "gaussian", "noise", NULL};
static const char *const pull_words[] = {"none", "gan", "kl", NULL};
static const char *const condition_words[] = {"invariant", "dependent", NULL};
static const char *const likelihood_words[] = {"auto", "bernoulli", "softmax", "logistic", NULL};
static const char *const normalize_words[] = {"auto", "none", "mean", "standard", "contrast", NULL};

static pg_status scan_prior(void *config, const char *text, pg_error *err)
{
    return pg_config_parse_prior(config, text, err);
}

static void print_prior(const void *config, char text[PG_FIELD_TEXT])
{
    pg_prior_print(config, text, PG_FIELD_TEXT);
}

/* The last of a WORD or NUMBER is what models have that were written before it came, NULL where all
 * say it. */
#define WORD(key, first, about, older)                                                             \
    {                                                                                              \
        .name = #key, .summary = about, .kind = PG_FIELD_WORD, .offset = offsetof(pg_config, key), \
        .initial = first, .words = key##_words, .before = older                                    \
    }
#define NUMBER(key, first, from, to, word, about, older)                                           \
    {                                                                                              \
        .name = #key, .summary = about, .kind = PG_FIELD_WHOLE,                                    \
        .offset = offsetof(pg_config, key), .initial = first, .least = from, .most = to,           \
        .special = word, .before = older                                                           \
    }

static const pg_field field_table[] = {
    WORD(encoder, PG_ENCODER_PLAIN,
         "plain: convolutions one after the other, or residual: in residual blocks", "plain"),
    WORD(decoder, PG_DECODER_PIXELCNN, "pixelcnn, or factorised: pixels independent given the code",
         NULL),
    WORD(posterior, PG_POSTERIOR_NOISE,
         "how the code follows from the image: deterministic, gaussian or noise", NULL),
    WORD(pull, PG_PULL_GAN, "what pulls the codes to the prior: gan, kl or none", NULL),
    WORD(condition, PG_CONDITION_DEPENDENT,
         "how the code enters a PixelCNN: dependent on the location, or invariant", NULL),
    WORD(likelihood, PG_LIKELIHOOD_AUTO, "of a pixel: auto, bernoulli, softmax or logistic", NULL),
    WORD(normalize, PG_NORMALIZE_AUTO,
         "of what the encoder sees: auto, none, mean, standard or contrast", "none"),
    NUMBER(height, 28, 1, PG_MAX_SIDE, NULL, "rows of an image; the data's", NULL),
    NUMBER(width, 28, 1, PG_MAX_SIDE, NULL, "pixels of a row; the data's", NULL),
    NUMBER(channels, 1, 1, PG_MAX_CHANNELS, NULL, "numbers per pixel; as the data have", NULL),
    NUMBER(mixtures, 5, 1, PG_MAX_MIXTURES, NULL, "components of likelihood logistic", "5"),
    NUMBER(features, 16, 1, PG_MAX_FEATURES, NULL, "feature maps of the PixelCNN", NULL),
    NUMBER(blocks, 3, 1, PG_MAX_BLOCKS, NULL, "residual blocks of the PixelCNN", NULL),
    NUMBER(receptive_field, 0, 0, 2 * PG_MAX_SIDE + 1, "full",
           "side of what a pixel sees, odd; 0: what the blocks give; or full", NULL),
    NUMBER(map_cell, PG_AUTO, 1, PG_MAX_SIDE, "auto",
           "side of the pixels for a number of a category's map; auto: by the size of the images",
           "1"),
    NUMBER(encoder_depth, PG_AUTO, 1, PG_MAX_DEPTH, "auto",
           "how often the encoder halves the sides; or auto", "3"),
    NUMBER(encoder_blocks, 2, 1, PG_MAX_ENCODER_BLOCKS, NULL,
           "residual blocks of an encoder of such, for each halving but the first", "2"),
    NUMBER(upsampler_depth, PG_AUTO, 1, PG_MAX_DEPTH, "auto",
           "convolutions from a continuous code to a map or an image; or auto", "2"),
    NUMBER(encoder_features, 32, 1, PG_MAX_FEATURES, NULL,
           "maps of the encoder's first convolution, and of its mirror's last", NULL),
    NUMBER(hidden, 256, 1, PG_MAX_UNITS, NULL,
           "units of the encoder's dense layer, and of its mirror's", NULL),
    NUMBER(discriminator_hidden, 256, 1, PG_MAX_UNITS, NULL, "units of its two hidden layers",
           NULL),
    NUMBER(label_informed, 0, 0, 1, NULL, "the discriminator is told labels (prior mixture)", "0"),
    NUMBER(flow_steps, 2, 1, PG_MAX_FLOW_STEPS, NULL, "steps of a flow prior", "2"),
    NUMBER(flow_hidden, 128, 1, PG_MAX_UNITS, NULL, "units of their two hidden layers", "128"),
    {.name = "prior",
     .summary = "none, gaussian:D, mixture:K, categorical:K, label:K or flow:D",
     .kind = PG_FIELD_OWN,
     .scan = scan_prior,
     .print = print_prior},
};

enum { FIELDS = sizeof field_table / sizeof *field_table };
_Static_assert((int)FIELDS <= (int)PG_CONFIG_PAIRS, "room for every field");

static const pg_fields fields = {field_table, FIELDS};

void pg_config_defaults(pg_config *config)
{
    *config = (pg_config){.prior = PG_PRIOR_CATEGORICAL, .code_dim = 30, .components = 30};
    pg_fields_start(&fields, config);
}

/* ---- The prior ---- */

static bool parse_size(const char *text, int *number)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < 1 || value > PG_MAX_CODE) return false;
    *number = (int)value;
    return true;
}

static int find_prior(const char *text, size_t length)
{
    const pg_prior *prior;
    for (int kind = 0; (prior = pg_prior_find(kind)); kind++)
        if (strlen(prior->name) == length && strncmp(prior->name, text, length) == 0) return kind;
    return -1;
}

/* "none, gaussian:D, ..." */
static void list_priors(char *list, size_t room)
{
    const pg_prior *prior;
    size_t used = 0;
    for (int kind = 0; (prior = pg_prior_find(kind)) && used < room; kind++)
        used += snprintf(list + used, room - used, "%s%s%s%s", kind ? ", " : "", prior->name,
                         prior->size ? ":" : "", prior->size ? prior->size : "");
}

pg_status pg_config_parse_prior(pg_config *config, const char *text, pg_error *err)
{
    size_t length = strcspn(text, ":");
    int kind = find_prior(text, length), number = 0;
    char list[160];
    list_priors(list, sizeof list);
    if (kind < 0)
        return pg_fail(err, PG_ERR_ARGUMENT, "prior '%s': unknown, use one of %s", text, list);
    const char *size = pg_prior_find(kind)->size;
    if (!size != !text[length] || (size && !parse_size(text + length + 1, &number)))
        return pg_fail(err, PG_ERR_ARGUMENT, "prior '%s': write %s%s%s with a whole number%s", text,
                       pg_prior_find(kind)->name, size ? ":" : "", size ? size : "",
                       size ? " from 1" : ", without one");
    config->prior = kind;
    pg_prior_find(kind)->resize(config, number);
    return PG_OK;
}

/* ---- By name ---- */

pg_status pg_config_set(pg_config *config, const char *key, const char *value, pg_error *err)
{
    const pg_field *field = pg_fields_find(&fields, key);
    if (field) return pg_field_scan(field, config, key, value, err);
    return pg_fail(err, PG_ERR_UNSUPPORTED, "%s: no such setting of a model", key);
}

const char *pg_config_field(const pg_config *config, int i, const char **summary, char value[64])
{
    if (i < 0 || i >= FIELDS) return NULL;
    pg_field_print(&field_table[i], config, value);
    if (summary) *summary = field_table[i].summary;
    return field_table[i].name;
}

void pg_config_print(const pg_config *config, pg_text_pair pairs[PG_CONFIG_PAIRS])
{
    memset(pairs, 0, PG_CONFIG_PAIRS * sizeof *pairs);
    for (int i = 0; i < FIELDS; i++) {
        snprintf(pairs[i].key, sizeof pairs[i].key, "%s", field_table[i].name);
        pg_field_print(&field_table[i], config, pairs[i].value);
    }
}

pg_status pg_config_scan(pg_config *config, const char *(*get)(const void *from, const char *key),
                         const void *from, pg_error *err)
{
    pg_config_defaults(config);
    for (int i = 0; i < FIELDS; i++) {
        const pg_field *field = &field_table[i];
        const char *value = get(from, field->name);
        if (!value) value = field->before;
        if (!value)
            return pg_fail(err, PG_ERR_FORMAT, "metadata has no '%s': not a model of pixelgan",
                           field->name);
        pg_status status = pg_field_scan(field, config, field->name, value, err);
        if (status != PG_OK) return status;
    }
    return pg_config_check(config, err);
}

/* ---- Checks ---- */

static pg_status check_field(const pg_config *config, pg_error *err)
{
    int side = config->receptive_field;
    if (side <= 0) return PG_OK;
    if (side % 2 == 0)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "receptive_field %d: must be odd (the pixel is in the middle), try %d", side,
                       side + 1);
    if (side < 3)
        return pg_fail(err, PG_ERR_ARGUMENT, "receptive_field %d: must be at least 3", side);
    return PG_OK;
}

static pg_status check_numbers(const pg_config *config, pg_error *err)
{
    pg_status status = pg_fields_check(&fields, config, err);
    if (status != PG_OK) return status;
    if ((long)config->height * config->width > PG_MAX_IMAGE_BYTES / config->channels)
        return pg_fail(err, PG_ERR_LIMIT, "images of %dx%dx%d: must have at most %d numbers",
                       config->height, config->width, config->channels, PG_MAX_IMAGE_BYTES);
    return check_field(config, err);
}

static const char *prior_name(const pg_config *config)
{
    return pg_prior_find(config->prior)->name;
}

/* Models whose code is given, not found by an encoder: nothing pulls at it. */
static pg_status check_given_code(const pg_config *config, pg_error *err)
{
    if (config->pull == PG_PULL_KL)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "pull kl, prior %s: there is no encoder, hence nothing to pull; leave pull "
                       "out",
                       prior_name(config));
    if (config->decoder == PG_DECODER_FACTORISED && !pg_config_has_code(config))
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "decoder factorised, prior none: without a code it would draw the same "
                       "image always; use prior gaussian:D");
    return PG_OK;
}

static pg_status check_kl(const pg_config *config, pg_error *err)
{
    if (pg_config_code_is_discrete(config))
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "pull kl, prior %s: a category cannot be drawn with a gradient; use pull "
                       "gan, or a continuous prior",
                       prior_name(config));
    if (config->posterior != PG_POSTERIOR_GAUSSIAN)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "pull kl, posterior %s: needs the density of q(z|x); use posterior gaussian",
                       posterior_words[config->posterior]);
    return PG_OK;
}

static pg_status check_encoder(const pg_config *config, pg_error *err)
{
    if (config->posterior == PG_POSTERIOR_GAUSSIAN && pg_config_code_is_discrete(config))
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "posterior gaussian, prior %s: a category has no variance; use posterior "
                       "noise or deterministic",
                       prior_name(config));
    if (config->prior == PG_PRIOR_FLOW && config->pull != PG_PULL_KL)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "prior flow, pull %s: only the bound trains the prior itself; use pull kl "
                       "with posterior gaussian",
                       pull_words[config->pull]);
    return config->pull == PG_PULL_KL ? check_kl(config, err) : PG_OK;
}

static pg_status check_label_informed(const pg_config *config, pg_error *err)
{
    if (!config->label_informed) return PG_OK;
    if (config->prior == PG_PRIOR_MIXTURE && config->pull == PG_PULL_GAN) return PG_OK;
    return pg_fail(err, PG_ERR_UNSUPPORTED,
                   "label_informed, prior %s, pull %s: it tells a discriminator the component of "
                   "a mixture; use prior mixture:K and pull gan",
                   prior_name(config), pull_words[config->pull]);
}

static pg_status check_combination(const pg_config *config, pg_error *err)
{
    pg_status status =
        pg_config_has_encoder(config) ? check_encoder(config, err) : check_given_code(config, err);
    return status == PG_OK ? check_label_informed(config, err) : status;
}

static pg_status check_code(const pg_config *config, pg_error *err)
{
    if (pg_config_has_code(config) != (config->code_dim > 0) || config->code_dim > PG_MAX_CODE)
        return pg_fail(err, PG_ERR_ARGUMENT, "code of %d dimensions: does not fit prior %s",
                       config->code_dim, prior_name(config));
    if (pg_config_code_is_discrete(config) &&
        (config->components != config->code_dim || config->components < 2))
        return pg_fail(err, PG_ERR_ARGUMENT, "prior %s:%d: needs at least 2 categories",
                       prior_name(config), config->components);
    if (config->prior == PG_PRIOR_MIXTURE && (config->components < 1 || config->code_dim != 2))
        return pg_fail(err, PG_ERR_ARGUMENT, "prior mixture:%d: needs components in 2 dimensions",
                       config->components);
    return PG_OK;
}

pg_status pg_config_check(const pg_config *config, pg_error *err)
{
    pg_status status = check_numbers(config, err);
    if (status == PG_OK) status = check_code(config, err);
    if (status == PG_OK) status = check_combination(config, err);
    return status;
}

/* ---- What a configuration has ---- */

bool pg_config_has_code(const pg_config *config)
{
    return config->prior != PG_PRIOR_NONE;
}

bool pg_config_code_is_discrete(const pg_config *config)
{
    return pg_prior_find(config->prior)->discrete;
}

bool pg_config_code_is_label(const pg_config *config)
{
    return config->prior == PG_PRIOR_LABEL;
}

bool pg_config_has_encoder(const pg_config *config)
{
    return pg_config_has_code(config) && !pg_config_code_is_label(config);
}

bool pg_config_has_categories(const pg_config *config)
{
    return pg_config_has_encoder(config) && pg_config_code_is_discrete(config);
}

bool pg_config_has_discriminator(const pg_config *config)
{
    return pg_config_has_encoder(config) && config->pull == PG_PULL_GAN;
}

double pg_config_bits_per_dimension(const pg_config *config, double nats)
{
    return nats / ((double)config->height * config->width * config->channels) / M_LN2;
}
