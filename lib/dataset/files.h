/* Pictures in files whose paths are known beforehand: of a folder, a list, or a command. They are
 * decoded by several threads, and handed out in their order.
 */
#ifndef PG_DATASET_FILES_H
#define PG_DATASET_FILES_H

#include "dataset/class_names.h"
#include "dataset/entries.h"
#include "dataset/pictures.h"
#include "dataset/source.h"

typedef struct pg_file_entry {
    char *name;    /* below the root; what an example is called */
    int32_t class; /* index in classes, -1: none */
} pg_file_entry;

typedef struct pg_file_list {
    char *where; /* the folder or list, for messages */
    char *root;  /* names are below this folder; NULL: they are paths */
    pg_file_entry *entries;
    size_t count, room;
    pg_names classes;                  /* what the classes are called */
    pg_class_names own;                /* their numbering by their names */
    const pg_class_names *class_names; /* own or what the options say; NULL: no labels */
    int32_t *labels;                   /* of classes; NULL: no labels */
    pg_remarks remarks;                /* on what was found, and is no picture file */
} pg_file_list;

/* False where memory is short. */
bool pg_file_list_add(pg_file_list *list, const char *name, int32_t class);

/* Labels for the classes, unless others are put over them. */
pg_status pg_file_list_number(pg_file_list *list, const pg_source_options *options,
                              pg_error *err) PG_MUST_CHECK;

/* Bytes of the longest name, and of the longest name of a class that has files. */
void pg_file_list_widths(const pg_file_list *list, int *name_size, int *class_size);
void pg_file_list_free(pg_file_list *list);

/* Takes the list over, also where it fails. */
pg_status pg_files_source(pg_file_list *list, const pg_source_options *options, pg_source **source,
                          pg_error *err) PG_MUST_CHECK;

/* What is in a folder, and in the folders in it, as the options say. */
pg_status pg_folder_list(const char *path, const pg_source_options *options, pg_file_list *list,
                         pg_error *err) PG_MUST_CHECK;

/* True where all of the paths are files of pictures, or some are and the rest can be skipped. */
bool pg_paths_are_pictures(const char *const *paths, size_t count, bool skip_broken);

/* Pictures by their paths, which are also what they are called. */
pg_status pg_paths_source(const char *const *paths, size_t count, const pg_source_options *options,
                          pg_source **source, pg_error *err) PG_MUST_CHECK;

#endif
