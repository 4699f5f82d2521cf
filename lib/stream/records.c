#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pixelgan/stream.h"
#include "stream/mapping.h"

/* Arrays for capacity examples, or NULL for absent fields. False: out of memory. */
static bool allocate_arrays(pg_records *records, size_t capacity)
{
    const pg_schema *schema = &records->schema;
    if (schema->channels) records->image = pg_allocate(capacity, pg_schema_image_size(schema));
    if (schema->has_label) records->label = pg_allocate(capacity, sizeof *records->label);
    if (schema->code_dim)
        records->code = pg_allocate(capacity, (size_t)schema->code_dim * sizeof *records->code);
    if (schema->scalar_count)
        records->scalar =
            pg_allocate(capacity, (size_t)schema->scalar_count * sizeof *records->scalar);
    records->capacity = capacity;
    return (!schema->channels || records->image) && (!schema->has_label || records->label) &&
           (!schema->code_dim || records->code) && (!schema->scalar_count || records->scalar);
}

/* The largest field of one example times capacity must be a size. */
static bool sizes_overflow(const pg_schema *schema, size_t capacity)
{
    size_t bytes;
    return !pg_size_multiply(capacity, pg_schema_image_size(schema), &bytes) ||
           !pg_size_multiply(capacity, 4 * (size_t)schema->code_dim, &bytes) ||
           !pg_size_multiply(capacity, 4 * (size_t)schema->scalar_count + 4, &bytes);
}

pg_status pg_records_init(pg_records *records, const pg_schema *schema, size_t capacity,
                          pg_error *err)
{
    *records = (pg_records){.schema = *schema};
    if (sizes_overflow(schema, capacity))
        return pg_fail(err, PG_ERR_LIMIT, "the size of %zu examples overflows", capacity);
    if (allocate_arrays(records, capacity)) return PG_OK;
    pg_records_free(records);
    return pg_fail(err, PG_ERR_MEMORY, "out of memory for %zu examples", capacity);
}

/* Copies count examples between the same places of two sets of arrays. */
static void copy_examples(pg_records *to, size_t at, const pg_records *from, size_t first,
                          size_t count)
{
    const pg_schema *schema = &to->schema;
    size_t image = pg_schema_image_size(schema);
    size_t code = (size_t)schema->code_dim, scalars = (size_t)schema->scalar_count;
    if (image) pg_records_copy_images(from, first, count, to->image + at * image);
    if (to->label) memcpy(to->label + at, from->label + first, count * sizeof *to->label);
    if (code)
        memcpy(to->code + at * code, from->code + first * code, count * code * sizeof *to->code);
    if (scalars)
        memcpy(to->scalar + at * scalars, from->scalar + first * scalars,
               count * scalars * sizeof *to->scalar);
}

pg_status pg_records_reserve(pg_records *records, size_t capacity, pg_error *err)
{
    if (capacity <= records->capacity) return PG_OK;
    pg_records larger;
    pg_status status = pg_records_init(&larger, &records->schema, capacity, err);
    if (status) return status;
    copy_examples(&larger, 0, records, 0, records->count);
    larger.count = records->count;
    pg_records_free(records);
    *records = larger;
    return PG_OK;
}

pg_status pg_records_append(pg_records *records, const pg_records *source, size_t first,
                            size_t count, pg_error *err)
{
    if (!pg_schema_equal(&records->schema, &source->schema))
        return pg_fail(err, PG_ERR_ARGUMENT, "examples with other fields cannot be appended");
    if (first > source->count || count > source->count - first)
        return pg_fail(err, PG_ERR_ARGUMENT, "examples %zu and %zu more asked for, %zu present",
                       first, count, source->count);
    size_t needed;
    if (!pg_size_add(records->count, count, &needed))
        return pg_fail(err, PG_ERR_LIMIT, "too many examples");
    if (needed > records->capacity) {
        size_t larger = records->capacity + records->capacity / 2;
        pg_status status = pg_records_reserve(records, needed > larger ? needed : larger, err);
        if (status) return status;
    }
    copy_examples(records, records->count, source, first, count);
    records->count = needed;
    return PG_OK;
}

void pg_records_free(pg_records *records)
{
    free(records->image);
    free(records->label);
    free(records->code);
    free(records->scalar);
    pg_mapping_free(records->mapping);
    *records = (pg_records){0};
}
