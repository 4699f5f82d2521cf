/* Labels from a file of their own, beside the images. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "dataset/keyed.h"
#include "dataset/labels.h"
#include "dataset/source.h"

enum { LABELS_AT_ONCE = 1024 };

typedef struct labelled {
    pg_source *before;
    pg_labels *labels;
    char *path, *name; /* of the labels, of the images */
    uint64_t count;    /* images so far */
} labelled;

static void labelled_close(void *state)
{
    labelled *l = state;
    if (!l) return;
    pg_source_close(l->before);
    pg_labels_close(l->labels);
    free(l->path);
    free(l->name);
    free(l);
}

static pg_status mismatch(const labelled *l, uint64_t labels, uint64_t images, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: %llu labels, and %s has %llu images; give the labels of these images",
                   l->path, (unsigned long long)labels, l->name, (unsigned long long)images);
}

/* The labels ended within a chunk: counts the images still to come. */
static pg_status labels_ran_out(labelled *l, pg_records *chunk, size_t got, pg_error *err)
{
    uint64_t labels = l->count + got, images = l->count + chunk->count;
    do {
        chunk->count = 0;
        pg_status status = l->before->class->next(l->before, chunk, err);
        if (status != PG_OK) return status;
        images += chunk->count;
    } while (chunk->count);
    return mismatch(l, labels, images, err);
}

/* The images have ended: so must the labels. */
static pg_status expect_end(labelled *l, pg_error *err)
{
    int32_t values[LABELS_AT_ONCE];
    uint64_t labels = l->count;
    size_t got;
    do {
        pg_status status = pg_labels_read(l->labels, values, LABELS_AT_ONCE, &got, err);
        if (status != PG_OK) return status;
        labels += got;
    } while (got);
    return labels == l->count ? PG_OK : mismatch(l, labels, l->count, err);
}

/* Labels by key: those that the images have stay where the file says nothing. */
static void apply_keyed(labelled *l, pg_keyed *keyed, pg_records *chunk)
{
    bool has_label = l->before->schema.has_label;
    for (size_t n = 0; n < chunk->count; n++) {
        if (!has_label) chunk->label[n] = PG_LABEL_NONE;
        (void)pg_keyed_find(keyed, l->count + n, pg_records_name(chunk, n), &chunk->label[n]);
    }
    l->count += chunk->count;
}

static pg_status labelled_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    labelled *l = source->state;
    size_t got;
    pg_status status = l->before->class->next(l->before, chunk, err);
    if (status != PG_OK) return status;
    pg_keyed *keyed = pg_labels_keyed(l->labels);
    if (chunk->count == 0 && keyed) return pg_keyed_expect_all_found(keyed, err);
    if (chunk->count == 0) return expect_end(l, err);
    if (keyed) {
        apply_keyed(l, keyed, chunk);
        return PG_OK;
    }
    status = pg_labels_read(l->labels, chunk->label, chunk->count, &got, err);
    if (status != PG_OK) return status;
    if (got < chunk->count) return labels_ran_out(l, chunk, got, err);
    l->count += chunk->count;
    return PG_OK;
}

/* Where both counts are known, a mismatch is told before the work is done. */
static pg_status open_labels(labelled *l, pg_error *err)
{
    pg_status status = pg_labels_open(l->path, &l->labels, err);
    if (status != PG_OK) return status;
    int64_t labels = pg_labels_known_count(l->labels), images = l->before->known_count;
    if (labels < 0 || images < 0 || labels == images) return PG_OK;
    return mismatch(l, (uint64_t)labels, (uint64_t)images, err);
}

static pg_status labelled_rewind(pg_source *source, pg_error *err)
{
    labelled *l = source->state;
    pg_labels_close(l->labels);
    l->labels = NULL;
    l->count = 0;
    pg_status status = pg_source_rewind(l->before, err);
    return status == PG_OK ? open_labels(l, err) : status;
}

static bool labelled_can_rewind(const pg_source *source)
{
    const labelled *l = source->state;
    return pg_source_can_rewind(l->before) && pg_path_can_reopen(l->path);
}

static const pg_source *labelled_before(const pg_source *source)
{
    const labelled *l = source->state;
    return l->before;
}

/* Those of the images, then that of the labels. */
static const pg_remark *labelled_remark(const pg_source *source, size_t i)
{
    const labelled *l = source->state;
    return pg_source_remark_or(l->before, l->labels ? pg_labels_remark(l->labels) : NULL, i);
}

/* The labels are no longer those of the class folders. */
static const pg_class_names *no_class_names(const pg_source *source)
{
    (void)source;
    return NULL;
}

static const pg_source_class labelled_class = {.next = labelled_next,
                                               .rewind = labelled_rewind,
                                               .can_rewind = labelled_can_rewind,
                                               .before = labelled_before,
                                               .remark = labelled_remark,
                                               .class_names = no_class_names,
                                               .close = labelled_close};

pg_status pg_labelled_source(pg_source *before, const char *labels, const char *name,
                             pg_source **source, pg_error *err)
{
    *source = NULL;
    labelled *l = calloc(1, sizeof *l);
    if (!l) {
        pg_source_close(before);
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", labels);
    }
    *l = (labelled){.before = before, .path = strdup(labels), .name = strdup(name)};
    pg_status status = l->path && l->name
                           ? open_labels(l, err)
                           : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", labels);
    if (status != PG_OK) {
        labelled_close(l);
        return status;
    }
    pg_schema schema = before->schema;
    schema.has_label = true;
    schema.class_size = 0; /* other labels than those that were called so */
    return pg_source_create(&labelled_class, l, &schema, before->known_count, source, err);
}
