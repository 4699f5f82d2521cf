/* Reads integers from bytes, independent of the machine's byte order. */
#ifndef PG_DATASET_BYTES_H
#define PG_DATASET_BYTES_H

#include <stdint.h>

static inline uint32_t pg_big_endian_32(const uint8_t b[4])
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static inline uint32_t pg_little_endian_32(const uint8_t b[4])
{
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

#endif
