#include "model/safetensors_dtype.h"

#include <string.h>

#include "base/alloc.h"

const char pg_safetensors_metadata_key[] = "__metadata__";

static float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
static float float_from_half(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 0x1f;
    uint32_t fraction = half & 0x3ff;
    if (exponent == 0x1f) return float_from_bits(sign | 0x7f800000 | fraction << 13);
    if (exponent) return float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float subnormal = (float)fraction * 0x1p-24f;
    return sign ? -subnormal : subnormal;
}

/* The converters read numbers that are in the machine's byte order already. */
static void convert_half(const uint8_t *from, float *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, from + 2 * i, sizeof half);
        to[i] = float_from_half(half);
    }
}

/* bfloat16 is the upper half of a float. */
static void convert_bfloat(const uint8_t *from, float *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint16_t upper;
        memcpy(&upper, from + 2 * i, sizeof upper);
        to[i] = float_from_bits((uint32_t)upper << 16);
    }
}

static void convert_double(const uint8_t *from, float *to, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, from + 8 * i, sizeof value);
        to[i] = (float)value;
    }
}

const pg_file_dtype pg_dtypes[] = {
    [PG_DTYPE_F32] = {"F32", 4, PG_DTYPE_F32, NULL},
    [PG_DTYPE_I64] = {"I64", 8, PG_DTYPE_I64, NULL},
    [PG_DTYPE_I32] = {"I32", 4, PG_DTYPE_I32, NULL},
    [PG_DTYPE_U8] = {"U8", 1, PG_DTYPE_U8, NULL},
    {"F16", 2, PG_DTYPE_F32, convert_half},
    {"BF16", 2, PG_DTYPE_F32, convert_bfloat},
    {"F64", 8, PG_DTYPE_F32, convert_double},
};

const pg_file_dtype *pg_dtype_find(const char *name)
{
    for (size_t i = 0; i < sizeof pg_dtypes / sizeof *pg_dtypes; i++)
        if (strcmp(pg_dtypes[i].name, name) == 0) return &pg_dtypes[i];
    return NULL;
}

void pg_dtype_swap(uint8_t *bytes, size_t length, size_t size)
{
    if (!PG_HOST_IS_BIG) return;
    for (uint8_t *element = bytes; element < bytes + length; element += size)
        for (size_t i = 0; i < size / 2; i++) {
            uint8_t kept = element[i];
            element[i] = element[size - 1 - i];
            element[size - 1 - i] = kept;
        }
}

bool pg_dtype_shape_bytes(const size_t *shape, int rank, size_t element, size_t *bytes)
{
    *bytes = element;
    for (int i = 0; i < rank; i++)
        if (!pg_size_multiply(*bytes, shape[i], bytes)) return false;
    return true;
}
