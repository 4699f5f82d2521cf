/* All examples in memory: to shuffle them, or to pass over a pipe twice. */
#include <config.h>

#include <gsl/gsl_rng.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/random.h"
#include "dataset/source.h"

typedef struct memory {
    pg_source *before;
    pg_records all;
    size_t *order; /* of all.count, NULL: as they came */
    size_t next;
    bool filled, shuffle;
    uint64_t seed;
} memory;

static void memory_close(void *state)
{
    memory *m = state;
    pg_source_close(m->before);
    pg_records_free(&m->all);
    free(m->order);
    free(m);
}

/* Fisher and Yates' shuffle, in Durstenfeld's form (1964). */
static pg_status draw_order(memory *m, pg_error *err)
{
    gsl_rng *rng = pg_rng_create(m->seed, PG_RANDOM_SHUFFLE, 0, 0);
    m->order = pg_allocate(m->all.count, sizeof *m->order);
    if (!rng || !m->order) {
        if (rng) gsl_rng_free(rng);
        return pg_fail(err, PG_ERR_MEMORY, "shuffle: out of memory");
    }
    for (size_t i = 0; i < m->all.count; i++) {
        size_t j = (size_t)(gsl_rng_uniform(rng) * (double)(i + 1));
        m->order[i] = m->order[j];
        m->order[j] = i;
    }
    gsl_rng_free(rng);
    return PG_OK;
}

static pg_status fill(memory *m, pg_error *err)
{
    pg_records chunk;
    const pg_schema *schema = &m->before->schema;
    pg_status status = pg_records_init(&m->all, schema, 0, err);
    if (status == PG_OK)
        status = pg_records_init(&chunk, schema, pg_schema_chunk_capacity(schema), err);
    if (status != PG_OK) return status;
    do {
        status = pg_source_next(m->before, &chunk, err);
        if (status == PG_OK) status = pg_records_append(&m->all, &chunk, 0, chunk.count, err);
    } while (status == PG_OK && chunk.count);
    pg_records_free(&chunk);
    if (status == PG_OK && m->shuffle) status = draw_order(m, err);
    m->filled = status == PG_OK;
    return status;
}

static pg_status memory_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    memory *m = source->state;
    if (!m->filled) {
        pg_status status = fill(m, err);
        if (status != PG_OK) return status;
    }
    while (chunk->count < chunk->capacity && m->next < m->all.count) {
        size_t i = m->order ? m->order[m->next] : m->next;
        pg_status status = pg_records_append(chunk, &m->all, i, 1, err);
        if (status != PG_OK) return status;
        m->next++;
    }
    return PG_OK;
}

static pg_status memory_rewind(pg_source *source, pg_error *err)
{
    (void)err;
    memory *m = source->state;
    m->next = 0;
    return PG_OK;
}

static const pg_source *memory_before(const pg_source *source)
{
    const memory *m = source->state;
    return m->before;
}

static const pg_source_class memory_class = {
    .next = memory_next, .rewind = memory_rewind, .before = memory_before, .close = memory_close};

pg_status pg_memory_source(pg_source *before, bool shuffle, uint64_t seed, pg_source **source,
                           pg_error *err)
{
    memory *m = calloc(1, sizeof *m);
    *source = NULL;
    if (!m) {
        pg_source_close(before);
        return pg_fail(err, PG_ERR_MEMORY, "data set: out of memory");
    }
    *m = (memory){.before = before, .shuffle = shuffle, .seed = seed};
    return pg_source_create(&memory_class, m, &before->schema, before->known_count, source, err);
}
