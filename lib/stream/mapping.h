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

/* A field of examples one after the other: of `size` bytes each, so many apart. */
typedef struct pg_mapped_field {
    const uint8_t *at; /* NULL: they have none */
    size_t size, stride;
} pg_mapped_field;

/* From example `first` on, images and classes lie there. */
bool pg_mapping_add(pg_records *records, size_t first, const pg_mapped_field *image,
                    const pg_mapped_field *class_name);

const uint8_t *pg_mapping_find(const pg_mapping *mapping, size_t i);

/* The text of example i's class and its size; it may have zeros at its end. */
const char *pg_mapping_find_class(const pg_mapping *mapping, size_t i, size_t *size);
void pg_mapping_free(pg_mapping *mapping);

#endif
