/* Tensor streams, and plain .npy arrays, as the stream library reads them. */
#include <config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/source.h"
#include "stream/reader.h"

typedef struct npy_source {
    pg_datafile *input;
    pg_reader *reader;
    pg_remarks remarks; /* that of the reader, once it is asked for */
} npy_source;

static ssize_t read_decoded(void *context, void *to, size_t size)
{
    size_t got;
    if (pg_datafile_read(context, to, size, &got, NULL) == PG_OK) return (ssize_t)got;
    errno = EIO;
    return -1;
}

/* Broken gzip, or the disk, says more than the stream that it cut short. */
static pg_status explain(pg_datafile *input, pg_status status, pg_error *err)
{
    const pg_error *why = pg_datafile_error(input);
    if (status == PG_OK || !why) return status;
    if (err) *err = *why;
    return why->status;
}

/* The chunk may have labels that this stream has not: those are filled in later. Its names
 * may have more room. */
static pg_status npy_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    npy_source *npy = source->state;
    pg_records own = *chunk;
    own.schema = source->schema;
    own.schema.name_size = chunk->schema.name_size;
    own.schema.class_size = chunk->schema.class_size;
    pg_status status = pg_reader_next(npy->reader, &own, err);
    chunk->count = status == PG_OK ? own.count : 0;
    return explain(npy->input, status, err);
}

static void npy_close(void *state)
{
    npy_source *npy = state;
    pg_reader_close(npy->reader);
    pg_remarks_free(&npy->remarks);
    free(npy);
}

static const pg_remark *npy_remark(const pg_source *source, size_t i)
{
    npy_source *npy = source->state;
    const char *remark = pg_reader_remark(npy->reader);
    bool is_warning = true;
    if (npy->remarks.count) return pg_remarks_get(&npy->remarks, i);
    if (remark) pg_remarks_add(&npy->remarks, true, "%s", remark);
    for (int k = 0; (remark = pg_reader_note(npy->reader, k, &is_warning)) != NULL; k++)
        pg_remarks_add(&npy->remarks, is_warning, "%s", remark);
    return pg_remarks_get(&npy->remarks, i);
}

static const pg_source_class npy_class = {
    .next = npy_next, .remark = npy_remark, .close = npy_close};

static pg_status npy_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    npy_source *npy = calloc(1, sizeof *npy);
    if (!npy) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    npy->input = opening->input;
    const pg_source_options *options = opening->options;
    const pg_reading reading = {.will_be_resized = options->height > 0,
                                .converts = true,
                                .layout = options->layout,
                                .has_range = options->has_values,
                                .low = options->low,
                                .high = options->high};
    pg_status status = pg_reader_open_function(
        read_decoded, npy->input, pg_datafile_name(npy->input), &reading, &npy->reader, err);
    if (status == PG_OK)
        return pg_source_create(&npy_class, npy, pg_reader_schema(npy->reader), -1, source, err);
    free(npy);
    return explain(opening->input, status, err);
}

static bool npy_matches(const pg_probe *probe)
{
    return probe->available >= 6 && memcmp(probe->bytes, "\x93NUMPY", 6) == 0;
}

const pg_format pg_format_npy = {"npy", "NumPy arrays and tensor streams, pg-stream(5)",
                                 npy_matches, npy_open, NULL};
