/* A reader of bytes from a function instead of a descriptor. */
#ifndef PG_STREAM_READER_H
#define PG_STREAM_READER_H

#include "pixelgan/stream.h"
#include "stream/fdio.h"
#include "stream/npy.h"

/* context and the layout in reading must outlive the reader. */
pg_status pg_reader_open_function(pg_read_function *read, void *context, const char *name,
                                  const pg_reading *reading, pg_reader **reader,
                                  pg_error *err) PG_MUST_CHECK;

/* Assumptions about plain arrays of images and warnings about their values: sentences that begin
 * with the name, NULL past the last. The list is complete after the last example. */
const char *pg_reader_note(pg_reader *reader, int i, bool *is_warning);

#endif
