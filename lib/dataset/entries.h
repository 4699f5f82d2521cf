/* The entries of a folder. Their kind is determined before any of them is opened.
 */
#ifndef PG_DATASET_ENTRIES_H
#define PG_DATASET_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "pixelgan/status.h"

typedef struct pg_names {
    char **names;
    size_t count, room;
} pg_names;

/* False if there is not enough memory. */
bool pg_names_add(pg_names *list, const char *name);

/* Sorts by bytes. */
void pg_names_sort(pg_names *list);
void pg_names_free(pg_names *list);

/* "a/b", to be freed; NULL if there is not enough memory. */
char *pg_path_join(const char *folder, const char *name);

/* Links are followed. */
typedef struct pg_entries {
    pg_names folders, files;
    pg_names others; /* FIFOs, sockets, devices: a sentence about each */
    pg_names hidden; /* folders whose names begin with a dot */
} pg_entries;

/* All entries except hidden files, each kind sorted. A broken link is an error if `broken` is NULL;
 * else `broken` receives a sentence about each entry that cannot be examined. */
pg_status pg_entries_list(const char *path, pg_entries *entries, pg_names *broken,
                          pg_error *err) PG_MUST_CHECK;
void pg_entries_free(pg_entries *entries);

#endif
