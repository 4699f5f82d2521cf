/* Element types and limits of the format, which the reader and the writer of safetensors share. */
#ifndef PG_MODEL_SAFETENSORS_DTYPE_H
#define PG_MODEL_SAFETENSORS_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/safetensors.h"

enum {
    PG_SAFETENSORS_LENGTH_BYTES = 8,     /* the length before the header, little-endian */
    PG_SAFETENSORS_MAX_HEADER = 1 << 22, /* bytes; thousands of tensors take less */
    PG_HOST_IS_BIG = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
};

extern const char pg_safetensors_metadata_key[];

/* An element type in a file and its type in memory. */
typedef struct pg_file_dtype {
    const char *name;
    size_t size; /* bytes in the file */
    pg_dtype dtype;
    void (*convert)(const uint8_t *from, float *to, size_t count); /* NULL: no conversion */
} pg_file_dtype;

/* The first four, indexed by pg_dtype, are the types that are written. */
extern const pg_file_dtype pg_dtypes[];

/* NULL if there is no type with that name. */
const pg_file_dtype *pg_dtype_find(const char *name);

/* Converts elements of `size` bytes from little-endian to the machine's byte order, or back. */
void pg_dtype_swap(uint8_t *bytes, size_t length, size_t size);

/* Bytes of a tensor; false if a size_t cannot hold them. */
bool pg_dtype_shape_bytes(const size_t *shape, int rank, size_t element, size_t *bytes);

#endif
