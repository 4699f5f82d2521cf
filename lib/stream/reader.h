/* A reader of bytes that do not come from a descriptor. */
#ifndef PG_STREAM_READER_H
#define PG_STREAM_READER_H

#include "pixelgan/stream.h"
#include "stream/fdio.h"

/* context must outlive the reader. Images that will be resized may be larger than
 * those of a stream. */
pg_status pg_reader_open_function(pg_read_function *read, void *context, const char *name,
                                  bool will_be_resized, pg_reader **reader,
                                  pg_error *err) PG_MUST_CHECK;

#endif
