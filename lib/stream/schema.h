/* Schemas: limits, sizes, names. */
#ifndef PG_STREAM_SCHEMA_H
#define PG_STREAM_SCHEMA_H

#include "pixelgan/stream.h"

/* Checks shapes and names against the limits; `name` is the stream, for the message. */
pg_status pg_schema_check(const pg_schema *schema, const char *name, pg_error *err) PG_MUST_CHECK;

/* The same without the image, whose shape was checked before. */
pg_status pg_schema_check_fields(const pg_schema *schema, const char *name,
                                 pg_error *err) PG_MUST_CHECK;

/* An image of that shape, whatever the numbers: one that a stream can have, or where
 * it will be resized, one that can be held in memory. */
pg_status pg_shape_check(const char *name, int64_t height, int64_t width, int64_t channels,
                         bool will_be_resized, pg_error *err) PG_MUST_CHECK;

/* Codes of that many components. */
pg_status pg_code_check(const char *name, int64_t components, pg_error *err) PG_MUST_CHECK;

/* Bytes of one example as it is written (no padding). */
size_t pg_schema_record_size(const pg_schema *schema);

#endif
