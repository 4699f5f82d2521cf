/* Schemas: limits, sizes and names. */
#ifndef PG_STREAM_SCHEMA_H
#define PG_STREAM_SCHEMA_H

#include "pixelgan/stream.h"

/* Checks shapes and names against the limits. `name` is the name of the stream for messages. */
pg_status pg_schema_check(const pg_schema *schema, const char *name, pg_error *err) PG_MUST_CHECK;

/* The same without the image, whose shape has been checked already. */
pg_status pg_schema_check_fields(const pg_schema *schema, const char *name,
                                 pg_error *err) PG_MUST_CHECK;

/* Checks the shape of an image: it must fit a stream or, if it will be resized, memory. */
pg_status pg_shape_check(const char *name, int64_t height, int64_t width, int64_t channels,
                         bool will_be_resized, pg_error *err) PG_MUST_CHECK;

/* Checks the number of components of a code. */
pg_status pg_code_check(const char *name, int64_t components, pg_error *err) PG_MUST_CHECK;

/* Bytes of one written example (without padding). */
size_t pg_schema_record_size(const pg_schema *schema);

#endif
