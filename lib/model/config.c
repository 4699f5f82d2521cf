#include "model/config.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/prior.h"
#include "pixelgan/stream.h"

void pg_config_defaults(pg_config *config)
{
    *config = (pg_config){
        .height = 28,
        .width = 28,
        .channels = 1,
        .decoder = PG_DECODER_PIXELCNN,
        .prior = PG_PRIOR_CATEGORICAL,
        .code_dim = 30,
        .components = 30,
        .posterior = PG_POSTERIOR_NOISE,
        .pull = PG_PULL_GAN,
        .condition = PG_CONDITION_DEPENDENT,
        .likelihood = PG_LIKELIHOOD_BERNOULLI,
        .features = 16,
        .blocks = 3,
        .receptive_field = 0,
        .encoder_features = 32,
        .hidden = 256,
        .discriminator_hidden = 256,
    };
}

/* ---- Tables of words ---- */

static const char *const decoder_words[] = {"pixelcnn", "factorised", NULL};
static const char *const posterior_words[] = {"deterministic", "gaussian", "noise", NULL};
static const char *const pull_words[] = {"none", "gan", "kl", NULL};
static const char *const condition_words[] = {"invariant", "dependent", NULL};
static const char *const likelihood_words[] = {"bernoulli", NULL};

static const struct word_field {
    const char *key;
    const char *const *words;
    size_t offset;
} word_fields[] = {
    {"decoder", decoder_words, offsetof(pg_config, decoder)},
    {"posterior", posterior_words, offsetof(pg_config, posterior)},
    {"pull", pull_words, offsetof(pg_config, pull)},
    {"condition", condition_words, offsetof(pg_config, condition)},
    {"likelihood", likelihood_words, offsetof(pg_config, likelihood)},
};

static const struct number_field {
    const char *key;
    size_t offset;
    int least, most;
} number_fields[] = {
    {"height", offsetof(pg_config, height), 1, PG_MAX_SIDE},
    {"width", offsetof(pg_config, width), 1, PG_MAX_SIDE},
    {"channels", offsetof(pg_config, channels), 1, PG_MAX_CHANNELS},
    {"features", offsetof(pg_config, features), 1, 1024},
    {"blocks", offsetof(pg_config, blocks), 1, 64},
    {"receptive_field", offsetof(pg_config, receptive_field), 0, 2 * PG_MAX_SIDE + 1},
    {"encoder_features", offsetof(pg_config, encoder_features), 1, 1024},
    {"hidden", offsetof(pg_config, hidden), 1, 8192},
    {"discriminator_hidden", offsetof(pg_config, discriminator_hidden), 1, 8192},
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
    for (int kind = PG_PRIOR_NONE; kind <= PG_PRIOR_LABEL; kind++) {
        const char *name = pg_prior_find(kind)->name;
        if (strlen(name) == length && strncmp(name, text, length) == 0) return kind;
    }
    return -1;
}

pg_status pg_config_parse_prior(pg_config *config, const char *text, pg_error *err)
{
    size_t length = strcspn(text, ":");
    int kind = find_prior(text, length), number = 0;
    if (kind < 0)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "prior '%s': unknown, use gaussian:D, mixture:K, categorical:K, label:K or "
                       "none",
                       text);
    const char *size = pg_prior_find(kind)->size;
    if (!size != !text[length] ||
        (size && !parse_number(text + length + 1, 1, PG_MAX_CODE, &number)))
        return pg_fail(err, PG_ERR_ARGUMENT, "prior '%s': write %s%s%s with a whole number%s", text,
                       pg_prior_find(kind)->name, size ? ":" : "", size ? size : "",
                       size ? " from 1" : ", without one");
    bool continuous = kind == PG_PRIOR_GAUSSIAN;
    config->prior = kind;
    config->code_dim = kind == PG_PRIOR_MIXTURE ? 2 : number;
    config->components = continuous ? 0 : number;
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
        if (parse_number(value, f->least, f->most, field(config, f->offset))) return PG_OK;
        return pg_fail(err, PG_ERR_ARGUMENT, "%s '%s': must be a whole number from %d to %d", key,
                       value, f->least, f->most);
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
        snprintf(pairs[n].key, sizeof pairs[n].key, "%s", number_fields[i].key);
        snprintf(pairs[n].value, sizeof pairs[n].value, "%d",
                 field_value(config, number_fields[i].offset));
    }
    snprintf(pairs[n].key, sizeof pairs[n].key, "prior");
    pg_prior_print(config, pairs[n].value, sizeof pairs[n].value);
}

const char *pg_config_field(const pg_config *config, int i, char value[64])
{
    pg_text_pair pairs[PG_CONFIG_PAIRS];
    if (i < 0 || i >= WORD_FIELDS + NUMBER_FIELDS + 1) return NULL;
    pg_config_print(config, pairs);
    snprintf(value, 64, "%s", pairs[i].value);
    if (i < WORD_FIELDS) return word_fields[i].key;
    return i < WORD_FIELDS + NUMBER_FIELDS ? number_fields[i - WORD_FIELDS].key : "prior";
}

pg_status pg_config_scan(pg_config *config, const char *(*get)(const void *from, const char *key),
                         const void *from, pg_error *err)
{
    pg_text_pair pairs[PG_CONFIG_PAIRS];
    pg_config_defaults(config);
    pg_config_print(config, pairs);
    for (int i = 0; i < PG_CONFIG_PAIRS && pairs[i].key[0]; i++) {
        const char *value = get(from, pairs[i].key);
        if (!value)
            return pg_fail(err, PG_ERR_FORMAT, "metadata has no '%s': not a model of pixelgan",
                           pairs[i].key);
        pg_status status = pg_config_set(config, pairs[i].key, value, err);
        if (status != PG_OK) return status;
    }
    return pg_config_check(config, err);
}

/* ---- Checks ---- */

static pg_status check_numbers(const pg_config *config, pg_error *err)
{
    for (int i = 0; i < NUMBER_FIELDS; i++) {
        const struct number_field *f = &number_fields[i];
        int value = field_value(config, f->offset);
        if (value < f->least || value > f->most)
            return pg_fail(err, PG_ERR_ARGUMENT, "%s %d: must be from %d to %d", f->key, value,
                           f->least, f->most);
    }
    if ((long)config->height * config->width > PG_MAX_IMAGE_BYTES / config->channels)
        return pg_fail(err, PG_ERR_LIMIT, "images of %dx%dx%d: must have at most %d numbers",
                       config->height, config->width, config->channels, PG_MAX_IMAGE_BYTES);
    if (config->receptive_field && config->receptive_field % 2 == 0)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "receptive_field %d: must be odd (the pixel is in the middle), try %d",
                       config->receptive_field, config->receptive_field + 1);
    if (config->receptive_field && config->receptive_field < 3)
        return pg_fail(err, PG_ERR_ARGUMENT, "receptive_field %d: must be at least 3",
                       config->receptive_field);
    return PG_OK;
}

static bool is_discrete(const pg_config *config)
{
    return pg_prior_find(config->prior)->discrete;
}

static pg_status check_combination(const pg_config *config, pg_error *err)
{
    if (config->decoder == PG_DECODER_FACTORISED && config->prior == PG_PRIOR_NONE)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "decoder factorised, prior none: without a code it would draw the same "
                       "image always; use prior gaussian:D");
    if (config->posterior == PG_POSTERIOR_GAUSSIAN && is_discrete(config))
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "posterior gaussian, prior %s: a category has no variance; use posterior "
                       "noise or deterministic",
                       pg_prior_find(config->prior)->name);
    if (config->pull == PG_PULL_KL &&
        (config->prior != PG_PRIOR_GAUSSIAN || config->posterior != PG_POSTERIOR_GAUSSIAN))
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "pull kl: has a closed form only for prior gaussian:D with posterior "
                       "gaussian; use pull gan");
    return PG_OK;
}

static pg_status check_code(const pg_config *config, pg_error *err)
{
    bool wants = config->prior != PG_PRIOR_NONE;
    if (wants != (config->code_dim > 0) || config->code_dim > PG_MAX_CODE)
        return pg_fail(err, PG_ERR_ARGUMENT, "code of %d dimensions: does not fit prior %s",
                       config->code_dim, pg_prior_find(config->prior)->name);
    if (is_discrete(config) && (config->components != config->code_dim || config->components < 2))
        return pg_fail(err, PG_ERR_ARGUMENT, "prior %s:%d: needs at least 2 categories",
                       pg_prior_find(config->prior)->name, config->components);
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
