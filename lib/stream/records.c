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
    if (schema->name_size) records->name = pg_allocate(capacity, (size_t)schema->name_size + 1);
    if (schema->class_size)
        records->class_name = pg_allocate(capacity, (size_t)schema->class_size + 1);
    records->capacity = capacity;
    return (!schema->name_size || records->name) && (!schema->class_size || records->class_name) &&
           (!schema->channels || records->image) && (!schema->has_label || records->label) &&
           (!schema->code_dim || records->code) && (!schema->scalar_count || records->scalar);
}

/* The largest field of one example times capacity must be a size. */
static bool sizes_overflow(const pg_schema *schema, size_t capacity)
{
    size_t bytes;
    return !pg_size_multiply(capacity, pg_schema_image_size(schema), &bytes) ||
           !pg_size_multiply(capacity, 4 * (size_t)schema->code_dim, &bytes) ||
           !pg_size_multiply(capacity, 4 * (size_t)schema->scalar_count + 4, &bytes) ||
           !pg_size_multiply(capacity, (size_t)PG_MAX_TEXT + 1, &bytes);
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

/* Texts of up to size bytes, each with a zero. */
static void copy_texts(char *to, size_t at, const char *from, size_t first, size_t count, int size)
{
    size_t stride = (size_t)size + 1;
    if (to) memcpy(to + at * stride, from + first * stride, count * stride);
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
    copy_texts(to->name, at, from->name, first, count, schema->name_size);
    copy_texts(to->class_name, at, from->class_name, first, count, schema->class_size);
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

static const char *text_at(const char *texts, size_t i, int size)
{
    return texts ? texts + i * ((size_t)size + 1) : "";
}

const char *pg_records_name(const pg_records *records, size_t i)
{
    return text_at(records->name, i, records->schema.name_size);
}

const char *pg_records_class(const pg_records *records, size_t i)
{
    return text_at(records->class_name, i, records->schema.class_size);
}

/* The bytes after the text are zeros, so that the same text is the same bytes. */
static bool set_text(char *texts, size_t i, int size, const char *text)
{
    size_t length = strlen(text), room = (size_t)size;
    if (!texts) return true;
    if (length > room) return false;
    memset(texts + i * (room + 1), 0, room + 1);
    memcpy(texts + i * (room + 1), text, length);
    return true;
}

bool pg_records_set_name(pg_records *records, size_t i, const char *name)
{
    return set_text(records->name, i, records->schema.name_size, name);
}

bool pg_records_set_class(pg_records *records, size_t i, const char *name)
{
    return set_text(records->class_name, i, records->schema.class_size, name);
}

void pg_records_free(pg_records *records)
{
    free(records->image);
    free(records->label);
    free(records->code);
    free(records->scalar);
    pg_mapping_free(records->mapping);
    free(records->name);
    free(records->class_name);
    *records = (pg_records){0};
}
