#include <config.h>

#include "dataset/idx.h"

#include <stdlib.h>
#include <string.h>

#include "base/filetype.h"
#include "dataset/bytes.h"
#include "dataset/source.h"
#include "stream/schema.h"

bool pg_idx_is_magic(const uint8_t *bytes, size_t available)
{
    return available >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 0x08 &&
           bytes[2] <= 0x0e && bytes[3] >= 1 && bytes[3] <= PG_IDX_MAX_RANK;
}

size_t pg_idx_element_size(int type)
{
    switch (type) {
    case PG_IDX_U8:
    case PG_IDX_I8:
        return 1;
    case PG_IDX_I16:
        return 2;
    case PG_IDX_I32:
        return 4;
    default:
        return 0;
    }
}

pg_status pg_idx_read_header(pg_datafile *input, pg_idx_header *header, pg_error *err)
{
    uint8_t bytes[4 * PG_IDX_MAX_RANK];
    const char *name = pg_datafile_name(input);
    const uint8_t *start;
    size_t available;
    memset(header, 0, sizeof *header);
    pg_status status = pg_datafile_peek(input, PG_FILETYPE_BYTES, &start, &available, err);
    if (status != PG_OK) return status;
    if (available >= 4 && !pg_idx_is_magic(start, available))
        return pg_refuse_file(name, "an IDX file, which begins with 00 00 08", PG_USE_IMAGES, start,
                              available, err);
    status = pg_datafile_read_exactly(input, bytes, 4, "the IDX header", err);
    if (status != PG_OK) return status;
    header->type = bytes[2];
    header->rank = bytes[3];
    status =
        pg_datafile_read_exactly(input, bytes, 4 * (size_t)header->rank, "the IDX header", err);
    for (int i = 0; status == PG_OK && i < header->rank; i++)
        header->dims[i] = pg_big_endian_32(bytes + 4 * i);
    return status;
}

/* ---- Images ---- */

typedef struct idx_source {
    pg_datafile *input;
    uint64_t left; /* images yet to come */
} idx_source;

static pg_status idx_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    idx_source *idx = source->state;
    size_t count = idx->left < chunk->capacity ? (size_t)idx->left : chunk->capacity;
    if (count == 0) return pg_datafile_expect_end(idx->input, "the IDX images", err);
    pg_status status = pg_datafile_read_exactly(idx->input, chunk->image,
                                                count * pg_schema_image_size(&source->schema),
                                                "the IDX images", err);
    if (status != PG_OK) return status;
    idx->left -= count;
    chunk->count = count;
    return PG_OK;
}

static const pg_source_class idx_class = {.next = idx_next, .close = free};

static pg_status check_images(const pg_idx_header *header, const char *name, bool will_be_resized,
                              pg_error *err)
{
    if (header->rank < 3)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: an IDX file of rank %d, images have 3 or 4; is it one of labels, for "
                       "--labels?",
                       name, header->rank);
    if (header->type != PG_IDX_U8)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: an IDX file of element type 0x%02x, images are read as bytes (0x08)",
                       name, (unsigned)header->type);
    return pg_shape_check(name, header->dims[1], header->dims[2],
                          header->rank == 4 ? header->dims[3] : 1, will_be_resized, err);
}

static pg_status idx_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    pg_idx_header header;
    pg_status status = pg_idx_read_header(opening->input, &header, err);
    if (status == PG_OK)
        status = check_images(&header, pg_datafile_name(opening->input),
                              opening->options->height > 0, err);
    if (status != PG_OK) return status;
    idx_source *idx = malloc(sizeof *idx);
    if (!idx) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    *idx = (idx_source){.input = opening->input, .left = header.dims[0]};
    pg_schema schema = {.height = (int)header.dims[1],
                        .width = (int)header.dims[2],
                        .channels = header.rank == 4 ? (int)header.dims[3] : 1};
    return pg_source_create(&idx_class, idx, &schema, header.dims[0], source, err);
}

static bool idx_matches(const pg_probe *probe)
{
    return pg_idx_is_magic(probe->bytes, probe->available);
}

const pg_format pg_format_idx = {"idx", "IDX images of bytes, rank 3 or 4 (MNIST and its kin)",
                                 idx_matches, idx_open, NULL};
