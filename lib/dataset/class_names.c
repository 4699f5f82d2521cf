#include <config.h>

#include "dataset/class_names.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* ---- The list ---- */

void pg_class_names_free(pg_class_names *classes)
{
    for (size_t i = 0; i < classes->size; i++)
        free(classes->list[i].name);
    free(classes->list);
    free(classes->where);
    memset(classes, 0, sizeof *classes);
}

static pg_status no_memory(pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY, "class names: out of memory");
}

pg_status pg_class_names_add(pg_class_names *classes, int32_t label, const char *name,
                             pg_error *err)
{
    if (classes->size == classes->room) {
        size_t room = classes->room ? 2 * classes->room : 16;
        pg_class_name *list = reallocarray(classes->list, room, sizeof *list);
        if (!list) return no_memory(err);
        classes->list = list;
        classes->room = room;
    }
    char *copy = strdup(name);
    if (!copy) return no_memory(err);
    classes->list[classes->size++] = (pg_class_name){.label = label, .name = copy};
    return PG_OK;
}

static int compare_labels(const void *a, const void *b)
{
    const pg_class_name *x = a, *y = b;
    if (x->label != y->label) return x->label < y->label ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const pg_class_name *const *)a)->name,
                  (*(const pg_class_name *const *)b)->name);
}

/* The classes in the order of their names; free() it. */
static const pg_class_name **sort_by_name(const pg_class_names *classes)
{
    const pg_class_name **sorted = pg_allocate(classes->size, sizeof(pg_class_name *));
    for (size_t i = 0; sorted && i < classes->size; i++)
        sorted[i] = &classes->list[i];
    if (sorted && classes->size)
        qsort(sorted, classes->size, sizeof(pg_class_name *), compare_names);
    return sorted;
}

static pg_status refuse_equal_names(const pg_class_names *classes, pg_error *err)
{
    const pg_class_name **sorted = sort_by_name(classes);
    if (!sorted) return no_memory(err);
    pg_status status = PG_OK;
    for (size_t i = 1; status == PG_OK && i < classes->size; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            status = pg_fail(err, PG_ERR_FORMAT, "%s: class '%s' is there twice; remove one",
                             classes->where, sorted[i]->name);
    free(sorted);
    return status;
}

/* Several may be unlabelled. */
static pg_status refuse_equal_labels(const pg_class_names *classes, pg_error *err)
{
    for (size_t i = 1; i < classes->size; i++) {
        const pg_class_name *a = &classes->list[i - 1], *b = &classes->list[i];
        if (a->label == b->label && a->label != PG_LABEL_NONE)
            return pg_fail(err, PG_ERR_FORMAT,
                           "%s: classes '%s' and '%s' would both be label %d; rename one, or give "
                           "it another label in a file for --classes-from",
                           classes->where, a->name, b->name, (int)a->label);
    }
    return PG_OK;
}

pg_status pg_class_names_finish(pg_class_names *classes, pg_error *err)
{
    if (classes->size) qsort(classes->list, classes->size, sizeof *classes->list, compare_labels);
    classes->numbers = true;
    for (size_t i = 0; i < classes->size; i++) {
        int32_t label;
        classes->numbers &= pg_class_name_is_label(classes->list[i].name, &label) &&
                            label == classes->list[i].label;
    }
    pg_status status = refuse_equal_names(classes, err);
    return status == PG_OK ? refuse_equal_labels(classes, err) : status;
}

/* ---- Labels from names ---- */

bool pg_class_name_is_label(const char *name, int32_t *label)
{
    int64_t value = 0;
    if (!*name || name[strspn(name, "0123456789")]) return false;
    for (; *name && value <= INT32_MAX; name++)
        value = 10 * value + (*name - '0');
    *label = (int32_t)value;
    return value <= INT32_MAX;
}

/* What a person would take for a number, also with blanks, a sign or too many digits. */
static bool looks_like_number(const char *name)
{
    name += strspn(name, " \t");
    name += *name == '+' || *name == '-';
    size_t digits = strspn(name, "0123456789");
    return digits && !name[digits + strspn(name + digits, " \t\r\n")];
}

/* The first name that is no label, NULL: all are. */
static const char *first_word(const pg_names *names)
{
    int32_t label;
    for (size_t i = 0; i < names->count; i++)
        if (!pg_class_name_is_label(names->names[i], &label)) return names->names[i];
    return NULL;
}

/* A number among words must be at its own place. */
static pg_status check_place(const char *name, size_t place, const char *word, const char *where,
                             pg_error *err)
{
    int32_t label;
    bool is_label = pg_class_name_is_label(name, &label);
    if (is_label && (size_t)label == place) return PG_OK;
    if (is_label)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: class '%s' would be label %zu, because '%s' beside it is no label; "
                       "rename one, or give their labels in a file for --classes-from",
                       where, name, place, word);
    if (!looks_like_number(name)) return PG_OK;
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: class '%s' looks like a number, but labels are 0 to %d, written in digits "
                   "alone; rename it, or give its label in a file for --classes-from",
                   where, name, INT32_MAX);
}

static pg_status add_numbered(pg_class_names *classes, const pg_names *names, size_t i,
                              const char *word, pg_error *err)
{
    int32_t label = (int32_t)i;
    const char *name = names->names[i];
    if (!word)
        (void)pg_class_name_is_label(name, &label);
    else if (check_place(name, i, word, classes->where, err) != PG_OK)
        return PG_ERR_FORMAT;
    return pg_class_names_add(classes, label, name, err);
}

pg_status pg_class_names_number(pg_class_names *classes, const pg_names *names, const char *where,
                                pg_error *err)
{
    memset(classes, 0, sizeof *classes);
    if (names->count > INT32_MAX)
        return pg_fail(err, PG_ERR_LIMIT, "%s: more classes than labels", where);
    classes->where = strdup(where);
    pg_status status = classes->where ? PG_OK : no_memory(err);
    const char *word = first_word(names);
    for (size_t i = 0; status == PG_OK && i < names->count; i++)
        status = add_numbered(classes, names, i, word, err);
    if (status == PG_OK) status = pg_class_names_finish(classes, err);
    if (status != PG_OK) pg_class_names_free(classes);
    return status;
}

static int compare_to_name(const void *name, const void *element)
{
    return strcmp(name, (*(const pg_class_name *const *)element)->name);
}

pg_status pg_class_names_apply(const pg_class_names *classes, const pg_names *names,
                               const char *folder, int32_t *labels, pg_error *err)
{
    pg_status status = PG_OK;
    const pg_class_name **sorted = sort_by_name(classes);
    if (!sorted) return no_memory(err);
    for (size_t i = 0; status == PG_OK && i < names->count; i++) {
        const pg_class_name *const *found = bsearch(names->names[i], sorted, classes->size,
                                                    sizeof(pg_class_name *), compare_to_name);
        if (found)
            labels[i] = (*found)->label;
        else
            status = pg_fail(err, PG_ERR_FORMAT,
                             "%s: class folder '%s' is none of the classes of %s; rename it, "
                             "remove it, or add it there",
                             folder, names->names[i], classes->where);
    }
    free(sorted);
    return status;
}

static bool has_label(const pg_class_names *classes, size_t size, int32_t label)
{
    const pg_class_name key = {.label = label, .name = (char *)""};
    size_t low = 0, high = size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_labels(&classes->list[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < size && classes->list[low].label == label;
}

pg_status pg_class_names_merge(pg_class_names *classes, const pg_class_names *from, pg_error *err)
{
    size_t before = classes->size;
    if (!classes->where) classes->where = strdup(from->where);
    if (!classes->where) return no_memory(err);
    for (size_t i = 0; i < from->size; i++) {
        if (has_label(classes, before, from->list[i].label)) continue;
        pg_status status =
            pg_class_names_add(classes, from->list[i].label, from->list[i].name, err);
        if (status != PG_OK) return status;
    }
    return pg_class_names_finish(classes, err);
}
