/* The header of small NORB's matrices (LeCun, Huang & Bottou 2004): magic,
 * rank, then max(rank, 3) sizes, all little-endian int32.
 */
#ifndef PG_DATASET_NORB_HEADER_H
#define PG_DATASET_NORB_HEADER_H

#include "dataset/datafile.h"

enum { PG_NORB_MAX_RANK = 4, PG_NORB_BYTES = 0x1E3D4C55, PG_NORB_INT32 = 0x1E3D4C54 };

typedef struct pg_norb_header {
    uint32_t magic; /* PG_NORB_BYTES or PG_NORB_INT32 */
    int rank;
    uint32_t dims[PG_NORB_MAX_RANK]; /* 1 beyond the rank */
} pg_norb_header;

bool pg_norb_is_magic(const uint8_t *bytes, size_t available);
pg_status pg_norb_read_header(pg_datafile *input, pg_norb_header *header,
                              pg_error *err) PG_MUST_CHECK;

#endif
