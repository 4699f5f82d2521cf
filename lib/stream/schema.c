#include <config.h>

#include "stream/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 20, CHUNK_EXAMPLES = 512 };

size_t pg_schema_image_size(const pg_schema *schema)
{
    return (size_t)schema->height * (size_t)schema->width * (size_t)schema->channels;
}

size_t pg_schema_record_size(const pg_schema *schema)
{
    return pg_schema_image_size(schema) + 4 * (size_t)schema->has_label +
           4 * (size_t)schema->code_dim + 4 * (size_t)schema->scalar_count +
           (size_t)schema->name_size + (size_t)schema->class_size;
}

size_t pg_schema_chunk_capacity(const pg_schema *schema)
{
    size_t size = pg_schema_record_size(schema);
    size_t capacity = size ? CHUNK_BYTES / size : CHUNK_EXAMPLES;
    return capacity < 1 ? 1 : capacity > CHUNK_EXAMPLES ? CHUNK_EXAMPLES : capacity;
}

int pg_schema_find_scalar(const pg_schema *schema, const char *name)
{
    for (int i = 0; i < schema->scalar_count; i++)
        if (strcmp(schema->scalar_names[i], name) == 0) return i;
    return -1;
}

/* The same fields and shapes, whatever texts there are. */
static bool have_equal_numbers(const pg_schema *a, const pg_schema *b)
{
    if (a->channels != b->channels || a->has_label != b->has_label || a->code_dim != b->code_dim ||
        a->scalar_count != b->scalar_count)
        return false;
    if (a->channels && (a->height != b->height || a->width != b->width)) return false;
    for (int i = 0; i < a->scalar_count; i++)
        if (strcmp(a->scalar_names[i], b->scalar_names[i]) != 0) return false;
    return true;
}

bool pg_schema_equal(const pg_schema *a, const pg_schema *b)
{
    return a->name_size == b->name_size && a->class_size == b->class_size &&
           have_equal_numbers(a, b);
}

bool pg_schema_fits(const pg_schema *from, const pg_schema *to)
{
    return (!to->name_size || from->name_size <= to->name_size) &&
           (!to->class_size || from->class_size <= to->class_size) && have_equal_numbers(from, to);
}

void pg_schema_describe(const pg_schema *schema, char *text, size_t size)
{
    const char *comma = "";
    size_t used = 0;
    if (size) *text = 0;
#define APPEND(...)                                                                                \
    do {                                                                                           \
        if (used < size) used += (size_t)snprintf(text + used, size - used, __VA_ARGS__);          \
        comma = ", ";                                                                              \
    } while (0)
    if (schema->channels) APPEND("image %dx%dx%d", schema->height, schema->width, schema->channels);
    if (schema->has_label) APPEND("%slabel", comma);
    if (schema->code_dim) APPEND("%scode of %d", comma, schema->code_dim);
    for (int i = 0; i < schema->scalar_count; i++)
        APPEND("%s%s", comma, schema->scalar_names[i]);
    if (schema->name_size) APPEND("%sname", comma);
    if (schema->class_size) APPEND("%sclass", comma);
#undef APPEND
}

pg_status pg_shape_check(const char *name, int64_t height, int64_t width, int64_t channels,
                         bool will_be_resized, pg_error *err)
{
    int64_t side = will_be_resized ? PG_MAX_SOURCE_SIDE : PG_MAX_SIDE;
    int64_t bytes = will_be_resized ? PG_MAX_SOURCE_BYTES : PG_MAX_IMAGE_BYTES;
    bool positive = height >= 1 && width >= 1 && channels >= 1;
    if (positive && height <= side && width <= side && channels <= PG_MAX_CHANNELS &&
        height * width * channels <= bytes)
        return PG_OK;
    return pg_fail(err, PG_ERR_LIMIT,
                   "%s: images of %" PRId64 " x %" PRId64 " x %" PRId64 "; sides are 1 to %" PRId64
                   ", channels 1 to %d, and %" PRId64 " bytes the most in all%s",
                   name, height, width, channels, side, PG_MAX_CHANNELS, bytes,
                   !positive || channels > PG_MAX_CHANNELS ? ""
                   : will_be_resized ? "; make them smaller with another program, such as pamscale"
                                     : "; 'pg-prep --resize HxW' makes them smaller");
}

pg_status pg_code_check(const char *name, int64_t components, pg_error *err)
{
    if (components >= 1 && components <= PG_MAX_CODE) return PG_OK;
    return pg_fail(err, PG_ERR_LIMIT, "%s: codes of %" PRId64 " components; 1 to %d are supported",
                   name, components, PG_MAX_CODE);
}

/* A name that is safe in a header and in a message. */
static bool is_field_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char more[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    size_t length = strnlen(name, PG_MAX_NAME);
    return length > 0 && length < PG_MAX_NAME && strspn(name, letters) > 0 &&
           strspn(name, more) == length;
}

static bool is_reserved(const char *name)
{
    static const char *const names[] = {"image", "label", "code", "name", "class"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static pg_status check_scalars(const pg_schema *schema, const char *name, pg_error *err)
{
    if (schema->scalar_count < 0 || schema->scalar_count > PG_MAX_SCALARS)
        return pg_fail(err, PG_ERR_LIMIT, "%s: %d scalar fields; at most %d are supported", name,
                       schema->scalar_count, PG_MAX_SCALARS);
    for (int i = 0; i < schema->scalar_count; i++) {
        const char *field = schema->scalar_names[i];
        if (!is_field_name(field) || is_reserved(field))
            return pg_fail(err, PG_ERR_FORMAT,
                           "%s: '%.*s' cannot name a scalar field; letters, digits and _ can, up "
                           "to %d of them",
                           name, PG_MAX_NAME, field, PG_MAX_NAME - 1);
        if (pg_schema_find_scalar(schema, field) < i)
            return pg_fail(err, PG_ERR_FORMAT, "%s: two fields are called '%s'", name, field);
    }
    return PG_OK;
}

static pg_status check_texts(const pg_schema *schema, const char *name, pg_error *err)
{
    int longest = schema->name_size > schema->class_size ? schema->name_size : schema->class_size;
    if (schema->name_size >= 0 && schema->class_size >= 0 && longest <= PG_MAX_TEXT) return PG_OK;
    return pg_fail(err, PG_ERR_LIMIT, "%s: names or classes of %d bytes; at most %d are supported",
                   name, longest, PG_MAX_TEXT);
}

pg_status pg_schema_check_fields(const pg_schema *schema, const char *name, pg_error *err)
{
    pg_status status = schema->code_dim ? pg_code_check(name, schema->code_dim, err) : PG_OK;
    if (!status) status = check_scalars(schema, name, err);
    if (!status) status = check_texts(schema, name, err);
    if (status) return status;
    if (pg_schema_record_size(schema) == 0)
        return pg_fail(err, PG_ERR_FORMAT, "%s: examples without any field", name);
    return PG_OK;
}

pg_status pg_schema_check(const pg_schema *schema, const char *name, pg_error *err)
{
    pg_status status = PG_OK;
    if (schema->channels)
        status = pg_shape_check(name, schema->height, schema->width, schema->channels, false, err);
    return status ? status : pg_schema_check_fields(schema, name, err);
}
