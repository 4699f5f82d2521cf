#include "model/config.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/flow.h"
#include "model/prior.h"
#include "pixelgan/stream.h"

void pg_config_defaults(pg_config *config)
{
    *config = (pg_config){
        .height = 28,
        .width = 28,
        .channels = 1,
        .encoder = PG_ENCODER_PLAIN,
        .decoder = PG_DECODER_PIXELCNN,
        .prior = PG_PRIOR_CATEGORICAL,
        .code_dim = 30,
        .components = 30,
        .posterior = PG_POSTERIOR_NOISE,
        .pull = PG_PULL_GAN,
        .condition = PG_CONDITION_DEPENDENT,
        .likelihood = PG_LIKELIHOOD_AUTO,
        .normalize = PG_NORMALIZE_AUTO,
        .mixtures = 5,
        .features = 16,
        .blocks = 3,
        .receptive_field = 0,
        .map_cell = PG_AUTO,
        .encoder_depth = PG_AUTO,
        .encoder_blocks = 2,
        .upsampler_depth = PG_AUTO,
        .encoder_features = 32,
        .hidden = 256,
        .discriminator_hidden = 256,
        .label_informed = 0,
        .flow_steps = 2,
        .flow_hidden = 128,
    };
}

/* ---- Tables of words ---- */

static const char *const encoder_words[] = {"plain", "residual", NULL};
static const char *const decoder_words[] = {"pixelcnn", "factorised", NULL};
static const char *const posterior_words[] = {"deterministic", "gaussian", "noise", NULL};
static const char *const pull_words[] = {"none", "gan", "kl", NULL};
static const char *const condition_words[] = {"invariant", "dependent", NULL};
static const char *const likelihood_words[] = {"auto", "bernoulli", "softmax", "logistic", NULL};
static const char *const normalize_words[] = {"auto", "none", "mean", "standard", "contrast", NULL};

static const struct word_field {
    const char *key;
    const char *const *words;
    size_t offset;
    const char *summary;
} word_fields[] = {
    {"encoder", encoder_words, offsetof(pg_config, encoder),
     "plain: convolutions one after the other, or residual: in residual blocks"},
    {"decoder", decoder_words, offsetof(pg_config, decoder),
     "pixelcnn, or factorised: pixels independent given the code"},
    {"posterior", posterior_words, offsetof(pg_config, posterior),
     "how the code follows from the image: deterministic, gaussian or noise"},
    {"pull", pull_words, offsetof(pg_config, pull),
     "what pulls the codes to the prior: gan, kl or none"},
    {"condition", condition_words, offsetof(pg_config, condition),
     "how the code enters a PixelCNN: dependent on the location, or invariant"},
    {"likelihood", likelihood_words, offsetof(pg_config, likelihood),
     "of a pixel: auto, bernoulli, softmax or logistic"},
    {"normalize", normalize_words, offsetof(pg_config, normalize),
     "of what the encoder sees: auto, none, mean, standard or contrast"},
};

static const struct number_field {
    const char *key;
    size_t offset;
    int least, most;
    const char *word; /* what may stand in the number's place, for -1 */
    bool later;       /* came after the first models were written: may be missing */
    const char *summary;
} number_fields[] = {
#define NUMBER(name, least, most, word, later, summary)                                            \
    {                                                                                              \
#name, offsetof(pg_config, name), least, most, word, later, summary                        \
    }
    NUMBER(height, 1, PG_MAX_SIDE, NULL, false, "rows of an image; the data's"),
    NUMBER(width, 1, PG_MAX_SIDE, NULL, false, "pixels of a row; the data's"),
    NUMBER(channels, 1, PG_MAX_CHANNELS, NULL, false, "numbers a pixel; the data's"),
    NUMBER(mixtures, 1, PG_MAX_MIXTURES, NULL, true, "components of likelihood logistic"),
    NUMBER(features, 1, PG_MAX_FEATURES, NULL, false, "feature maps of the PixelCNN"),
    NUMBER(blocks, 1, PG_MAX_BLOCKS, NULL, false, "residual blocks of the PixelCNN"),
    NUMBER(receptive_field, 0, 2 * PG_MAX_SIDE + 1, "full", false,
           "side of what a pixel sees, odd; 0: what the blocks give; or full"),
    NUMBER(map_cell, 1, PG_MAX_SIDE, "auto", true,
           "side of the pixels for a number of a category's map; auto: by the size of the images"),
    NUMBER(encoder_depth, 1, PG_MAX_DEPTH, "auto", true,
           "how often the encoder halves the sides; or auto"),
    NUMBER(encoder_blocks, 1, PG_MAX_ENCODER_BLOCKS, NULL, true,
           "residual blocks of an encoder of such, for each halving but the first"),
    NUMBER(upsampler_depth, 1, PG_MAX_DEPTH, "auto", true,
           "convolutions from a continuous code to a map or an image; or auto"),
    NUMBER(encoder_features, 1, PG_MAX_FEATURES, NULL, false,
           "maps of the encoder's first convolution, and of its mirror's last"),
    NUMBER(hidden, 1, PG_MAX_UNITS, NULL, false,
           "units of the encoder's dense layer, and of its mirror's"),
    NUMBER(discriminator_hidden, 1, PG_MAX_UNITS, NULL, false, "units of its two hidden layers"),
    NUMBER(label_informed, 0, 1, NULL, true, "the discriminator is told labels (prior mixture)"),
    NUMBER(flow_steps, 1, PG_MAX_FLOW_STEPS, NULL, true, "steps of a flow prior"),
    NUMBER(flow_hidden, 1, PG_MAX_UNITS, NULL, true, "units of their two hidden layers"),
};

enum {
    WORD_FIELDS = sizeof word_fields / sizeof *word_fields,
    NUMBER_FIELDS = sizeof number_fields / sizeof *number_fields
};
_Static_assert(WORD_FIELDS + NUMBER_FIELDS + 1 <= PG_CONFIG_PAIRS, "room for every field");

static int *field(pg_config *config, size_t offset)
{
    return (int *)((char *)config + offset);
}

static int field_value(const pg_config *config, size_t offset)
{
    return *(const int *)((const char *)config + offset);
}

/* ---- Parsing ---- */

static bool parse_number(const char *text, long least, long most, int *number)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < least || value > most) return false;
    *number = value;
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
    if (!size != !text[length] ||
        (size && !parse_number(text + length + 1, 1, PG_MAX_CODE, &number)))
        return pg_fail(err, PG_ERR_ARGUMENT, "prior '%s': write %s%s%s with a whole number%s", text,
                       pg_prior_find(kind)->name, size ? ":" : "", size ? size : "",
                       size ? " from 1" : ", without one");
    config->prior = kind;
    pg_prior_find(kind)->resize(config, number);
    return PG_OK;
}

/* Equal but for dashes, which count as underscores. */
static bool same_name(const char *key, const char *text)
{
    for (; *key && *text; key++, text++)
        if (*key != (*text == '-' ? '_' : *text)) return false;
    return *key == *text;
}

static int find_word(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], text) == 0) return i;
    return -1;
}

pg_status pg_config_set(pg_config *config, const char *key, const char *value, pg_error *err)
{
    for (int i = 0; i < WORD_FIELDS; i++) {
        if (!same_name(word_fields[i].key, key)) continue;
        int word = find_word(word_fields[i].words, value);
        if (word >= 0) {
            *field(config, word_fields[i].offset) = word;
            return PG_OK;
        }
        char list[128] = "";
        for (int w = 0; word_fields[i].words[w]; w++)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", w ? ", " : "",
                     word_fields[i].words[w]);
        return pg_fail(err, PG_ERR_ARGUMENT, "%s '%s': unknown, use one of %s", key, value, list);
    }
    for (int i = 0; i < NUMBER_FIELDS; i++) {
        const struct number_field *f = &number_fields[i];
        if (!same_name(f->key, key)) continue;
        if (f->word && strcmp(value, f->word) == 0) {
            *field(config, f->offset) = -1;
            return PG_OK;
        }
        if (parse_number(value, f->least, f->most, field(config, f->offset))) return PG_OK;
        return pg_fail(err, PG_ERR_ARGUMENT, "%s '%s': must be a whole number from %d to %d%s%s",
                       key, value, f->least, f->most, f->word ? " or " : "",
                       f->word ? f->word : "");
    }
    if (strcmp(key, "prior") == 0) return pg_config_parse_prior(config, value, err);
    return pg_fail(err, PG_ERR_UNSUPPORTED, "%s: no such setting of a model", key);
}

void pg_config_print(const pg_config *config, pg_text_pair pairs[PG_CONFIG_PAIRS])
{
    memset(pairs, 0, PG_CONFIG_PAIRS * sizeof *pairs);
    int n = 0;
    for (int i = 0; i < WORD_FIELDS; i++, n++) {
        snprintf(pairs[n].key, sizeof pairs[n].key, "%s", word_fields[i].key);
        snprintf(pairs[n].value, sizeof pairs[n].value, "%s",
                 word_fields[i].words[field_value(config, word_fields[i].offset)]);
    }
    for (int i = 0; i < NUMBER_FIELDS; i++, n++) {
        int value = field_value(config, number_fields[i].offset);
        snprintf(pairs[n].key, sizeof pairs[n].key, "%s", number_fields[i].key);
        if (number_fields[i].word && value == -1)
            snprintf(pairs[n].value, sizeof pairs[n].value, "%s", number_fields[i].word);
        else
            snprintf(pairs[n].value, sizeof pairs[n].value, "%d", value);
    }
    snprintf(pairs[n].key, sizeof pairs[n].key, "prior");
    pg_prior_print(config, pairs[n].value, sizeof pairs[n].value);
}

const char *pg_config_field(const pg_config *config, int i, const char **summary, char value[64])
{
    static const char priors[] = "none, gaussian:D, mixture:K, categorical:K, label:K or flow:D";
    pg_text_pair pairs[PG_CONFIG_PAIRS];
    if (i < 0 || i >= WORD_FIELDS + NUMBER_FIELDS + 1) return NULL;
    pg_config_print(config, pairs);
    snprintf(value, 64, "%s", pairs[i].value);
    bool word = i < WORD_FIELDS, number = !word && i < WORD_FIELDS + NUMBER_FIELDS;
    const struct number_field *f = &number_fields[number ? i - WORD_FIELDS : 0];
    if (summary) *summary = word ? word_fields[i].summary : number ? f->summary : priors;
    return word ? word_fields[i].key : number ? f->key : "prior";
}

static bool came_later(const char *key)
{
    for (int i = 0; i < NUMBER_FIELDS; i++)
        if (strcmp(number_fields[i].key, key) == 0) return number_fields[i].later;
    return strcmp(key, "normalize") == 0 || strcmp(key, "encoder") == 0;
}

pg_status pg_config_scan(pg_config *config, const char *(*get)(const void *from, const char *key),
                         const void *from, pg_error *err)
{
    pg_text_pair pairs[PG_CONFIG_PAIRS];
    pg_config_defaults(config);
    config->normalize = PG_NORMALIZE_NONE; /* what models had that do not say */
    config->map_cell = 1;
    config->encoder_depth = 3;
    config->upsampler_depth = 2;
    pg_config_print(config, pairs);
    for (int i = 0; i < PG_CONFIG_PAIRS && pairs[i].key[0]; i++) {
        const char *value = get(from, pairs[i].key);
        if (!value && came_later(pairs[i].key)) continue;
        if (!value)
            return pg_fail(err, PG_ERR_FORMAT, "metadata has no '%s': not a model of pixelgan",
                           pairs[i].key);
        pg_status status = pg_config_set(config, pairs[i].key, value, err);
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
    for (int i = 0; i < NUMBER_FIELDS; i++) {
        const struct number_field *f = &number_fields[i];
        int value = field_value(config, f->offset);
        if ((value < f->least || value > f->most) && !(f->word && value == -1))
            return pg_fail(err, PG_ERR_ARGUMENT, "%s %d: must be from %d to %d", f->key, value,
                           f->least, f->most);
    }
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
