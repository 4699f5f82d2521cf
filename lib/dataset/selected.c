/* Classes, part and limit: which examples go on. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "dataset/source.h"

typedef struct selected {
    pg_source *before;
    pg_selection selection;
    int32_t *classes;
    pg_records chunk; /* from the source before */
    size_t taken;     /* examples of it that were looked at */
    uint64_t in_classes, handed_on;
} selected;

static void selected_close(void *state)
{
    selected *s = state;
    if (!s) return;
    pg_source_close(s->before);
    pg_records_free(&s->chunk);
    free(s->classes);
    free(s);
}

static bool in_classes(const selected *s, int32_t label)
{
    for (size_t i = 0; i < s->selection.class_count; i++)
        if (s->classes[i] == label) return true;
    return s->selection.class_count == 0;
}

/* Whether example i of the chunk goes on; to be asked of each once, in order. */
static bool wanted(selected *s, size_t i)
{
    if (s->chunk.label && !in_classes(s, s->chunk.label[i])) return false;
    uint64_t index = s->in_classes++;
    return !s->selection.parts || index % s->selection.parts == s->selection.part - 1;
}

static bool at_limit(const selected *s, size_t ahead)
{
    return s->selection.has_limit && s->handed_on + ahead >= s->selection.limit;
}

/* The next run of wanted examples, at most `room`, of the chunk: it begins at
 * *first; the ones before it are passed over. */
static size_t next_run(selected *s, size_t room, size_t *first)
{
    size_t run = 0;
    for (; s->taken < s->chunk.count && run < room && !at_limit(s, run); s->taken++) {
        if (wanted(s, s->taken)) {
            if (!run++) *first = s->taken;
        } else if (run) {
            s->taken++;
            break;
        }
    }
    return run;
}

static pg_status selected_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    selected *s = source->state;
    while (chunk->count < chunk->capacity && !at_limit(s, 0)) {
        size_t first = 0;
        pg_status status = PG_OK;
        if (s->taken == s->chunk.count) {
            s->taken = 0;
            status = pg_source_next(s->before, &s->chunk, err);
            if (status != PG_OK || s->chunk.count == 0) return status;
        }
        size_t run = next_run(s, chunk->capacity - chunk->count, &first);
        if (run) status = pg_records_append(chunk, &s->chunk, first, run, err);
        if (status != PG_OK) return status;
        s->handed_on += run;
    }
    return PG_OK;
}

static pg_status selected_rewind(pg_source *source, pg_error *err)
{
    selected *s = source->state;
    s->taken = s->chunk.count = 0;
    s->in_classes = s->handed_on = 0;
    return pg_source_rewind(s->before, err);
}

static bool selected_can_rewind(const pg_source *source)
{
    const selected *s = source->state;
    return pg_source_can_rewind(s->before);
}

static const pg_source *selected_before(const pg_source *source)
{
    const selected *s = source->state;
    return s->before;
}

static const pg_source_class selected_class = {.next = selected_next,
                                               .rewind = selected_rewind,
                                               .can_rewind = selected_can_rewind,
                                               .before = selected_before,
                                               .close = selected_close};

static pg_status check(const pg_selection *selection, const pg_schema *schema, pg_error *err)
{
    if (selection->class_count && !schema->has_label)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "choose classes: the examples have no labels; give them with --labels");
    if (selection->parts && (selection->part < 1 || selection->part > selection->parts))
        return pg_fail(err, PG_ERR_ARGUMENT, "part %llu of %llu: there is no such part",
                       (unsigned long long)selection->part, (unsigned long long)selection->parts);
    return PG_OK;
}

static pg_status allocate(selected *s, const pg_selection *selection, pg_error *err)
{
    s->selection = *selection;
    s->classes = calloc(selection->class_count + 1, sizeof *s->classes);
    if (!s->classes) return pg_fail(err, PG_ERR_MEMORY, "choose classes: out of memory");
    if (selection->class_count)
        memcpy(s->classes, selection->classes, selection->class_count * sizeof *s->classes);
    const pg_schema *schema = &s->before->schema;
    return pg_records_init(&s->chunk, schema, pg_schema_chunk_capacity(schema), err);
}

pg_status pg_selected_source(pg_source *before, const pg_selection *selection, pg_source **source,
                             pg_error *err)
{
    *source = NULL;
    pg_status status = check(selection, &before->schema, err);
    selected *s = status == PG_OK ? calloc(1, sizeof *s) : NULL;
    if (!s) {
        pg_source_close(before);
        return status != PG_OK ? status : pg_fail(err, PG_ERR_MEMORY, "data set: out of memory");
    }
    s->before = before;
    status = allocate(s, selection, err);
    if (status == PG_OK)
        return pg_source_create(&selected_class, s, &before->schema, -1, source, err);
    selected_close(s);
    return status;
}
