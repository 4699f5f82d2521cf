/* The parts of pg-sample: where codes come from, and where images go. */
#ifndef PG_SAMPLE_TOOL_H
#define PG_SAMPLE_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common.h"
#include "pixelgan/pixelgan.h"

typedef struct sample_options {
    shared_options shared;
    const char *codes, *reconstruct, *complete; /* streams, or NULL */
    long long count;                            /* -1: not given */
    long long rows, columns;                    /* of the sheet; 0: not given */
    long long categories[PG_MAX_CODE];          /* to draw from, in turn */
    size_t category_count;                      /* 0: any */
    int manifold;                               /* side; 0: none */
    int given_rows;                             /* -1: not given */
    size_t repeat;                              /* images of each code */
    double temperature;
    bool mean, each, npy;
} sample_options;

/* What is sampled in one go. */
typedef struct batch {
    size_t capacity, count;
    float *codes;       /* count x code_dim */
    uint8_t *originals; /* count x H x W x C of a stream with images, else NULL */
    uint8_t *images;    /* count x H x W x C */
} batch;

/* ---- Source: codes, and images to reconstruct or complete, batch after batch. ---- */

typedef struct source {
    const sample_options *options;
    const pg_model *model;
    const pg_config *config;
    pg_sampler *sampler;
    pg_engine *engine; /* where images are encoded */
    pg_reader *reader; /* of the stream, where there is one */
    pg_records records;
    float *repeated; /* the code that was drawn last */
    size_t limit;    /* examples wanted, SIZE_MAX: all of the stream */
    size_t done;
} source;

pg_status source_open(source *s, const sample_options *options, const pg_model *model,
                      pg_sampler *sampler, size_t batch_size, pg_error *err) PG_MUST_CHECK;

/* Fills codes and originals; batch->count is 0 at the end. */
pg_status source_next(source *s, batch *b, pg_error *err) PG_MUST_CHECK;

void source_close(source *s);

/* ---- Sink: a sheet, single images, or a tensor stream. ---- */

typedef struct sink {
    const sample_options *options;
    int height, width, channels, code_dim;
    int tiles_each; /* tiles an example: 2 where originals stand beside */
    size_t done;    /* examples */
    uint8_t *tiles; /* of the sheet */
    size_t tile_count, tile_room;
    pg_writer *writer; /* of the tensor stream */
    pg_schema schema;  /* of it */
    const source *from;
} sink;

/* The names of a stream's examples are passed on from the source, which outlives the sink. */
pg_status sink_open(sink *s, const sample_options *options, const source *from,
                    pg_error *err) PG_MUST_CHECK;
pg_status sink_put(sink *s, const batch *b, pg_error *err) PG_MUST_CHECK;

/* Writes what is left, checks, closes. */
pg_status sink_finish(sink *s, pg_error *err) PG_MUST_CHECK;

/* Gives up without leaving an output; harmless after finish. */
void sink_abandon(sink *s);

/* A usage error unless the name for numbered files has one %d, %4d or %04d. */
void check_numbered_name(const char *name);

#endif
