/* What opens a source: one file, or several in a row. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dataset/class_names.h"
#include "dataset/files.h"
#include "dataset/source.h"

static const char *shown_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* labels: of this file alone; options->labels may also be those of several together. */
static pg_status open_one(const char *path, const pg_source_options *options, const char *labels,
                          pg_source **source, pg_error *err)
{
    const char *name = shown_name(path);
    *source = NULL;
    pg_status status = pg_file_source_open(path, options, source, err);
    if (status == PG_OK && labels) status = pg_labelled_source(*source, labels, name, source, err);
    if (status == PG_OK) status = pg_shaped_source(*source, options, name, source, err);
    return status;
}

/* Labels by class name are wanted: there must be classes. */
static pg_status check_classes(const pg_source *source, const pg_source_options *options,
                               const char *path, pg_error *err)
{
    if (!options->classes || options->labels || pg_source_class_names(source)) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "%s: is no folder of class folders, so it has no classes to number; leave out "
                   "--classes-from",
                   shown_name(path));
}

pg_status pg_source_open(const char *path, const pg_source_options *options, pg_source **source,
                         pg_error *err)
{
    static const pg_source_options none;
    if (!options) options = &none;
    pg_status status = open_one(path, options, options->labels, source, err);
    if (status == PG_OK) status = check_classes(*source, options, path, err);
    if (status != PG_OK) {
        pg_source_close(*source);
        *source = NULL;
    }
    return status;
}

/* ---- Several files ---- */

typedef struct sequence {
    const char *const *paths;
    const char *const *labels; /* one a path, or NULL */
    size_t count, next;        /* files; the one to open next */
    pg_source_options options;
    pg_source *current;
    int name_size, class_size; /* of the longest in all files */
    pg_class_names classes;    /* of the folders so far */
    pg_remarks remarks;        /* of the files that are done */
} sequence;

static void sequence_close(void *state)
{
    sequence *s = state;
    pg_source_close(s->current);
    pg_class_names_free(&s->classes);
    pg_remarks_free(&s->remarks);
    free(s);
}

static void close_current(sequence *s)
{
    if (!s->current) return;
    const pg_remark *remark;
    for (size_t i = 0; (remark = pg_source_remark(s->current, i)) != NULL; i++)
        pg_remarks_add(&s->remarks, remark->is_warning, "%s", remark->text);
    pg_source_close(s->current);
    s->current = NULL;
}

/* Folders of one run are numbered alike: names as in the first folder, numbers by
 * themselves. */
static pg_status join_classes(sequence *s, pg_error *err)
{
    const char *path = s->paths[s->next - 1];
    const pg_class_names *own = pg_source_class_names(s->current);
    if (s->options.classes) return check_classes(s->current, &s->options, path, err);
    if (!own || own == &s->classes) return PG_OK;
    if (s->classes.size && s->classes.numbers != own->numbers)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: its classes are no numbers, and those of %s are; give the label of "
                       "each in a file for --classes-from",
                       path, s->classes.where);
    return pg_class_names_merge(&s->classes, own, err);
}

static pg_status open_next(sequence *s, pg_error *err)
{
    pg_source_options options = s->options;
    const char *labels = s->labels ? s->labels[s->next] : NULL;
    if (labels) options.labels = labels;
    if (!options.classes && s->classes.size && !s->classes.numbers) options.classes = &s->classes;
    pg_status status = open_one(s->paths[s->next++], &options, labels, &s->current, err);
    return status == PG_OK ? join_classes(s, err) : status;
}

/* The same but for labels, which a later file need not have. */
static pg_status check_alike(const sequence *s, const pg_schema *first, pg_error *err)
{
    const char *path = shown_name(s->paths[s->next - 1]), *first_path = shown_name(s->paths[0]);
    pg_schema schema = s->current->schema;
    if (schema.has_label && !first->has_label)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: has labels, and %s before it has none; put it first", path, first_path);
    schema.has_label = first->has_label;
    if (pg_schema_fits(&schema, first)) return PG_OK;
    pg_status status = pg_images_check(&schema, first, path, first_path, err);
    if (status != PG_OK) return status;
    char fields[256], first_fields[256];
    pg_schema_describe(&schema, fields, sizeof fields);
    pg_schema_describe(first, first_fields, sizeof first_fields);
    schema.name_size = schema.class_size = 0;
    if (pg_schema_fits(&schema, first))
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: its names or classes are longer than those of %s; put it first", path,
                       first_path);
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: has other fields (%s) than %s (%s); prepare each by itself, or all from "
                   "what they were made of",
                   path, fields, first_path, first_fields);
}

/* Fields that the chunk has room for, and this file has not. */
static pg_status next_of_current(sequence *s, pg_records *chunk, pg_error *err)
{
    const pg_schema *schema = &s->current->schema;
    pg_status status = s->current->class->next(s->current, chunk, err);
    for (size_t i = 0; i < chunk->count; i++) {
        if (chunk->label && !schema->has_label) chunk->label[i] = PG_LABEL_NONE;
        if (!schema->name_size) (void)pg_records_set_name(chunk, i, "");
        if (!schema->class_size) (void)pg_records_set_class(chunk, i, "");
    }
    return status;
}

static pg_status sequence_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    sequence *s = source->state;
    for (;;) {
        if (s->current) {
            pg_status status = next_of_current(s, chunk, err);
            if (status != PG_OK || chunk->count) return status;
            close_current(s);
        }
        if (s->next == s->count) return PG_OK;
        pg_status status = open_next(s, err);
        if (status == PG_OK) status = check_alike(s, &source->schema, err);
        if (status != PG_OK) return status;
    }
}

static pg_status sequence_rewind(pg_source *source, pg_error *err)
{
    sequence *s = source->state;
    close_current(s);
    pg_remarks_free(&s->remarks); /* they come again */
    s->next = 0;
    pg_status status = open_next(s, err);
    return status == PG_OK ? check_alike(s, &source->schema, err) : status;
}

static bool sequence_can_rewind(const pg_source *source)
{
    const sequence *s = source->state;
    for (size_t i = 0; i < s->count; i++)
        if (!pg_path_can_reopen(s->paths[i]) || (s->labels && !pg_path_can_reopen(s->labels[i])))
            return false;
    return true;
}

static const pg_remark *sequence_remark(const pg_source *source, size_t i)
{
    const sequence *s = source->state;
    if (i < s->remarks.count || !s->current) return pg_remarks_get(&s->remarks, i);
    return pg_source_remark(s->current, i - s->remarks.count);
}

static const pg_class_names *sequence_class_names(const pg_source *source)
{
    const sequence *s = source->state;
    if (s->options.classes) return s->options.labels || s->labels ? NULL : s->options.classes;
    return s->classes.size ? &s->classes : NULL;
}

static const pg_source_class sequence_class = {.next = sequence_next,
                                               .rewind = sequence_rewind,
                                               .can_rewind = sequence_can_rewind,
                                               .remark = sequence_remark,
                                               .class_names = sequence_class_names,
                                               .close = sequence_close};

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static void find_widths_of_folder(sequence *s, const char *path)
{
    pg_file_list list;
    int name_size, class_size;
    if (pg_folder_list(path, &s->options, &list, NULL) != PG_OK) return; /* opening it tells why */
    pg_file_list_widths(&list, &name_size, &class_size);
    s->name_size = larger(s->name_size, name_size);
    s->class_size = larger(s->class_size, class_size);
    pg_file_list_free(&list);
}

/* A stream has names of one width, so the longest has to be known beforehand. */
static void find_widths(sequence *s)
{
    s->options.names = PG_NAMES_ALL;
    for (size_t i = 0; i < s->count; i++) {
        struct stat info;
        size_t length = strlen(s->paths[i]);
        if (stat(s->paths[i], &info) == 0 && S_ISDIR(info.st_mode))
            find_widths_of_folder(s, s->paths[i]);
        else
            s->name_size = larger(s->name_size, length < PG_MAX_TEXT ? (int)length : PG_MAX_TEXT);
    }
}

static pg_status open_sequence(const char *const *paths, size_t count, const char *const *labels,
                               const pg_source_options *options, pg_source **source, pg_error *err)
{
    sequence *s = calloc(1, sizeof *s);
    *source = NULL;
    if (!s) return pg_fail(err, PG_ERR_MEMORY, "data set: out of memory");
    *s = (sequence){.paths = paths, .labels = labels, .count = count, .options = *options};
    if (options->names != PG_NAMES_NONE) find_widths(s);
    pg_status status = open_next(s, err);
    if (status == PG_OK) {
        pg_schema schema = s->current->schema;
        if (schema.name_size && schema.name_size < s->name_size) schema.name_size = s->name_size;
        if (schema.class_size && schema.class_size < s->class_size)
            schema.class_size = s->class_size;
        return pg_source_create(&sequence_class, s, &schema, -1, source, err);
    }
    sequence_close(s);
    return status;
}

pg_status pg_source_open_many(const char *const *paths, size_t path_count,
                              const char *const *labels, size_t label_count,
                              const pg_source_options *options, pg_source **source, pg_error *err)
{
    pg_source_options each = options ? *options : (pg_source_options){0};
    *source = NULL;
    if (path_count == 0) return pg_fail(err, PG_ERR_ARGUMENT, "data set: no file given");
    if (label_count > 1 && label_count != path_count)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%zu files of labels for %zu files of images; give one for each, or one for "
                       "all",
                       label_count, path_count);
    each.labels = label_count == 1 ? labels[0] : NULL;
    if (path_count == 1) return pg_source_open(paths[0], &each, source, err);
    bool pictures = label_count < 2 && !each.format && !each.classes &&
                    pg_paths_are_pictures(paths, path_count, each.skip_broken);
    pg_status status =
        pictures ? pg_paths_source(paths, path_count, &each, source, err)
                 : open_sequence(paths, path_count, label_count == path_count ? labels : NULL,
                                 &each, source, err);
    if (status == PG_OK && label_count == 1)
        status = pg_labelled_source(*source, labels[0], "the files given", source, err);
    return status;
}
