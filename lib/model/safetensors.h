/* The safetensors container: named tensors and string metadata in one file.
 *
 * Promise: every size is checked before it is used. The reference Python reader can load the files
 * that are written. The same content gives the same bytes.
 */
#ifndef PG_MODEL_SAFETENSORS_H
#define PG_MODEL_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "pixelgan/status.h"

enum { PG_SAFETENSORS_MAX_RANK = 8 };

typedef enum pg_dtype { PG_DTYPE_F32, PG_DTYPE_I64, PG_DTYPE_I32, PG_DTYPE_U8 } pg_dtype;

typedef struct pg_safetensor {
    const char *name;
    pg_dtype dtype;
    int rank;
    size_t shape[PG_SAFETENSORS_MAX_RANK];
    const void *data; /* row-major, native order in memory, little-endian in the file */
    size_t bytes;
} pg_safetensor;

typedef struct pg_metadata_entry {
    const char *key, *value; /* UTF-8 */
} pg_metadata_entry;

/* Writes header and tensors to path through a temporary file ("-": standard output). */
pg_status pg_safetensors_write(const char *path, const pg_safetensor *tensors, size_t tensor_count,
                               const pg_metadata_entry *metadata, size_t metadata_count,
                               pg_error *err) PG_MUST_CHECK;

typedef struct pg_safetensors pg_safetensors;

/* Reads a whole file ("-": standard input) and checks it. */
pg_status pg_safetensors_read(const char *path, pg_safetensors **file, pg_error *err) PG_MUST_CHECK;
size_t pg_safetensors_count(const pg_safetensors *file);
const pg_safetensor *pg_safetensors_tensor(const pg_safetensors *file, size_t i);
const pg_safetensor *pg_safetensors_find(const pg_safetensors *file, const char *name);
/* Metadata: the value of a key, or NULL; the number of entries; entry i. */
const char *pg_safetensors_get(const pg_safetensors *file, const char *key);
size_t pg_safetensors_metadata_count(const pg_safetensors *file);
pg_metadata_entry pg_safetensors_metadata(const pg_safetensors *file, size_t i);
void pg_safetensors_free(pg_safetensors *file);

#endif
