#include <config.h>

#include "dataset/keyed.h"

#include <stdlib.h>
#include <string.h>

#include "dataset/lines.h"
#include "pixelgan/stream.h"

enum { MOST_LINE = 16384 };

typedef struct entry {
    uint64_t index;
    char *name; /* NULL: by index */
    unsigned long long line;
    int32_t label;
    bool found;
} entry;

struct pg_keyed {
    char *where;
    bool by_name;
    entry *list; /* sorted by key once all is read */
    size_t count, room;
};

/* What is being read. */
typedef struct keyed_reader {
    pg_datafile *input;
    unsigned long long line;
    pg_keyed *keyed;
} keyed_reader;

bool pg_keyed_is_header(const uint8_t *bytes, size_t available)
{
    static const char by_index[] = "index\tlabel", by_name[] = "name\tlabel";
    size_t index = strlen(by_index), name = strlen(by_name);
    return (available >= index && memcmp(bytes, by_index, index) == 0) ||
           (available >= name && memcmp(bytes, by_name, name) == 0);
}

void pg_keyed_free(pg_keyed *keyed)
{
    if (!keyed) return;
    for (size_t i = 0; i < keyed->count; i++)
        free(keyed->list[i].name);
    free(keyed->list);
    free(keyed->where);
    free(keyed);
}

static pg_status bad_line(const keyed_reader *r, const char *what, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT, "%s: line %llu %s; a line is %s, a tab and a label",
                   r->keyed->where, r->line, what,
                   r->keyed->by_name ? "the name of an image" : "the number of an image from 0");
}

/* *found is false at the end of the input. */
static pg_status read_line(keyed_reader *r, char text[MOST_LINE], bool *found, pg_error *err)
{
    const char *wrong;
    r->line++;
    pg_status status = pg_line_read(r->input, text, MOST_LINE, found, &wrong, err);
    return wrong ? bad_line(r, wrong, err) : status;
}

/* Digits alone, below 2^63. */
static bool parse_index(const char *text, uint64_t *index)
{
    size_t digits = strspn(text, "0123456789");
    *index = 0;
    if (!digits || digits > 18 || text[digits]) return false;
    for (; *text; text++)
        *index = 10 * *index + (uint64_t)(*text - '0');
    return true;
}

static bool parse_label(const char *text, int32_t *label)
{
    uint64_t value;
    *label = PG_LABEL_NONE;
    if (!*text || strcmp(text, "-") == 0 || strcmp(text, "-1") == 0) return true;
    if (!parse_index(text, &value) || value > INT32_MAX) return false;
    *label = (int32_t)value;
    return true;
}

static pg_status out_of_memory(const keyed_reader *r, pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", r->keyed->where);
}

static pg_status add(keyed_reader *r, entry e, char *key, pg_error *err)
{
    pg_keyed *keyed = r->keyed;
    if (keyed->count == keyed->room) {
        size_t room = keyed->room ? 2 * keyed->room : 16;
        entry *list = reallocarray(keyed->list, room, sizeof *list);
        if (!list) return out_of_memory(r, err);
        keyed->list = list;
        keyed->room = room;
    }
    if (keyed->by_name && !(e.name = strdup(key))) return out_of_memory(r, err);
    keyed->list[keyed->count++] = e;
    return PG_OK;
}

static pg_status take_line(keyed_reader *r, char *text, pg_error *err)
{
    entry e = {.line = r->line};
    if (!*text) return PG_OK;
    char *tab = strchr(text, '\t');
    if (!tab) return bad_line(r, "has no tab", err);
    *tab = 0;
    char *label = tab + 1;
    label[strcspn(label, "\t")] = 0;
    if (!parse_label(label, &e.label))
        return bad_line(r, "has no label (an integer from 0, or - for none)", err);
    if (!r->keyed->by_name && !parse_index(text, &e.index))
        return bad_line(r, "does not begin with a number", err);
    if (r->keyed->by_name && (!*text || !pg_line_unescape(text)))
        return bad_line(r, "does not begin with a name (in which \\ is written \\\\)", err);
    return add(r, e, text, err);
}

static int compare(const void *a, const void *b)
{
    const entry *x = a, *y = b;
    if (x->name) return strcmp(x->name, y->name);
    return x->index < y->index ? -1 : x->index > y->index;
}

static pg_status sort(pg_keyed *keyed, pg_error *err)
{
    if (keyed->count) qsort(keyed->list, keyed->count, sizeof *keyed->list, compare);
    for (size_t i = 1; i < keyed->count; i++) {
        const entry *a = &keyed->list[i - 1], *b = &keyed->list[i];
        if (compare(a, b) == 0)
            return pg_fail(err, PG_ERR_FORMAT,
                           "%s: lines %llu and %llu are of the same image; remove one",
                           keyed->where, a->line < b->line ? a->line : b->line,
                           a->line < b->line ? b->line : a->line);
    }
    return PG_OK;
}

static pg_status read_lines(keyed_reader *r, pg_error *err)
{
    char text[MOST_LINE];
    bool found;
    pg_status status = read_line(r, text, &found, err); /* the header */
    r->keyed->by_name = text[0] == 'n';
    while (!status) {
        status = read_line(r, text, &found, err);
        if (status || !found) break;
        status = take_line(r, text, err);
    }
    return status ? status : sort(r->keyed, err);
}

pg_status pg_keyed_read(pg_datafile *input, pg_keyed **keyed, pg_error *err)
{
    *keyed = calloc(1, sizeof **keyed);
    if (*keyed) (*keyed)->where = strdup(pg_datafile_name(input));
    keyed_reader r = {.input = input, .keyed = *keyed};
    pg_status status = *keyed && (*keyed)->where
                           ? read_lines(&r, err)
                           : pg_fail(err, PG_ERR_MEMORY, "labels: out of memory");
    if (!status) return PG_OK;
    pg_keyed_free(*keyed);
    *keyed = NULL;
    return status;
}

bool pg_keyed_find(pg_keyed *keyed, uint64_t index, const char *name, int32_t *label)
{
    const entry key = {.index = index, .name = keyed->by_name ? (char *)name : NULL};
    if (!keyed->count) return false;
    entry *e = bsearch(&key, keyed->list, keyed->count, sizeof *keyed->list, compare);
    if (!e) return false;
    e->found = true;
    *label = e->label;
    return true;
}

pg_status pg_keyed_expect_all_found(const pg_keyed *keyed, pg_error *err)
{
    for (size_t i = 0; i < keyed->count; i++) {
        const entry *e = &keyed->list[i];
        if (e->found) continue;
        if (e->name)
            return pg_fail(err, PG_ERR_FORMAT,
                           "%s: line %llu: no image is called '%s'; give the labels of these "
                           "images",
                           keyed->where, e->line, e->name);
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: line %llu: there is no image %llu; give the labels of these images",
                       keyed->where, e->line, (unsigned long long)e->index);
    }
    return PG_OK;
}
