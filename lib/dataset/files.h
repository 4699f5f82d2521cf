/* Pictures in files whose paths are known beforehand, from a folder, a list or the command line.
 * Several threads decode them; they are returned in order.
 */
#ifndef PG_DATASET_FILES_H
#define PG_DATASET_FILES_H

#include "dataset/class_names.h"
#include "dataset/entries.h"
#include "dataset/pictures.h"
#include "dataset/source.h"

typedef struct pg_file_entry {
    char *name;    /* path below the root, also the name of the example */
    int32_t class; /* index in classes, -1: none */
} pg_file_entry;

typedef struct pg_file_list {
    char *where; /* the folder or list, for messages */
    char *root;  /* names are below this folder; NULL: they are paths */
    pg_file_entry *entries;
    size_t count, room;
    pg_names classes;                  /* names of the classes */
    pg_class_names own;                /* labels derived from the names */
    const pg_class_names *class_names; /* own, or those in the options; NULL: no labels */
    int32_t *labels;                   /* of classes; NULL: no labels */
    pg_remarks remarks;                /* on files that are not pictures */
} pg_file_list;

/* False if there is not enough memory. */
bool pg_file_list_add(pg_file_list *list, const char *name, int32_t class);

/* Gives the classes their labels, unless the options replace labels. */
pg_status pg_file_list_number(pg_file_list *list, const pg_source_options *options,
                              pg_error *err) PG_MUST_CHECK;

/* Bytes of the longest name, and of the longest name of a class that has files. */
void pg_file_list_widths(const pg_file_list *list, int *name_size, int *class_size);
void pg_file_list_free(pg_file_list *list);

/* The source owns the list, also if this call fails. */
pg_status pg_files_source(pg_file_list *list, const pg_source_options *options, pg_source **source,
                          pg_error *err) PG_MUST_CHECK;

/* Lists a folder and the folders in it, according to the options. */
pg_status pg_folder_list(const char *path, const pg_source_options *options, pg_file_list *list,
                         pg_error *err) PG_MUST_CHECK;

/* True if all paths are picture files, or if some are and the rest can be skipped. */
bool pg_paths_are_pictures(const char *const *paths, size_t count, bool skip_broken);

/* Pictures by path. The paths are also the names of the examples. */
pg_status pg_paths_source(const char *const *paths, size_t count, const pg_source_options *options,
                          pg_source **source, pg_error *err) PG_MUST_CHECK;

#endif
