/* A source of examples, seen from within: what a format or a stage fills in. */
#ifndef PG_DATASET_SOURCE_H
#define PG_DATASET_SOURCE_H

#include "dataset/datafile.h"
#include "dataset/remarks.h"
#include "image/fit.h"
#include "pixelgan/dataset.h"

typedef struct pg_source_class {
    /* Fills chunk up to its capacity; count 0 at the end. */
    pg_status (*next)(pg_source *source, pg_records *chunk, pg_error *err);
    /* Begins again; NULL, or can_rewind false: it cannot. can_rewind NULL: it always can. */
    pg_status (*rewind)(pg_source *source, pg_error *err);
    bool (*can_rewind)(const pg_source *source);
    /* Whose remarks and class names are also those of this one; NULL: it has its own. */
    const pg_source *(*before)(const pg_source *source);
    const pg_remark *(*remark)(const pg_source *source, size_t i); /* NULL: it never has one */
    const pg_class_names *(*class_names)(const pg_source *source); /* NULL: it has none */
    /* Files read and files there are; NULL, or false: it does not go by files. */
    bool (*files)(const pg_source *source, uint64_t *done, uint64_t *total);
    void (*close)(void *state);
} pg_source_class;

struct pg_source {
    const pg_source_class *class;
    void *state; /* of the class */
    pg_schema schema;
    int64_t known_count; /* examples, where it was told beforehand, else -1 */
};

/* A source of that class; on failure the state is closed. */
pg_status pg_source_create(const pg_source_class *class, void *state, const pg_schema *schema,
                           int64_t known_count, pg_source **source, pg_error *err) PG_MUST_CHECK;

/* The i-th remark of a source and a last one, unless that is NULL. */
const pg_remark *pg_source_remark_or(const pg_source *source, const pg_remark *last, size_t i);

/* ---- Formats ---- */

/* What a format is recognised by. */
typedef struct pg_probe {
    const char *path;
    bool folder;
    const uint8_t *bytes; /* the first ones, after decompression */
    size_t available;
    bool whole; /* these are all there are */
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
    /* It has no magic, and could be this; NULL: it has one. */
    bool (*may_be)(const pg_probe *probe);
} pg_format;

extern const pg_format pg_format_cifar10, pg_format_cifar100, pg_format_cifar100_coarse,
    pg_format_folder, pg_format_idx, pg_format_jpeg, pg_format_matlab, pg_format_norb,
    pg_format_npy, pg_format_png, pg_format_pnm, pg_format_tiff, pg_format_webp;

/* ---- Stages: each takes the source before it over, also where it fails ---- */

/* The format's own source behind a path, which may be opened again. */
pg_status pg_file_source_open(const char *path, const pg_source_options *options,
                              pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Labels from a file, in place of those the source may have. */
pg_status pg_labelled_source(pg_source *before, const char *labels, const char *name,
                             pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Grey or RGB, then height x width; the source itself where that changes nothing. */
pg_status pg_shaped_source(pg_source *before, const pg_source_options *options, const char *name,
                           pg_source **source, pg_error *err) PG_MUST_CHECK;

/* The part of the options that says how images get their size. */
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

/* All examples in memory, in a random order if asked. */
pg_status pg_memory_source(pg_source *before, bool shuffle, uint64_t seed, pg_source **source,
                           pg_error *err) PG_MUST_CHECK;

/* count labels, the same number in each class; the others become -1. */
pg_status pg_thinned_labels_source(pg_source *before, uint64_t count, uint64_t seed,
                                   pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Invert, then binarize. */
pg_status pg_toned_source(pg_source *before, bool invert, pg_binarize binarize, uint64_t seed,
                          pg_source **source, pg_error *err) PG_MUST_CHECK;

#endif
