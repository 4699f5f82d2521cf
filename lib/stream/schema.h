/* Schemas: limits, sizes, names. */
#ifndef PG_STREAM_SCHEMA_H
#define PG_STREAM_SCHEMA_H

#include "pixelgan/stream.h"

/* Checks shapes and names against the limits; `name` is the stream, for the message. */
pg_status pg_schema_check(const pg_schema *schema, const char *name, pg_error *err) PG_MUST_CHECK;

/* Bytes of one example as it is written (no padding). */
size_t pg_schema_record_size(const pg_schema *schema);

#endif
