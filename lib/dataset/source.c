#include <config.h>

#include "dataset/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

pg_status pg_source_create(const pg_source_class *class, void *state, const pg_schema *schema,
                           int64_t known_count, pg_source **source, pg_error *err)
{
    *source = malloc(sizeof **source);
    if (!*source) {
        class->close(state);
        return pg_fail(err, PG_ERR_MEMORY, "data set: out of memory");
    }
    **source =
        (pg_source){.class = class, .state = state, .schema = *schema, .known_count = known_count};
    return PG_OK;
}

const pg_schema *pg_source_schema(const pg_source *source)
{
    return &source->schema;
}

pg_status pg_source_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    chunk->count = 0;
    if (!pg_schema_equal(&source->schema, &chunk->schema))
        return pg_fail(err, PG_ERR_ARGUMENT, "data set: a chunk of another schema");
    return source->class->next(source, chunk, err);
}

bool pg_source_can_rewind(const pg_source *source)
{
    if (!source->class->rewind) return false;
    return !source->class->can_rewind || source->class->can_rewind(source);
}

pg_status pg_source_rewind(pg_source *source, pg_error *err)
{
    if (!pg_source_can_rewind(source))
        return pg_fail(err, PG_ERR_ARGUMENT, "data set: a pipe cannot be read twice");
    return source->class->rewind(source, err);
}

const char *pg_source_remark(const pg_source *source)
{
    return source->class->remark ? source->class->remark(source) : NULL;
}

void pg_source_close(pg_source *source)
{
    if (!source) return;
    source->class->close(source->state);
    free(source);
}

void pg_remarks_add(pg_remarks *remarks, const char *remark)
{
    if (!remark) return;
    if (!remarks->first) remarks->first = strdup(remark);
    remarks->files++;
}

const char *pg_remarks_text(pg_remarks *remarks, const char *before)
{
    const char *first = remarks->first;
    if (!first) return before;
    size_t size = strlen(first) + (before ? strlen(before) : 0) + 80;
    char *text = realloc(remarks->text, size), more[64] = "";
    if (!text) return first;
    if (remarks->files > 1)
        snprintf(more, sizeof more, "; %zu more file%s something of the kind", remarks->files - 1,
                 remarks->files == 2 ? " has" : "s have");
    snprintf(text, size, "%s%s%s%s", before ? before : "", before ? "; " : "", first, more);
    return remarks->text = text;
}

void pg_remarks_free(pg_remarks *remarks)
{
    free(remarks->first);
    free(remarks->text);
    *remarks = (pg_remarks){0};
}
