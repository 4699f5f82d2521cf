/* Names of categories: in a model's metadata as a JSON array, and in the files that people write
 * them to. */
#include <config.h>

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/filetype.h"
#include "dataset/datafile.h"
#include "dataset/lines.h"
#include "pixelgan/model.h"

enum { MOST_LINE = 4096 };

static const char metadata_key[] = "category_names";

/* ---- What a name may be ---- */

/* Bytes of the UTF-8 character that begins with this one, 0: none does. */
static size_t length_from(unsigned char first)
{
    if (first < 0x80) return 1;
    if (first < 0xc0 || first >= 0xf8) return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Length of the UTF-8 character at text, 0 where there is none: broken, too long a form, a
 * surrogate, or past U+10FFFF. */
static size_t character_length(const unsigned char *text, uint32_t *value)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = length_from(text[0]);
    *value = length == 1 ? text[0] : text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80) return 0;
        *value = *value << 6 | (text[i] & 0x3fu);
    }
    if (*value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000)) return 0;
    return *value >= least[length] ? length : 0;
}

/* Control characters of ASCII and Latin-1, line and paragraph separators. */
static bool is_control(uint32_t value)
{
    return value < 0x20 || (value >= 0x7f && value < 0xa0) || value == 0x2028 || value == 0x2029;
}

/* What is wrong with a name, or NULL. */
static const char *find_fault(const char *name)
{
    const unsigned char *at = (const unsigned char *)name;
    if (strlen(name) > PG_MAX_CATEGORY_NAME) return "is longer than 255 bytes";
    if (strcmp(name, "-") == 0) return "is '-', which stands for no name";
    while (*at) {
        uint32_t value;
        size_t length = character_length(at, &value);
        if (!length) return "is not UTF-8";
        if (is_control(value)) return "has a control character";
        at += length;
    }
    return NULL;
}

/* ---- Lists ---- */

pg_status pg_category_names_init(pg_category_names *names, int count, pg_error *err)
{
    *names =
        (pg_category_names){.count = count, .list = pg_allocate((size_t)count, sizeof(char *))};
    if (names->list) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "category names: out of memory");
}

void pg_category_names_free(pg_category_names *names)
{
    for (int i = 0; i < names->count; i++)
        free(names->list[i]);
    free(names->list);
    *names = (pg_category_names){0};
}

pg_status pg_category_names_set(pg_category_names *names, int category, const char *name,
                                pg_error *err)
{
    if (category < 0 || category >= names->count)
        return pg_fail(err, PG_ERR_ARGUMENT, "category %d: there are %d, from 0", category,
                       names->count);
    const char *fault = find_fault(name);
    if (fault) return pg_fail(err, PG_ERR_FORMAT, "the name of category %d %s", category, fault);
    char *copy = *name ? strdup(name) : NULL;
    if (*name && !copy) return pg_fail(err, PG_ERR_MEMORY, "category names: out of memory");
    free(names->list[category]);
    names->list[category] = copy;
    return PG_OK;
}

bool pg_category_names_any(const pg_category_names *names)
{
    for (int i = 0; i < names->count; i++)
        if (names->list[i]) return true;
    return false;
}

/* ---- In a model ---- */

static json_t *to_json(const pg_category_names *names)
{
    json_t *array = json_array();
    for (int i = 0; array && i < names->count; i++) {
        json_t *item = names->list[i] ? json_string(names->list[i]) : json_null();
        if (json_array_append_new(array, item) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

pg_status pg_model_set_category_names(pg_model *model, const pg_category_names *names,
                                      pg_error *err)
{
    int categories = pg_model_config(model)->components;
    if (names->count != categories)
        return pg_fail(err, PG_ERR_ARGUMENT, "category names: %d for %d categories", names->count,
                       categories);
    json_t *array = to_json(names);
    char *text = array ? json_dumps(array, JSON_COMPACT) : NULL;
    json_decref(array);
    if (!text) return pg_fail(err, PG_ERR_MEMORY, "category names: out of memory");
    pg_status status = pg_model_set(model, metadata_key, text, err);
    free(text);
    return status;
}

static pg_status from_json(const json_t *array, pg_category_names *names, pg_error *err)
{
    if (!json_is_array(array) || json_array_size(array) != (size_t)names->count)
        return pg_fail(err, PG_ERR_FORMAT, "metadata '%s' is no list of %d names", metadata_key,
                       names->count);
    for (int i = 0; i < names->count; i++) {
        const json_t *item = json_array_get(array, (size_t)i);
        if (json_is_null(item)) continue;
        if (!json_is_string(item) || strlen(json_string_value(item)) != json_string_length(item))
            return pg_fail(err, PG_ERR_FORMAT, "metadata '%s': name %d is no text", metadata_key,
                           i);
        pg_status status = pg_category_names_set(names, i, json_string_value(item), err);
        if (status) return status;
    }
    return PG_OK;
}

pg_status pg_model_category_names(const pg_model *model, pg_category_names *names, pg_error *err)
{
    int categories = pg_model_config(model)->components;
    const char *text = pg_model_get(model, metadata_key);
    pg_status status = pg_category_names_init(names, categories, err);
    if (status || !text) return status;
    json_t *array = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    status = from_json(array, names, err);
    json_decref(array);
    if (status) pg_category_names_free(names);
    return status;
}

/* ---- In a file ---- */

typedef struct names_reader {
    pg_datafile *input;
    unsigned long long line;     /* lines read so far */
    unsigned long long *line_of; /* of each category, 0: none yet */
    pg_category_names *names;
} names_reader;

static pg_status bad_line(const names_reader *r, const char *what, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: line %llu %s; a line is the number of a category, a tab and its name",
                   pg_datafile_name(r->input), r->line, what);
}

/* *found is false at the end of the input. */
static pg_status read_line(names_reader *r, char text[MOST_LINE], bool *found, pg_error *err)
{
    const char *wrong;
    r->line++;
    pg_status status = pg_line_read(r->input, text, MOST_LINE, found, &wrong, err);
    return wrong ? bad_line(r, wrong, err) : status;
}

/* The text without the blanks around it, cut in place. */
static char *trim(char *text)
{
    text += strspn(text, " ");
    size_t length = strlen(text);
    while (length && text[length - 1] == ' ')
        text[--length] = 0;
    return text;
}

/* Digits alone; -1 for anything else, or more than there can be categories. */
static int parse_category(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits && digits < 9 && !text[digits] ? atoi(text) : -1;
}

static pg_status take_name(names_reader *r, const char *number, const char *name, pg_error *err)
{
    char what[128];
    int category = parse_category(number);
    if (category < 0) return bad_line(r, "does not begin with a number", err);
    if (category >= r->names->count) {
        snprintf(what, sizeof what, "names category %d, but there are %d, from 0", category,
                 r->names->count);
        return bad_line(r, what, err);
    }
    if (r->line_of[category]) {
        snprintf(what, sizeof what, "names category %d again, after line %llu", category,
                 r->line_of[category]);
        return bad_line(r, what, err);
    }
    const char *fault = find_fault(name);
    if (fault) {
        snprintf(what, sizeof what, "has a name that %s", fault);
        return bad_line(r, what, err);
    }
    r->line_of[category] = r->line;
    return pg_category_names_set(r->names, category, name, err);
}

static pg_status take_line(names_reader *r, char *text, pg_error *err)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    if (r->line == 1 && strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
        text += strlen(byte_order_mark);
    if (!text[strspn(text, " ")]) return PG_OK;
    char *tab = strchr(text, '\t');
    if (!tab) return bad_line(r, "has no tab", err);
    *tab = 0;
    return take_name(r, trim(text), trim(tab + 1), err);
}

/* What is no text is named by its kind. */
static pg_status refuse_binary(pg_datafile *input, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    pg_status status = pg_datafile_peek(input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status || !available || !memchr(bytes, 0, available)) return status;
    const char *kind = pg_filetype_name(bytes, available);
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: %s, not names; give a text file of categories and names",
                   pg_datafile_name(input), kind ? kind : "is no text");
}

static pg_status read_lines(names_reader *r, pg_error *err)
{
    char text[MOST_LINE];
    bool found;
    pg_status status = refuse_binary(r->input, err);
    while (!status) {
        status = read_line(r, text, &found, err);
        if (status || !found) break;
        status = take_line(r, text, err);
    }
    return status;
}

pg_status pg_category_names_read(pg_category_names *names, const char *path, pg_error *err)
{
    names_reader r = {.names = names,
                      .line_of = pg_allocate((size_t)names->count, sizeof *r.line_of)};
    if (!r.line_of) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    pg_status status = pg_datafile_open(path, &r.input, err);
    if (!status) {
        status = read_lines(&r, err);
        pg_datafile_close(r.input);
    }
    free(r.line_of);
    return status;
}
