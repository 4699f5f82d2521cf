#include <config.h>

#include "dataset/norb_header.h"

#include <string.h>

#include "base/filetype.h"
#include "dataset/bytes.h"

/* 51 to 56 in the lowest byte are the types of the format: packed, float, double, ... */
bool pg_norb_is_magic(const uint8_t *bytes, size_t available)
{
    return available >= 4 && bytes[0] >= 0x51 && bytes[0] <= 0x56 && bytes[1] == 0x4c &&
           bytes[2] == 0x3d && bytes[3] == 0x1e;
}

static pg_status check_magic(pg_datafile *input, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    pg_status status = pg_datafile_peek(input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status != PG_OK || available < 4) return status; /* truncated: see below */
    uint32_t magic = pg_little_endian_32(bytes);
    if (!pg_norb_is_magic(bytes, available))
        return pg_refuse_file(pg_datafile_name(input),
                              "a NORB matrix, which begins with 55 4c 3d 1e", PG_USE_IMAGES, bytes,
                              available, err);
    if (magic != PG_NORB_BYTES && magic != PG_NORB_INT32)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: a NORB matrix of magic 0x%08X, read are bytes (0x%08X) and int32 "
                       "(0x%08X)",
                       pg_datafile_name(input), magic, (unsigned)PG_NORB_BYTES,
                       (unsigned)PG_NORB_INT32);
    return PG_OK;
}

pg_status pg_norb_read_header(pg_datafile *input, pg_norb_header *header, pg_error *err)
{
    uint8_t bytes[4 * PG_NORB_MAX_RANK];
    memset(header, 0, sizeof *header);
    pg_status status = check_magic(input, err);
    if (status == PG_OK) status = pg_datafile_read_exactly(input, bytes, 8, "the NORB header", err);
    if (status != PG_OK) return status;
    header->magic = pg_little_endian_32(bytes);
    uint32_t rank = pg_little_endian_32(bytes + 4);
    if (rank < 1 || rank > PG_NORB_MAX_RANK)
        return pg_fail(err, PG_ERR_FORMAT, "%s: a NORB matrix of rank %u, 1 to %d can be read",
                       pg_datafile_name(input), rank, PG_NORB_MAX_RANK);
    header->rank = (int)rank;
    size_t stored = rank < 3 ? 3 : rank;
    status = pg_datafile_read_exactly(input, bytes, 4 * stored, "the NORB header", err);
    for (int i = 0; status == PG_OK && i < PG_NORB_MAX_RANK; i++)
        header->dims[i] = i < header->rank ? pg_little_endian_32(bytes + 4 * i) : 1;
    return status;
}
