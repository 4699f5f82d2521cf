/* The internals of a source of examples, which each format and each stage fills in. */
#ifndef PG_DATASET_SOURCE_H
#define PG_DATASET_SOURCE_H

#include "dataset/datafile.h"
#include "dataset/remarks.h"
#include "image/fit.h"
#include "pixelgan/dataset.h"

typedef struct pg_source_class {
    /* Fills chunk up to its capacity; count 0 at the end. */
    pg_status (*next)(pg_source *source, pg_records *chunk, pg_error *err);
    /* Returns to the first example. NULL, or can_rewind false: not possible. can_rewind NULL:
     * always possible. */
    pg_status (*rewind)(pg_source *source, pg_error *err);
    bool (*can_rewind)(const pg_source *source);
    /* The source whose remarks and class names this one passes on; NULL: it has its own. */
    const pg_source *(*before)(const pg_source *source);
    const pg_remark *(*remark)(const pg_source *source, size_t i); /* NULL: no remarks */
    const pg_class_names *(*class_names)(const pg_source *source); /* NULL: no class names */
    /* Numbers of files read and in total. NULL, or false: the source does not count files. */
    bool (*files)(const pg_source *source, uint64_t *done, uint64_t *total);
    void (*close)(void *state);
} pg_source_class;

struct pg_source {
    const pg_source_class *class;
    void *state; /* of the class */
    pg_schema schema;
    int64_t known_count; /* number of examples if known beforehand, else -1 */
};

/* Creates a source of that class; on failure the state is closed. */
pg_status pg_source_create(const pg_source_class *class, void *state, const pg_schema *schema,
                           int64_t known_count, pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Remark i of a source, or `last` after all of these, unless `last` is NULL. */
const pg_remark *pg_source_remark_or(const pg_source *source, const pg_remark *last, size_t i);

/* ---- Formats ---- */

/* The data by which a format is recognised. */
typedef struct pg_probe {
    const char *path;
    bool folder;
    const uint8_t *bytes; /* the first ones, after decompression */
    size_t available;
    bool whole; /* the file has no more bytes */
} pg_probe;

typedef struct pg_opening {
    const char *path;
    pg_datafile *input; /* NULL for a folder; lives as long as the source */
    const pg_source_options *options;
} pg_opening;

typedef struct pg_format {
    const char *name, *summary;
    bool (*matches)(const pg_probe *probe);
    pg_status (*open)(pg_opening *opening, pg_source **source, pg_error *err);
    /* For a format without magic: true if the file could have this format. NULL: it has magic. */
    bool (*may_be)(const pg_probe *probe);
} pg_format;

extern const pg_format pg_format_cifar10, pg_format_cifar100, pg_format_cifar100_coarse,
    pg_format_folder, pg_format_idx, pg_format_jpeg, pg_format_matlab, pg_format_norb,
    pg_format_npy, pg_format_png, pg_format_pnm, pg_format_tiff, pg_format_webp;

/* ---- Stages: each owns the source before it, also if the call fails ---- */

/* The source of a path in its own format. The path may be opened again. */
pg_status pg_file_source_open(const char *path, const pg_source_options *options,
                              pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Labels from a file, which replace those of the source. */
pg_status pg_labelled_source(pg_source *before, const char *labels, const char *name,
                             pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Converts to grey or RGB, then resizes to height x width. Returns the source itself if that
 * changes nothing. */
pg_status pg_shaped_source(pg_source *before, const pg_source_options *options, const char *name,
                           pg_source **source, pg_error *err) PG_MUST_CHECK;

/* The part of the options that determines the size of images. */
pg_fitting pg_fitting_of(const pg_source_options *options);

/* Classes, part and limit. */
typedef struct pg_selection {
    const int32_t *classes;
    size_t class_count;
    uint64_t part, parts;
    bool has_limit;
    uint64_t limit;
} pg_selection;
pg_status pg_selected_source(pg_source *before, const pg_selection *selection, pg_source **source,
                             pg_error *err) PG_MUST_CHECK;

/* Holds all examples in memory, shuffled if `shuffle` is set. */
pg_status pg_memory_source(pg_source *before, bool shuffle, uint64_t seed, pg_source **source,
                           pg_error *err) PG_MUST_CHECK;

/* Keeps count labels, equally many per class; the others become -1. */
pg_status pg_thinned_labels_source(pg_source *before, uint64_t count, uint64_t seed,
                                   pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Inverts, then binarizes. */
pg_status pg_toned_source(pg_source *before, bool invert, pg_binarize binarize, uint64_t seed,
                          pg_source **source, pg_error *err) PG_MUST_CHECK;

#endif
