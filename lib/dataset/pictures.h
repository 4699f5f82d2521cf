/* Reads the pictures of one file one after the other and converts each as the options say. */
#ifndef PG_DATASET_PICTURES_H
#define PG_DATASET_PICTURES_H

#include "dataset/datafile.h"
#include "image/fit.h"
#include "image/picture.h"
#include "pixelgan/dataset.h"

typedef struct pg_picture_kind pg_picture_kind;

/* Numbers of pictures whose conversion the user may want to know about. */
typedef struct pg_picture_counts {
    uint64_t images;
    uint64_t on_white, on_black; /* transparent pictures by background; on_white also counts those
                                    on a given background */
    uint64_t coloured;           /* grey pictures converted to RGB because others are RGB */
    uint64_t fitted;             /* pictures with other proportions than their new size */
} pg_picture_counts;

typedef struct pg_pictures {
    pg_datafile *input; /* borrowed */
    FILE *stream;       /* over input, once a reader needs one */
    const pg_source_options *options;
    const pg_picture_kind *kind; /* of the next or the last picture */
    bool is_alone;               /* the last picture is the only one in the file */
    uint64_t images;             /* so far */
    int channels;                /* of the images returned; 0: as in the file */
    bool is_mixed;               /* channels were chosen because there are grey and RGB pictures */
    pg_fitting fitting;
    pg_picture_counts counts;
} pg_pictures;

/* True if the first bytes of a file are those of a supported kind of picture. */
bool pg_pictures_match(const uint8_t *bytes, size_t available);

/* True if a regular file, gzipped or not, begins like a supported picture. */
bool pg_picture_file(const char *path);

/* True for "a.JPG" and its like. */
bool pg_pictures_have_suffix(const char *name);

/* True if the header of the first picture in a file says that it has colours; false also if that is
 * unknown. */
bool pg_pictures_have_colours(const char *path);

/* Detects the kind of picture by the first bytes. The options must outlive the pictures. */
pg_status pg_pictures_open(pg_pictures *pictures, pg_datafile *input,
                           const pg_source_options *options, pg_error *err) PG_MUST_CHECK;
void pg_pictures_close(pg_pictures *pictures);

/* Reads the next image, converted as the options say; *found is false at the end. */
pg_status pg_pictures_next(pg_pictures *pictures, pg_image *image, bool *found,
                           pg_error *err) PG_MUST_CHECK;

/* True if no image can follow the last one. */
bool pg_pictures_are_done(pg_pictures *pictures);

/* Stores the pixels of an image as example number chunk->count and frees the image. Fails if its
 * shape is not that of the first image. */
pg_status pg_pictures_take(pg_records *chunk, pg_image *image, const char *name,
                           const char *first_name, pg_error *err) PG_MUST_CHECK;

void pg_picture_counts_add(pg_picture_counts *sum, const pg_picture_counts *counts);

/* Adds remarks on the conversions. */
void pg_picture_counts_remark(const pg_picture_counts *counts, const pg_source_options *options,
                              pg_remarks *remarks);

#endif
