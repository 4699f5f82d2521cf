#include <config.h>

#include "dataset/source.h"

#include <stdlib.h>

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

const pg_remark *pg_source_remark(const pg_source *source, size_t i)
{
    while (!source->class->remark && source->class->before)
        source = source->class->before(source);
    return source->class->remark ? source->class->remark(source, i) : NULL;
}

const pg_remark *pg_source_remark_or(const pg_source *source, const pg_remark *last, size_t i)
{
    const pg_remark *own = pg_source_remark(source, i);
    if (own) return own;
    return i == 0 || pg_source_remark(source, i - 1) ? last : NULL;
}

const pg_class_names *pg_source_class_names(const pg_source *source)
{
    while (!source->class->class_names && source->class->before)
        source = source->class->before(source);
    return source->class->class_names ? source->class->class_names(source) : NULL;
}

bool pg_source_files(const pg_source *source, uint64_t *done, uint64_t *total)
{
    while (!source->class->files && source->class->before)
        source = source->class->before(source);
    return source->class->files && source->class->files(source, done, total);
}

void pg_source_close(pg_source *source)
{
    if (!source) return;
    source->class->close(source->state);
    free(source);
}
