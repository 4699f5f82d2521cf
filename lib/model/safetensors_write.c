/* Writing a container. */
#include <config.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/number.h"
#include "base/outfile.h"
#include "model/safetensors.h"
#include "model/safetensors_dtype.h"

/* The reference writer's order: wide elements first, so that all are aligned,
 * then by name. */
static int compare_for_writing(const void *a, const void *b)
{
    static const int rank[] = {
        [PG_DTYPE_I64] = 0, [PG_DTYPE_F32] = 1, [PG_DTYPE_I32] = 2, [PG_DTYPE_U8] = 3};
    const pg_safetensor *x = *(const pg_safetensor *const *)a;
    const pg_safetensor *y = *(const pg_safetensor *const *)b;
    int order = rank[x->dtype] - rank[y->dtype];
    return order ? order : strcmp(x->name, y->name);
}

static int compare_keys(const void *a, const void *b)
{
    const pg_metadata_entry *x = *(const pg_metadata_entry *const *)a;
    const pg_metadata_entry *y = *(const pg_metadata_entry *const *)b;
    return strcmp(x->key, y->key);
}

/* A JSON string; bytes beyond ASCII become '?' where the text is not UTF-8 (a
 * file name in a command line need not be). */
static json_t *make_string(const char *text)
{
    json_t *string = json_string(text);
    if (string) return string;
    char *copy = strdup(text);
    if (!copy) return NULL;
    for (char *c = copy; *c; c++)
        if ((unsigned char)*c >= 0x80) *c = '?';
    string = json_string(copy);
    free(copy);
    return string;
}

/* {"key": "value", ...} in the order of the keys. */
static json_t *make_metadata(const pg_metadata_entry *const *sorted, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; object && i < count; i++)
        if (json_object_set_new(object, sorted[i]->key, make_string(sorted[i]->value)) != 0) {
            json_decref(object);
            return NULL;
        }
    return object;
}

/* {"dtype": "F32", "shape": [..], "data_offsets": [begin, end]} */
static json_t *make_info(const pg_safetensor *tensor, size_t begin)
{
    json_t *shape = json_array();
    for (int i = 0; shape && i < tensor->rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i]));
    return json_pack("{s:s,s:o,s:[I,I]}", "dtype", pg_dtypes[tensor->dtype].name, "shape", shape,
                     "data_offsets", (json_int_t)begin, (json_int_t)(begin + tensor->bytes));
}

static pg_status check_tensor(const pg_safetensor *tensor, const char *path, pg_error *err)
{
    size_t bytes;
    if (!tensor->name || !*tensor->name || strcmp(tensor->name, pg_safetensors_metadata_key) == 0)
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: a tensor without a proper name", path);
    if ((unsigned)tensor->dtype > PG_DTYPE_U8 || tensor->rank < 0 ||
        tensor->rank > PG_SAFETENSORS_MAX_RANK ||
        !pg_dtype_shape_bytes(tensor->shape, tensor->rank, pg_dtypes[tensor->dtype].size, &bytes) ||
        bytes != tensor->bytes)
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: tensor '%s': its shape and its %zu bytes differ",
                       path, tensor->name, tensor->bytes);
    return PG_OK;
}

/* All tensors in the order of writing, checked: no two of a name, sizes that add up. */
static pg_status check_tensors(const pg_safetensor *const *sorted, size_t count, const char *path,
                               pg_error *err)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        pg_status status = check_tensor(sorted[i], path, err);
        if (status) return status;
        if (!pg_size_add(total, sorted[i]->bytes, &total) || total > INT64_MAX)
            return pg_fail(err, PG_ERR_LIMIT, "%s: the sizes of the tensors overflow", path);
    }
    return PG_OK;
}

/* The header as JSON, padded with spaces to a multiple of eight bytes. NULL
 * with a message where it cannot be made. */
static char *make_header(const pg_safetensor *const *tensors, size_t tensor_count,
                         const pg_metadata_entry *const *metadata, size_t metadata_count,
                         const char *path, size_t *length, pg_error *err)
{
    json_t *root = json_object();
    bool made = root != NULL;
    if (metadata_count)
        made = json_object_set_new(root, pg_safetensors_metadata_key,
                                   make_metadata(metadata, metadata_count)) == 0;
    size_t begin = 0;
    for (size_t i = 0; made && i < tensor_count; begin += tensors[i++]->bytes) {
        if (json_object_get(root, tensors[i]->name)) {
            pg_fail(err, PG_ERR_ARGUMENT, "%s: two tensors are called '%s'", path,
                    tensors[i]->name);
            json_decref(root);
            return NULL;
        }
        made = json_object_set_new(root, tensors[i]->name, make_info(tensors[i], begin)) == 0;
    }
    locale_t before = pg_plain_locale_begin();
    char *text = made ? json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    pg_plain_locale_end(before);
    json_decref(root);
    size_t used = text ? strlen(text) : 0;
    *length = (used + 7) / 8 * 8;
    char *padded = text ? realloc(text, *length + 1) : NULL;
    if (!padded) {
        free(text);
        pg_fail(err, PG_ERR_ARGUMENT,
                "%s: cannot make its header: a name that is not UTF-8, or "
                "out of memory",
                path);
        return NULL;
    }
    memset(padded + used, ' ', *length - used);
    return padded;
}

/* In pieces where bytes have to be swapped, at once elsewhere. Errors are left
 * to the commit. */
static void write_tensor(FILE *stream, const pg_safetensor *tensor)
{
    if (!PG_HOST_IS_BIG) {
        fwrite(tensor->data, 1, tensor->bytes, stream);
        return;
    }
    uint8_t piece[4096];
    for (size_t done = 0; done < tensor->bytes;) {
        size_t n = tensor->bytes - done < sizeof piece ? tensor->bytes - done : sizeof piece;
        memcpy(piece, (const uint8_t *)tensor->data + done, n);
        pg_dtype_swap(piece, n, pg_dtypes[tensor->dtype].size);
        fwrite(piece, 1, n, stream);
        done += n;
    }
}

static pg_status write_file(const char *path, const char *header, size_t length,
                            const pg_safetensor *const *tensors, size_t tensor_count, pg_error *err)
{
    pg_outfile out;
    pg_status status = pg_outfile_open(&out, path, err);
    if (status) return status;
    for (int i = 0; i < PG_SAFETENSORS_LENGTH_BYTES; i++)
        fputc((int)(length >> 8 * i & 0xff), out.stream);
    fwrite(header, 1, length, out.stream);
    for (size_t i = 0; i < tensor_count && !ferror(out.stream); i++)
        write_tensor(out.stream, tensors[i]);
    return pg_outfile_commit(&out, err);
}

/* Pointers to the elements of an array, sorted. NULL: out of memory. */
static const void **sort_pointers(const void *array, size_t count, size_t size,
                                  int (*compare)(const void *, const void *))
{
    const void **pointers = calloc(count + 1, sizeof *pointers);
    if (!pointers) return NULL;
    for (size_t i = 0; i < count; i++)
        pointers[i] = (const char *)array + i * size;
    if (count) qsort(pointers, count, sizeof *pointers, compare);
    return pointers;
}

static pg_status write_sorted(const char *path, const pg_safetensor *const *tensors,
                              size_t tensor_count, const pg_metadata_entry *const *metadata,
                              size_t metadata_count, pg_error *err)
{
    pg_error problem;
    size_t length;
    pg_status status = check_tensors(tensors, tensor_count, path, err);
    if (status) return status;
    char *header =
        make_header(tensors, tensor_count, metadata, metadata_count, path, &length, &problem);
    if (!header) return pg_fail(err, problem.status, "%s", problem.message);
    status = length > PG_SAFETENSORS_MAX_HEADER
                 ? pg_fail(err, PG_ERR_LIMIT, "%s: a header of %zu bytes; at most %d are allowed",
                           path, length, PG_SAFETENSORS_MAX_HEADER)
                 : write_file(path, header, length, tensors, tensor_count, err);
    free(header);
    return status;
}

pg_status pg_safetensors_write(const char *path, const pg_safetensor *tensors, size_t tensor_count,
                               const pg_metadata_entry *metadata, size_t metadata_count,
                               pg_error *err)
{
    const void **sorted =
        sort_pointers(tensors, tensor_count, sizeof *tensors, compare_for_writing);
    const void **keys = sort_pointers(metadata, metadata_count, sizeof *metadata, compare_keys);
    pg_status status =
        sorted && keys ? write_sorted(path, (const pg_safetensor *const *)sorted, tensor_count,
                                      (const pg_metadata_entry *const *)keys, metadata_count, err)
                       : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    free(sorted);
    free(keys);
    return status;
}
