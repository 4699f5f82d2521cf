/* Reading a container, and what is in it. */
#include <config.h>

#include "model/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/filetype.h"
#include "base/number.h"
#include "model/safetensors_dtype.h"
#include "stream/fdio.h"

/* Memory is taken in such steps where nothing proves the size. */
enum { STEP_BYTES = 1 << 20 };

/* A tensor as the header describes it. */
typedef struct tensor_entry {
    pg_safetensor tensor;
    const pg_file_dtype *type;
    uint64_t begin, end; /* in the data */
    void *memory;        /* tensor.data, ours to free */
} tensor_entry;

struct pg_safetensors {
    json_t *root; /* owns all names and strings */
    json_t *metadata;
    tensor_entry *entries; /* in the order of the data */
    size_t count;
};

/* What reading needs beside the result. */
typedef struct source {
    const char *name;
    pg_input input;
    bool is_regular;
    uint64_t size; /* of a regular file */
    pg_error *err;
} source;

static pg_status refuse_short(const source *s, const char *what)
{
    if (s->input.error) return pg_fail_errno(s->err, s->input.error, "%s: cannot read", s->name);
    return pg_fail(s->err, PG_ERR_FORMAT, "%s: truncated at byte %" PRIu64 " in %s", s->name,
                   s->input.offset, what);
}

/* Reads size bytes into memory of their own. Where no file size vouches for
 * them, memory grows with what has come. */
static pg_status read_block(source *s, uint64_t size, const char *what, void **block)
{
    size_t room = s->is_regular || size < STEP_BYTES ? (size_t)size : STEP_BYTES, used = 0;
    uint8_t *memory = pg_allocate(room, 1);
    while (memory) {
        size_t got = pg_input_read(&s->input, memory + used, room - used);
        used += got;
        if (used == size) break;
        if (used < room) {
            free(memory);
            return refuse_short(s, what);
        }
        size_t larger = size - room < room ? (size_t)size : 2 * room;
        uint8_t *grown = pg_allocate(larger, 1);
        if (grown) memcpy(grown, memory, used);
        free(memory);
        memory = grown;
        room = larger;
    }
    *block = memory;
    if (memory) return PG_OK;
    return pg_fail(s->err, PG_ERR_MEMORY, "%s: out of memory for %" PRIu64 " bytes", s->name, size);
}

/* A file of another kind is told before its first bytes are taken for a length. */
static pg_status check_kind(source *s)
{
    size_t count;
    const uint8_t *bytes = pg_input_peek(&s->input, PG_FILETYPE_BYTES, &count);
    const char *name = pg_filetype_name(bytes, count);
    if (s->input.error) return refuse_short(s, "the length of the header");
    if (count && (!name || name == pg_filetype_model)) return PG_OK;
    return pg_refuse_file(s->name, NULL, PG_USE_MODEL, bytes, count, s->err);
}

/* The length in front of the header. */
static pg_status read_length(source *s, uint64_t *length)
{
    uint8_t bytes[PG_SAFETENSORS_LENGTH_BYTES];
    pg_status status = check_kind(s);
    if (status) return status;
    if (pg_input_read(&s->input, bytes, sizeof bytes) < sizeof bytes)
        return refuse_short(s, "the length of the header");
    *length = 0;
    for (int i = 0; i < PG_SAFETENSORS_LENGTH_BYTES; i++)
        *length |= (uint64_t)bytes[i] << 8 * i;
    if (*length > PG_SAFETENSORS_MAX_HEADER || *length < 2)
        return pg_fail(s->err, PG_ERR_FORMAT,
                       "%s: not a model file (safetensors): it starts with %02x %02x %02x %02x, a "
                       "header of %" PRIu64 " bytes where 2 to %d are accepted; 'pg-train -o FILE' "
                       "makes a model",
                       s->name, bytes[0], bytes[1], bytes[2], bytes[3], *length,
                       PG_SAFETENSORS_MAX_HEADER);
    if (s->is_regular && *length > s->size - PG_SAFETENSORS_LENGTH_BYTES)
        return pg_fail(s->err, PG_ERR_FORMAT,
                       "%s: truncated, or not a model file: a header of %" PRIu64
                       " bytes in a file of %" PRIu64,
                       s->name, *length, s->size);
    return PG_OK;
}

static pg_status read_header(source *s, pg_safetensors *file)
{
    uint64_t length = 0;
    void *text = NULL;
    json_error_t why;
    pg_status status = read_length(s, &length);
    if (!status) status = read_block(s, length, "the header", &text);
    if (status) return status;
    bool is_object = *(const char *)text == '{';
    locale_t before = pg_plain_locale_begin();
    file->root = is_object ? json_loadb(text, (size_t)length, JSON_REJECT_DUPLICATES, &why) : NULL;
    pg_plain_locale_end(before);
    free(text);
    if (!is_object)
        return pg_fail(s->err, PG_ERR_FORMAT,
                       "%s: not a model file (safetensors): its header is not a JSON object",
                       s->name);
    if (!file->root)
        return pg_fail(s->err, PG_ERR_FORMAT, "%s: header: %s at its byte %d", s->name, why.text,
                       why.position);
    return PG_OK;
}

static pg_status check_metadata(const source *s, pg_safetensors *file)
{
    const char *key;
    json_t *value;
    file->metadata = json_object_get(file->root, pg_safetensors_metadata_key);
    if (!file->metadata) return PG_OK;
    if (!json_is_object(file->metadata))
        return pg_fail(s->err, PG_ERR_FORMAT, "%s: header: %s is not an object", s->name,
                       pg_safetensors_metadata_key);
    json_object_foreach(file->metadata, key, value)
    {
        if (!json_is_string(value))
            return pg_fail(s->err, PG_ERR_FORMAT, "%s: header: metadata '%s' is not a string",
                           s->name, key);
    }
    return PG_OK;
}

static pg_status parse_shape(const source *s, const json_t *shape, pg_safetensor *tensor)
{
    size_t rank = json_array_size(shape), i;
    json_t *size;
    if (!json_is_array(shape))
        return pg_fail(s->err, PG_ERR_FORMAT, "%s: tensor '%s': shape is not a list", s->name,
                       tensor->name);
    if (rank > PG_SAFETENSORS_MAX_RANK)
        return pg_fail(s->err, PG_ERR_LIMIT, "%s: tensor '%s': %zu dimensions; at most %d", s->name,
                       tensor->name, rank, PG_SAFETENSORS_MAX_RANK);
    tensor->rank = (int)rank;
    json_array_foreach(shape, i, size)
    {
        if (!json_is_integer(size) || json_integer_value(size) < 0)
            return pg_fail(s->err, PG_ERR_FORMAT, "%s: tensor '%s': a size that is no whole number",
                           s->name, tensor->name);
        tensor->shape[i] = (size_t)json_integer_value(size);
    }
    return PG_OK;
}

static pg_status parse_offsets(const source *s, const json_t *offsets, tensor_entry *entry)
{
    const json_t *begin = json_array_get(offsets, 0), *end = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || !json_is_integer(begin) || !json_is_integer(end) ||
        json_integer_value(begin) < 0 || json_integer_value(end) < json_integer_value(begin))
        return pg_fail(s->err, PG_ERR_FORMAT,
                       "%s: tensor '%s': data_offsets are not [BEGIN, END] with BEGIN <= END",
                       s->name, entry->tensor.name);
    entry->begin = (uint64_t)json_integer_value(begin);
    entry->end = (uint64_t)json_integer_value(end);
    return PG_OK;
}

static pg_status parse_tensor(const source *s, const char *name, const json_t *info,
                              tensor_entry *entry)
{
    pg_safetensor *tensor = &entry->tensor;
    const char *dtype = json_string_value(json_object_get(info, "dtype"));
    size_t bytes, size;
    tensor->name = name;
    if (!dtype)
        return pg_fail(s->err, PG_ERR_FORMAT, "%s: tensor '%s' has no dtype", s->name, name);
    entry->type = pg_dtype_find(dtype);
    if (!entry->type)
        return pg_fail(
            s->err, PG_ERR_UNSUPPORTED,
            "%s: tensor '%s' has dtype '%s'; F32, F16, BF16, F64, I32, I64 and U8 can be "
            "read",
            s->name, name, dtype);
    pg_status status = parse_shape(s, json_object_get(info, "shape"), tensor);
    if (!status) status = parse_offsets(s, json_object_get(info, "data_offsets"), entry);
    if (status) return status;
    size = entry->type->convert ? sizeof(float) : entry->type->size;
    if (!pg_dtype_shape_bytes(tensor->shape, tensor->rank, entry->type->size, &bytes) ||
        !pg_dtype_shape_bytes(tensor->shape, tensor->rank, size, &tensor->bytes))
        return pg_fail(s->err, PG_ERR_LIMIT, "%s: tensor '%s': its size overflows", s->name, name);
    if (bytes != entry->end - entry->begin)
        return pg_fail(s->err, PG_ERR_FORMAT,
                       "%s: tensor '%s': its shape needs %zu bytes, its data_offsets give %" PRIu64,
                       s->name, name, bytes, entry->end - entry->begin);
    tensor->dtype = entry->type->dtype;
    return PG_OK;
}

static int compare_by_offset(const void *a, const void *b)
{
    const tensor_entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end < y->end ? -1 : 1;
    return strcmp(x->tensor.name, y->tensor.name);
}

/* The tensors lie one after the other, without holes or overlap, to the end. */
static pg_status check_layout(const source *s, const pg_safetensors *file)
{
    uint64_t at = 0;
    for (size_t i = 0; i < file->count; at = file->entries[i++].end)
        if (file->entries[i].begin != at)
            return pg_fail(s->err, PG_ERR_FORMAT,
                           "%s: tensor '%s' starts at byte %" PRIu64 " of the data, not at %" PRIu64
                           " where the one before ends",
                           s->name, file->entries[i].tensor.name, file->entries[i].begin, at);
    if (s->is_regular && at > s->size - s->input.offset)
        return pg_fail(s->err, PG_ERR_FORMAT,
                       "%s: truncated: %" PRIu64 " bytes of tensors declared, %" PRIu64 " present",
                       s->name, at, s->size - s->input.offset);
    return PG_OK;
}

static pg_status parse_tensors(const source *s, pg_safetensors *file)
{
    const char *name;
    json_t *info;
    file->entries = calloc(json_object_size(file->root) + 1, sizeof *file->entries);
    if (!file->entries) return pg_fail(s->err, PG_ERR_MEMORY, "%s: out of memory", s->name);
    json_object_foreach(file->root, name, info)
    {
        if (strcmp(name, pg_safetensors_metadata_key) == 0) continue;
        pg_status status = parse_tensor(s, name, info, &file->entries[file->count++]);
        if (status) return status;
    }
    qsort(file->entries, file->count, sizeof *file->entries, compare_by_offset);
    return check_layout(s, file);
}

/* The numbers of one tensor, in the machine's byte order and type. */
static pg_status read_tensor(source *s, tensor_entry *entry)
{
    const pg_file_dtype *type = entry->type;
    uint64_t size = entry->end - entry->begin;
    void *block;
    pg_status status = read_block(s, size, "the tensors", &block);
    if (status) return status;
    pg_dtype_swap(block, (size_t)size, type->size);
    entry->memory = block;
    if (type->convert) {
        entry->memory = pg_allocate(entry->tensor.bytes, 1);
        if (entry->memory) type->convert(block, entry->memory, (size_t)size / type->size);
        free(block);
    }
    entry->tensor.data = entry->memory;
    if (entry->memory) return PG_OK;
    return pg_fail(s->err, PG_ERR_MEMORY, "%s: out of memory", s->name);
}

static pg_status read_tensors(source *s, pg_safetensors *file)
{
    pg_status status = PG_OK;
    for (size_t i = 0; !status && i < file->count; i++)
        status = read_tensor(s, &file->entries[i]);
    char extra;
    if (!status && pg_input_read(&s->input, &extra, 1) != 0)
        status = pg_fail(s->err, PG_ERR_FORMAT, "%s: bytes after the last tensor, at byte %" PRIu64,
                         s->name, s->input.offset - 1);
    if (!status && s->input.error) status = refuse_short(s, "the tensors");
    return status;
}

static pg_status read_descriptor(source *s, int fd, pg_safetensors **result)
{
    struct stat info;
    s->is_regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
    s->size = s->is_regular ? (uint64_t)info.st_size : 0;
    pg_safetensors *file = calloc(1, sizeof *file);
    if (!file || !pg_input_init(&s->input, fd, NULL, 0)) {
        free(file);
        return pg_fail(s->err, PG_ERR_MEMORY, "%s: out of memory", s->name);
    }
    pg_status status = read_header(s, file);
    if (!status) status = check_metadata(s, file);
    if (!status) status = parse_tensors(s, file);
    if (!status) status = read_tensors(s, file);
    pg_input_free(&s->input);
    if (status)
        pg_safetensors_free(file);
    else
        *result = file;
    return status;
}

pg_status pg_safetensors_read(const char *path, pg_safetensors **file, pg_error *err)
{
    *file = NULL;
    if (strcmp(path, "-") == 0) {
        source s = {.name = "standard input", .err = err};
        return read_descriptor(&s, STDIN_FILENO, file);
    }
    source s = {.name = path, .err = err};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return pg_fail_errno(err, errno, "%s: cannot open", path);
    pg_status status = read_descriptor(&s, fd, file);
    close(fd);
    return status;
}

/* --- asking -------------------------------------------------------------- */

size_t pg_safetensors_count(const pg_safetensors *file)
{
    return file->count;
}

const pg_safetensor *pg_safetensors_tensor(const pg_safetensors *file, size_t i)
{
    return &file->entries[i].tensor;
}

const pg_safetensor *pg_safetensors_find(const pg_safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->entries[i].tensor.name, name) == 0) return &file->entries[i].tensor;
    return NULL;
}

const char *pg_safetensors_get(const pg_safetensors *file, const char *key)
{
    return json_string_value(json_object_get(file->metadata, key));
}

size_t pg_safetensors_metadata_count(const pg_safetensors *file)
{
    return json_object_size(file->metadata);
}

pg_metadata_entry pg_safetensors_metadata(const pg_safetensors *file, size_t i)
{
    void *entry = json_object_iter(file->metadata);
    while (entry && i--)
        entry = json_object_iter_next(file->metadata, entry);
    if (!entry) return (pg_metadata_entry){NULL, NULL};
    return (pg_metadata_entry){json_object_iter_key(entry),
                               json_string_value(json_object_iter_value(entry))};
}

void pg_safetensors_free(pg_safetensors *file)
{
    if (!file) return;
    for (size_t i = 0; i < file->count; i++)
        free(file->entries[i].memory);
    free(file->entries);
    json_decref(file->root);
    free(file);
}
