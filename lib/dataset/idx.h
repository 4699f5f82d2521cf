/* The header of an IDX file (LeCun, Cortes & Burges, the MNIST database): two zero bytes, element
 * type, rank, then one big-endian uint32 per dimension.
 */
#ifndef PG_DATASET_IDX_H
#define PG_DATASET_IDX_H

#include "dataset/datafile.h"

enum {
    PG_IDX_MAX_RANK = 4,
    PG_IDX_U8 = 0x08,
    PG_IDX_I8 = 0x09,
    PG_IDX_I16 = 0x0b,
    PG_IDX_I32 = 0x0c
};

typedef struct pg_idx_header {
    int type, rank;
    uint32_t dims[PG_IDX_MAX_RANK];
} pg_idx_header;

bool pg_idx_is_magic(const uint8_t *bytes, size_t available);
pg_status pg_idx_read_header(pg_datafile *input, pg_idx_header *header,
                             pg_error *err) PG_MUST_CHECK;

/* Bytes per element of that type, 0 if the type is not supported. */
size_t pg_idx_element_size(int type);

#endif
