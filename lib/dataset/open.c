/* What opens a source: one file, or several in a row. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "dataset/source.h"

static const char *shown_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

pg_status pg_source_open(const char *path, const pg_source_options *options, pg_source **source,
                         pg_error *err)
{
    static const pg_source_options none;
    if (!options) options = &none;
    const char *name = shown_name(path);
    *source = NULL;
    pg_status status = pg_file_source_open(path, options, source, err);
    if (status == PG_OK && options->labels)
        status = pg_labelled_source(*source, options->labels, name, source, err);
    if (status == PG_OK)
        status = pg_shaped_source(*source, options->grey, options->height, options->width, name,
                                  source, err);
    return status;
}

/* ---- Several files ---- */

typedef struct sequence {
    const char *const *paths;
    const char *const *labels; /* one a path, or NULL */
    size_t count, next;        /* files; the one to open next */
    pg_source_options options;
    pg_source *current;
    pg_remarks remarks; /* of the files before */
    pg_remarks all;     /* and of the current one */
} sequence;

static void sequence_close(void *state)
{
    sequence *s = state;
    pg_source_close(s->current);
    pg_remarks_free(&s->remarks);
    pg_remarks_free(&s->all);
    free(s);
}

static void close_current(sequence *s)
{
    if (!s->current) return;
    pg_remarks_add(&s->remarks, pg_source_remark(s->current));
    pg_source_close(s->current);
    s->current = NULL;
}

static pg_status open_next(sequence *s, pg_error *err)
{
    pg_source_options options = s->options;
    options.labels = s->labels ? s->labels[s->next] : NULL;
    return pg_source_open(s->paths[s->next++], &options, &s->current, err);
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
    if (pg_schema_equal(&schema, first)) return PG_OK;
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: images of %dx%dx%d, but %s has %dx%dx%d%s; --resize and --grey make them "
                   "alike",
                   path, schema.height, schema.width, schema.channels, first_path, first->height,
                   first->width, first->channels,
                   schema.code_dim != first->code_dim || schema.scalar_count != first->scalar_count
                       ? " and other fields"
                       : "");
}

/* Examples of a file without labels, in a chunk that has room for them. */
static pg_status next_unlabelled(sequence *s, pg_records *chunk, pg_error *err)
{
    pg_status status = s->current->class->next(s->current, chunk, err);
    for (size_t i = 0; i < chunk->count; i++)
        chunk->label[i] = PG_LABEL_NONE;
    return status;
}

static pg_status next_of_current(sequence *s, pg_records *chunk, pg_error *err)
{
    if (chunk->label && !s->current->schema.has_label) return next_unlabelled(s, chunk, err);
    return s->current->class->next(s->current, chunk, err);
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
    pg_remarks_free(&s->remarks); /* they will be made again */
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

static const char *sequence_remark(const pg_source *source)
{
    sequence *s = source->state;
    pg_remarks_free(&s->all);
    pg_remarks_add(&s->all, s->remarks.first);
    if (s->remarks.files) s->all.files = s->remarks.files;
    if (s->current) pg_remarks_add(&s->all, pg_source_remark(s->current));
    return pg_remarks_text(&s->all, NULL);
}

static const pg_source_class sequence_class = {.next = sequence_next,
                                               .rewind = sequence_rewind,
                                               .can_rewind = sequence_can_rewind,
                                               .remark = sequence_remark,
                                               .close = sequence_close};

static pg_status open_sequence(const char *const *paths, size_t count, const char *const *labels,
                               const pg_source_options *options, pg_source **source, pg_error *err)
{
    sequence *s = calloc(1, sizeof *s);
    *source = NULL;
    if (!s) return pg_fail(err, PG_ERR_MEMORY, "data set: out of memory");
    *s = (sequence){.paths = paths, .labels = labels, .count = count, .options = *options};
    pg_status status = open_next(s, err);
    if (status == PG_OK)
        return pg_source_create(&sequence_class, s, &s->current->schema, -1, source, err);
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
    each.labels = path_count == 1 && label_count ? labels[0] : NULL;
    if (path_count == 1) return pg_source_open(paths[0], &each, source, err);
    pg_status status = open_sequence(paths, path_count, label_count == path_count ? labels : NULL,
                                     &each, source, err);
    if (status == PG_OK && label_count == 1)
        status = pg_labelled_source(*source, labels[0], "the files given", source, err);
    return status;
}
