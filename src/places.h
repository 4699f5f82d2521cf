/* The files that a run reads and writes, looked at before any work is done: a
 * mistake in a name should neither cost hours nor the data. */
#ifndef PG_PLACES_H
#define PG_PLACES_H

#include <stddef.h>

typedef enum place_use {
    PLACE_READ,
    PLACE_REPLACEABLE, /* read; what is PLACE_REPLACING may take its name when complete */
    PLACE_WRITE,       /* appears when complete */
    PLACE_REPLACING,
    PLACE_GROWING /* written line by line */
} place_use;

typedef struct place {
    const char *path; /* "-" for standard input or output; NULL: not wanted */
    const char *what; /* for messages: "the input", "--scatter" */
    place_use use;
} place;

/* A usage error where a file is written that is also read, or written twice; a
 * failure where a file could not be made under its name. */
void check_places(const place *places, size_t count);

#endif
