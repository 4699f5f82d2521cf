/* Images that are not copied but stay in place in files mapped into memory. */
#ifndef PG_STREAM_MAPPING_H
#define PG_STREAM_MAPPING_H

#include "pixelgan/stream.h"

/* These functions add to records->mapping and create it if necessary. */

/* Maps a whole regular file. name is its path, unless the descriptor stays open. NULL if it cannot
 * be mapped. */
const uint8_t *pg_mapping_add_file(pg_records *records, int fd, bool stays_open, const char *name,
                                   size_t *size);

/* Takes ownership of memory to be released with free(). False if there is not enough memory. */
bool pg_mapping_own(pg_records *records, uint8_t *memory);

/* A field of consecutive examples: `size` bytes each, `stride` bytes apart. */
typedef struct pg_mapped_field {
    const uint8_t *at; /* NULL: no such field */
    size_t size, stride;
} pg_mapped_field;

/* Says that images and classes lie there from example `first` on. */
bool pg_mapping_add(pg_records *records, size_t first, const pg_mapped_field *image,
                    const pg_mapped_field *class_name);

const uint8_t *pg_mapping_find(const pg_mapping *mapping, size_t i);

/* The class of example i and its size; the text may end with zeros. */
const char *pg_mapping_find_class(const pg_mapping *mapping, size_t i, size_t *size);
void pg_mapping_free(pg_mapping *mapping);

#endif
