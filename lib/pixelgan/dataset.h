/* Data sets: reading examples from any supported format, which is detected by its first bytes.
 *
 * Promise: whatever the format, a source yields chunks of records (an image, and a label if there
 * is one) with checked sizes, in bounded memory.
 */
#ifndef PIXELGAN_DATASET_H
#define PIXELGAN_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pixelgan/image.h>
#include <pixelgan/status.h>
#include <pixelgan/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A stream of examples. The formats are listed in lib/dataset/formats.c: to add one, write a new
 * file and an entry in that table. */
typedef struct pg_source pg_source;

/* Class names and their labels. Zero-initialise. */
typedef struct pg_class_name {
    int32_t label; /* unique, except that several names may have -1 (unlabelled) */
    char *name;    /* usually the name of a folder, so any bytes */
} pg_class_name;

typedef struct pg_class_names {
    pg_class_name *list; /* sorted by label */
    size_t size, room;
    bool numbers; /* every name is a number, which is its label: "0", "07" */
    char *where;  /* the file or folder they come from, for messages */
} pg_class_names;

/* Reads the class names of a folder of class folders, numbered as pg_source_open numbers them, or
 * of a text file. The file has lines of label, tab and name, or lines of names only; the latter
 * are numbered like class folders, in the order of the lines. */
PG_API pg_status pg_class_names_read(pg_class_names *classes, const char *path,
                                     pg_error *err) PG_MUST_CHECK;

/* Writes lines of label, tab and name. */
PG_API pg_status pg_class_names_write(const pg_class_names *classes, const char *path,
                                      pg_error *err) PG_MUST_CHECK;
PG_API void pg_class_names_free(pg_class_names *classes);

/* When examples carry the name of their file and of their class. */
typedef enum pg_names_kept {
    PG_NAMES_NONE,
    PG_NAMES_OF_MANY, /* if the pictures come from a folder, a list or several files */
    PG_NAMES_ALL      /* also if they come from a single file */
} pg_names_kept;

typedef struct pg_source_options {
    const char *format;    /* a name from pg_source_format_name; NULL: detect the format */
    const char *labels;    /* label file (IDX, NORB, or one integer per line); NULL: none */
    const char *view;      /* NORB: "left", "right", "both" (two channels); NULL: left */
    bool info;             /* NORB: the four numbers of its -info file become scalar fields */
    bool grey;             /* convert RGB to grey (luma of BT.601) */
    bool rgb;              /* convert grey to RGB; with neither, a mix of both becomes RGB */
    int height, width;     /* resize images to this by area averaging; 0: keep their size */
    pg_fit fit;            /* how to resize images with other proportions */
    bool has_background;   /* use this colour behind transparent parts and for margins; */
    uint8_t background[3]; /* else white or black, and for margins the colour of the image's edge */
    bool no_orient;        /* ignore the EXIF orientation */
    bool recursive;        /* also read folders inside class folders, and pictures beside them */
    bool skip_broken;      /* skip pictures that cannot be read, with a remark */
    pg_names_kept names;   /* when examples carry the names of their files and classes */
    int threads;           /* threads that decode pictures; 0: one */
    const char *layout; /* of plain .npy arrays: "nhw", "nhwc", "nchw", "hw", "hwc" or "chw"; NULL:
                           infer it from the sizes, with a remark if that is uncertain */
    bool has_values;    /* plain .npy arrays: low is black and high is white; false: take bytes as
                           they are, and infer the range of other types, with a remark */
    double low, high;
    const pg_class_names *classes; /* labels to use for class folders instead of numbering them;
                                      must outlive the source; NULL: number them */
} pg_source_options;

/* Name and one-line description of format i; NULL past the last. */
PG_API const char *pg_source_format_name(int i);
PG_API const char *pg_source_format_summary(int i);

/* Opens a file (gzipped or not), a folder of class folders, or "-" (standard input). */
PG_API pg_status pg_source_open(const char *path, const pg_source_options *options,
                                pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Opens several files, which are read one after the other. All images must have the same shape.
 * labels holds one label file per path, one for all paths together, or none; options->labels is
 * ignored. The strings in paths, labels and options must outlive the source. */
PG_API pg_status pg_source_open_many(const char *const *paths, size_t path_count,
                                     const char *const *labels, size_t label_count,
                                     const pg_source_options *options, pg_source **source,
                                     pg_error *err) PG_MUST_CHECK;

/* Opens the pictures whose paths are listed in a file or on standard input ("-"). There is one
 * path per line, or each path ends with a zero byte (if ended_by_zeros is set or the first bytes
 * show it). A tab and a label, a number or a name, may follow a path. */
PG_API pg_status pg_source_open_list(const char *list, bool ended_by_zeros,
                                     const pg_source_options *options, pg_source **source,
                                     pg_error *err) PG_MUST_CHECK;

/* The number of files read so far and the total. False unless the source reads pictures from a
 * folder or a list. */
PG_API bool pg_source_files(const pg_source *source, uint64_t *done, uint64_t *total);

PG_API const pg_schema *pg_source_schema(const pg_source *source);

/* Like pg_reader_next: reads up to chunk->capacity examples; chunk->count is 0 at the end. */
PG_API pg_status pg_source_next(pg_source *source, pg_records *chunk, pg_error *err) PG_MUST_CHECK;

/* Returns to the first example. pg_source_can_rewind is false for a pipe. */
PG_API bool pg_source_can_rewind(const pg_source *source);
PG_API pg_status pg_source_rewind(pg_source *source, pg_error *err) PG_MUST_CHECK;

/* The class names, if the labels come from class folders; else NULL. With several files, the names
 * found in the files read so far. */
PG_API const pg_class_names *pg_source_class_names(const pg_source *source);

/* Something the user should know: a sentence that begins with the place. */
typedef struct pg_remark {
    bool is_warning; /* something was skipped or looks wrong; else only information */
    char *text;
} pg_remark;

/* Remark i, counted from 0; NULL past the last. The list is complete after the last example. */
PG_API const pg_remark *pg_source_remark(const pg_source *source, size_t i);

PG_API void pg_source_close(pg_source *source);

typedef enum pg_binarize {
    PG_BINARIZE_NONE,
    PG_BINARIZE_THRESHOLD, /* 128 and above become 255, the others 0 */
    PG_BINARIZE_SAMPLE     /* 255 with probability value/255, else 0 */
} pg_binarize;

/* Steps of preparation, applied in the order of the fields. */
typedef struct pg_prepare_options {
    const int32_t *classes; /* keep only examples with these labels */
    size_t class_count;     /* 0: keep all */
    bool shuffle;           /* holds the remaining examples in memory */
    uint64_t part, parts;   /* keep every parts-th example, from number part (1-based) on; parts 0:
                               keep all */
    bool has_limit;
    uint64_t limit;       /* keep only so many examples */
    uint64_t keep_labels; /* keep so many labels, equally many per class; 0: all */
    bool invert;          /* 255 - value */
    pg_binarize binarize;
    uint64_t seed;
} pg_prepare_options;

/* Wraps a source in the given steps of preparation. The new source owns the old one, also if this
 * call fails. keep_labels needs two passes; if the source cannot rewind, its examples are held in
 * memory. */
PG_API pg_status pg_source_prepare(pg_source *source, const pg_prepare_options *options,
                                   pg_source **prepared, pg_error *err) PG_MUST_CHECK;

/* The number of examples per label. Zero-initialise. */
typedef struct pg_class_counts {
    int32_t *labels; /* sorted; -1 counts as a label */
    uint64_t *counts;
    size_t size, room;
} pg_class_counts;

PG_API pg_status pg_class_counts_add(pg_class_counts *counts, const int32_t *labels, size_t count,
                                     pg_error *err) PG_MUST_CHECK;
PG_API uint64_t pg_class_counts_of(const pg_class_counts *counts, int32_t label);
PG_API void pg_class_counts_free(pg_class_counts *counts);

#ifdef __cplusplus
}
#endif
#endif
