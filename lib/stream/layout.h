/* Which dimensions of a plain array are images, rows, columns and channels. */
#ifndef PG_STREAM_LAYOUT_H
#define PG_STREAM_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

typedef struct pg_layout {
    const char *letters; /* "nhwc" and the like; n: images */
    bool assumed;        /* another reading is possible, or this one is not the usual */
} pg_layout;

/* A layout of that name and rank, or NULL. */
const char *pg_layout_named(const char *name, int rank);

/* What the sizes tell. letters is NULL where they fit more than one layout alike. */
pg_layout pg_layout_guess(const int64_t *shape, int rank);

/* The size at that letter, 1 where the layout lacks it. */
int64_t pg_layout_size(const char *letters, const int64_t *shape, char letter);

#endif
