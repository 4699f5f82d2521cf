/* Data sets: the formats examples come in, found by their first bytes.
 *
 * Promise: whatever the format, a source yields chunks of records (image, and
 * label where there is one) with checked sizes, in bounded memory.
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

/* One line a format lives in lib/dataset/formats.c; adding one is a new file
 * and an entry in that table. */
typedef struct pg_source pg_source;

/* The names behind labels. Zero-initialise. */
typedef struct pg_class_name {
    int32_t label; /* several may be -1, unlabelled; the others differ */
    char *name;    /* as a folder is called: any bytes */
} pg_class_name;

typedef struct pg_class_names {
    pg_class_name *list; /* sorted by label */
    size_t size, room;
    bool numbers; /* each name is a number, and that is its label: "0", "07" */
    char *where;  /* the file or folder they are from, for messages */
} pg_class_names;

/* From a folder of class folders, as pg_source_open would number them, or from a
 * text file: lines of label, tab and name, or of names alone, which are
 * numbered as the folders of a folder would be, in the order of the lines. */
PG_API pg_status pg_class_names_read(pg_class_names *classes, const char *path,
                                     pg_error *err) PG_MUST_CHECK;

/* As lines of label, tab and name. */
PG_API pg_status pg_class_names_write(const pg_class_names *classes, const char *path,
                                      pg_error *err) PG_MUST_CHECK;
PG_API void pg_class_names_free(pg_class_names *classes);

typedef enum pg_names_kept {
    PG_NAMES_NONE,
    PG_NAMES_OF_MANY, /* where pictures come from a folder, a list, or several files */
    PG_NAMES_ALL      /* also from one file */
} pg_names_kept;

typedef struct pg_source_options {
    const char *format;    /* NULL: found by magic; else a name of pg_source_format_name */
    const char *labels;    /* a label file (IDX, NORB, or text with one integer a line), or NULL */
    const char *view;      /* NORB: "left", "right", "both" (two channels) or NULL for left */
    bool info;             /* NORB: the four numbers of its -info file as scalar fields */
    bool grey;             /* RGB becomes grey (luma of BT.601) */
    bool rgb;              /* grey becomes RGB; with neither, files of both kinds become RGB */
    int height, width;     /* images are resized to this by area averaging; 0: as they are */
    pg_fit fit;            /* of images of another shape than that */
    bool has_background;   /* what is transparent is laid on this, and margins have its colour; */
    uint8_t background[3]; /* else white or black, and the colour of the image's edge */
    bool no_orient;        /* pictures stay as they are stored, whatever EXIF says */
    bool recursive;        /* folders within class folders, and pictures beside these, are read */
    bool skip_broken;      /* pictures that cannot be read are passed over, with a remark */
    pg_names_kept names;   /* whether examples have the names of their files and classes */
    int threads;           /* that decode pictures; 0: one */
    const char *layout; /* of plain .npy arrays: "nhw", "nhwc", "nchw", "hw", "hwc" or "chw"; NULL:
                           told by the sizes, with a remark where that is not certain */
    bool has_values;    /* of plain .npy arrays: low is black and high white; false: bytes as they
                           are, others told by the values, with a remark */
    double low, high;
    const pg_class_names *classes; /* labels of class folders, in place of those of their own
                                      numbering; must outlive the source. NULL: none */
} pg_source_options;

/* Name and one-line description of the i-th format, NULL past the last. */
PG_API const char *pg_source_format_name(int i);
PG_API const char *pg_source_format_summary(int i);

/* Opens a file (gzip or not), a folder of class folders, or "-". */
PG_API pg_status pg_source_open(const char *path, const pg_source_options *options,
                                pg_source **source, pg_error *err) PG_MUST_CHECK;

/* Opens several files, read one after the other; their images must have one
 * shape. labels are as many files as there are paths, or one for all of them
 * together, or none; options->labels is not looked at. The strings of paths,
 * labels and options must outlive the source. */
PG_API pg_status pg_source_open_many(const char *const *paths, size_t path_count,
                                     const char *const *labels, size_t label_count,
                                     const pg_source_options *options, pg_source **source,
                                     pg_error *err) PG_MUST_CHECK;

/* Pictures whose paths are in a file, or in standard input ("-"): one a line, or each ended by a
 * zero byte, as ended_by_zeros says or as the first bytes tell. A tab and a label, a number or a
 * name, may follow a path. */
PG_API pg_status pg_source_open_list(const char *list, bool ended_by_zeros,
                                     const pg_source_options *options, pg_source **source,
                                     pg_error *err) PG_MUST_CHECK;

/* How many files of all were read, where they are pictures that were found in a folder or list;
 * else false. */
PG_API bool pg_source_files(const pg_source *source, uint64_t *done, uint64_t *total);

PG_API const pg_schema *pg_source_schema(const pg_source *source);

/* As pg_reader_next: up to chunk->capacity examples, count 0 at the end. */
PG_API pg_status pg_source_next(pg_source *source, pg_records *chunk, pg_error *err) PG_MUST_CHECK;

/* Begins again at the first example; false where the source is a pipe. */
PG_API bool pg_source_can_rewind(const pg_source *source);
PG_API pg_status pg_source_rewind(pg_source *source, pg_error *err) PG_MUST_CHECK;

/* The names behind the labels, where these come from class folders, else NULL.
 * Of several files, the names of those read so far. */
PG_API const pg_class_names *pg_source_class_names(const pg_source *source);

/* Something that a person should know of: a sentence that begins with where. */
typedef struct pg_remark {
    bool is_warning; /* something was passed over or looks wrong; else it is only told */
    char *text;
} pg_remark;

/* The i-th remark, from 0, or NULL past the last; all are there after the last example. */
PG_API const pg_remark *pg_source_remark(const pg_source *source, size_t i);

PG_API void pg_source_close(pg_source *source);

typedef enum pg_binarize {
    PG_BINARIZE_NONE,
    PG_BINARIZE_THRESHOLD, /* 128 and above become 255, the others 0 */
    PG_BINARIZE_SAMPLE     /* 255 with probability value/255, else 0 */
} pg_binarize;

/* What is done to examples, in the order of the fields. */
typedef struct pg_prepare_options {
    const int32_t *classes; /* only examples of these labels are kept ... */
    size_t class_count;     /* ... unless there are none */
    bool shuffle;           /* holds all that is left in memory */
    uint64_t part, parts;   /* each parts-th example, from the part-th (1-based); parts 0: all */
    bool has_limit;
    uint64_t limit;       /* only so many examples */
    uint64_t keep_labels; /* so many labels, the same number a class; 0: all */
    bool invert;          /* 255 - value */
    pg_binarize binarize;
    uint64_t seed;
} pg_prepare_options;

/* A source that yields what options make of the given one, which it takes over
 * (also where this fails). Keeping labels needs two passes; where the source
 * cannot rewind, its examples are held in memory. */
PG_API pg_status pg_source_prepare(pg_source *source, const pg_prepare_options *options,
                                   pg_source **prepared, pg_error *err) PG_MUST_CHECK;

/* How many examples each label has. Zero-initialise. */
typedef struct pg_class_counts {
    int32_t *labels; /* sorted, -1 among them */
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
