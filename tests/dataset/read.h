/* A source read to its end, a few examples at a time. */
#ifndef TESTS_DATASET_READ_H
#define TESTS_DATASET_READ_H

#include "pixelgan/dataset.h"
#include "tests/tap.h"

/* Closes the source. Records are freed on failure. */
static inline pg_status read_to_end(pg_source *source, size_t at_once, pg_records *all,
                                    pg_error *err)
{
    pg_records chunk;
    if (pg_records_init(&chunk, pg_source_schema(source), at_once, err) != PG_OK ||
        pg_records_init(all, pg_source_schema(source), 0, err) != PG_OK)
        bail_out("out of memory");
    pg_status status;
    do {
        status = pg_source_next(source, &chunk, err);
        if (status == PG_OK) status = pg_records_append(all, &chunk, 0, chunk.count, err);
    } while (status == PG_OK && chunk.count);
    if (status != PG_OK) pg_records_free(all);
    pg_records_free(&chunk);
    pg_source_close(source);
    return status;
}

#endif
