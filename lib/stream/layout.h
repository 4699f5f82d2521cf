/* Determines which dimensions of a plain array are images, rows, columns and channels. */
#ifndef PG_STREAM_LAYOUT_H
#define PG_STREAM_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct pg_layout {
    const char *letters; /* "nhwc" or similar; n: images */
    bool assumed;        /* another layout is possible, or this one is unusual */
} pg_layout;

/* The layout with that name and rank, or NULL. */
const char *pg_layout_named(const char *name, int rank);

/* Infers the layout from the sizes. letters is NULL if several layouts fit equally well. */
pg_layout pg_layout_guess(const int64_t *shape, int rank);

/* The size at that letter, 1 if the layout lacks it. */
int64_t pg_layout_size(const char *letters, const int64_t *shape, char letter);

#endif
