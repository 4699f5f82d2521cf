/* Images that are not copied: an array after the other, in files mapped into memory. */
#ifndef PG_STREAM_MAPPING_H
#define PG_STREAM_MAPPING_H

#include "pixelgan/stream.h"

/* All of these give records->mapping what it lacks. */

/* Maps the whole of a regular file, whose name is a path unless the descriptor stays open;
 * NULL where that cannot be done. */
const uint8_t *pg_mapping_add_file(pg_records *records, int fd, bool stays_open, const char *name,
                                   size_t *size);

/* Takes memory over that free() frees; false: out of memory. */
bool pg_mapping_own(pg_records *records, uint8_t *memory);

/* From example `first` on, images lie at image, image + stride ... */
bool pg_mapping_add(pg_records *records, size_t first, const uint8_t *image, size_t stride);

const uint8_t *pg_mapping_find(const pg_mapping *mapping, size_t i);
void pg_mapping_free(pg_mapping *mapping);

#endif
