/* Data sets: the formats examples come in, found by their first bytes.
 *
 * Promise: whatever the format, a source yields chunks of records (image, and
 * label where there is one) with checked sizes, in bounded memory.
 */
#ifndef PIXELGAN_DATASET_H
#define PIXELGAN_DATASET_H

#include <pixelgan/status.h>
#include <pixelgan/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One line a format lives in lib/dataset/formats.c; adding one is a new file
 * and an entry in that table. */
typedef struct pg_source pg_source;

typedef struct pg_source_options {
    const char *format; /* NULL: found by magic; else a name of pg_source_format_name */
    const char *labels; /* a label file (IDX, or text with one integer a line), or NULL */
    const char *view;   /* NORB: "left", "right", "both" (two channels) or NULL for left */
} pg_source_options;

/* Name and one-line description of the i-th format, NULL past the last. */
PG_API const char *pg_source_format_name(int i);
PG_API const char *pg_source_format_summary(int i);

/* Opens a file, a folder of class folders, or "-". */
PG_API pg_status pg_source_open(const char *path, const pg_source_options *options,
                                pg_source **source, pg_error *err) PG_MUST_CHECK;
PG_API const pg_schema *pg_source_schema(const pg_source *source);

/* As pg_reader_next: up to chunk->capacity examples, count 0 at the end. */
PG_API pg_status pg_source_next(pg_source *source, pg_records *chunk, pg_error *err) PG_MUST_CHECK;
PG_API void pg_source_close(pg_source *source);

#ifdef __cplusplus
}
#endif
#endif
