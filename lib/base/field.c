#include "base/field.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

/* ---- Values: each kind's as a double ---- */

static double get_value(const pg_field *field, const void *object)
{
    const char *at = (const char *)object + field->offset;
    switch (field->kind) {
    case PG_FIELD_REAL:
        return *(const double *)at;
    case PG_FIELD_SWITCH:
        return *(const bool *)at;
    case PG_FIELD_SEED:
        return (double)*(const uint64_t *)at;
    default:
        return *(const int *)at;
    }
}

static void set_value(const pg_field *field, void *object, double value)
{
    char *at = (char *)object + field->offset;
    switch (field->kind) {
    case PG_FIELD_REAL:
        *(double *)at = value;
        break;
    case PG_FIELD_SWITCH:
        *(bool *)at = value != 0;
        break;
    case PG_FIELD_SEED:
        *(uint64_t *)at = (uint64_t)value;
        break;
    default:
        *(int *)at = (int)value;
    }
}

/* The word of a place, NULL where there is none. */
static const char *find_word(const pg_field *field, double place)
{
    for (int w = 0; field->words[w]; w++)
        if (w == place) return field->words[w];
    return NULL;
}

static bool is_valid(const pg_field *field, double value)
{
    if (field->kind == PG_FIELD_WORD) return find_word(field, value);
    if (field->special && value == -1) return true;
    return value >= field->least && value <= field->most && /* false for NaN */
           (field->kind == PG_FIELD_REAL || value == floor(value));
}

void pg_fields_start(const pg_fields *fields, void *object)
{
    for (int i = 0; i < fields->count; i++)
        if (fields->field[i].kind != PG_FIELD_OWN)
            set_value(&fields->field[i], object, fields->field[i].initial);
}

/* ---- Names ---- */

static bool same_name(const char *name, const char *text)
{
    for (; *name && *text; name++, text++)
        if (*name != (*text == '-' ? '_' : *text)) return false;
    return *name == *text;
}

const pg_field *pg_fields_find(const pg_fields *fields, const char *name)
{
    for (int i = 0; i < fields->count; i++)
        if (same_name(fields->field[i].name, name)) return &fields->field[i];
    return NULL;
}

/* ---- Text ---- */

static pg_status refuse_number(const pg_field *field, const char *name, const char *text,
                               pg_error *err)
{
    char range[128];
    pg_format(range, sizeof range, "%.10g to %.10g", field->least, field->most);
    return pg_fail(err, PG_ERR_ARGUMENT, "%s '%s': must be a%s number from %s%s%s (%s)", name, text,
                   field->kind == PG_FIELD_REAL ? "" : " whole", range,
                   field->special ? " or " : "", field->special ? field->special : "",
                   field->summary);
}

static pg_status refuse_word(const pg_field *field, const char *name, const char *text,
                             pg_error *err)
{
    char list[128] = "";
    for (int w = 0; field->words[w]; w++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", w ? ", " : "",
                 field->words[w]);
    return pg_fail(err, PG_ERR_ARGUMENT, "%s '%s': unknown, use one of %s", name, text, list);
}

static pg_status refuse(const pg_field *field, const char *name, const char *text, pg_error *err)
{
    return field->kind == PG_FIELD_WORD ? refuse_word(field, name, text, err)
                                        : refuse_number(field, name, text, err);
}

static pg_status scan_word(const pg_field *field, void *object, const char *name, const char *text,
                           pg_error *err)
{
    for (int w = 0; field->words[w]; w++)
        if (strcmp(field->words[w], text) == 0) {
            set_value(field, object, w);
            return PG_OK;
        }
    return refuse_word(field, name, text, err);
}

pg_status pg_field_scan(const pg_field *field, void *object, const char *name, const char *text,
                        pg_error *err)
{
    if (field->kind == PG_FIELD_OWN) return field->scan(object, text, err);
    if (field->kind == PG_FIELD_WORD) return scan_word(field, object, name, text, err);
    char *end = NULL;
    errno = 0;
    double value = pg_parse_double(text, &end);
    bool good = end != text && !*end && !errno && value >= field->least && is_valid(field, value);
    if (field->special && strcmp(field->special, text) == 0) {
        value = -1;
        good = true;
    }
    if (!good) return refuse(field, name, text, err);
    set_value(field, object, value);
    return PG_OK;
}

void pg_field_print(const pg_field *field, const void *object, char text[PG_FIELD_TEXT])
{
    if (field->kind == PG_FIELD_OWN) {
        field->print(object, text);
        return;
    }
    double value = get_value(field, object);
    const char *word = NULL;
    if (field->kind == PG_FIELD_WORD) word = find_word(field, value);
    if (field->special && value == -1) word = field->special;
    if (word) {
        snprintf(text, PG_FIELD_TEXT, "%s", word);
        return;
    }
    int digits = 10;
    do
        pg_format(text, PG_FIELD_TEXT, "%.*g", digits, value);
    while (pg_parse_double(text, NULL) != value && digits++ < 17);
}

pg_status pg_fields_check(const pg_fields *fields, const void *object, pg_error *err)
{
    for (int i = 0; i < fields->count; i++) {
        const pg_field *field = &fields->field[i];
        char text[PG_FIELD_TEXT];
        if (field->kind == PG_FIELD_OWN || is_valid(field, get_value(field, object))) continue;
        pg_field_print(field, object, text);
        return refuse(field, field->name, text, err);
    }
    return PG_OK;
}
