/* What the reader and the writer of safetensors share: element types, and limits of the format. */
#ifndef PG_MODEL_SAFETENSORS_DTYPE_H
#define PG_MODEL_SAFETENSORS_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/safetensors.h"

enum {
    PG_SAFETENSORS_LENGTH_BYTES = 8,     /* before the header, its length, little-endian */
    PG_SAFETENSORS_MAX_HEADER = 1 << 22, /* bytes; thousands of tensors take less */
    PG_HOST_IS_BIG = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
};

extern const char pg_safetensors_metadata_key[];

/* What a file may hold and what it is in memory. */
typedef struct pg_file_dtype {
    const char *name;
    size_t size; /* bytes in the file */
    pg_dtype dtype;
    void (*convert)(const uint8_t *from, float *to, size_t count); /* NULL: as it is */
} pg_file_dtype;

/* The first four, by pg_dtype, are also what we write. */
extern const pg_file_dtype pg_dtypes[];

/* NULL: there is none of that name. */
const pg_file_dtype *pg_dtype_find(const char *name);

/* Turns elements of `size` bytes from little-endian to the machine's order or back. */
void pg_dtype_swap(uint8_t *bytes, size_t length, size_t size);

/* Bytes of a tensor; false: more than a size_t holds. */
bool pg_dtype_shape_bytes(const size_t *shape, int rank, size_t element, size_t *bytes);

#endif
