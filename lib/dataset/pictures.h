/* The pictures of one file, one after the other, and what is done to each of them. */
#ifndef PG_DATASET_PICTURES_H
#define PG_DATASET_PICTURES_H

#include "dataset/datafile.h"
#include "image/fit.h"
#include "image/picture.h"
#include "pixelgan/dataset.h"

typedef struct pg_picture_kind pg_picture_kind;

/* How many pictures something was done to that a person may want to know of. */
typedef struct pg_picture_counts {
    uint64_t images;
    uint64_t on_white, on_black; /* transparent ones; on_white: also on a given background */
    uint64_t coloured;           /* grey ones made RGB because others are */
    uint64_t fitted;             /* of another shape than they were resized to */
} pg_picture_counts;

typedef struct pg_pictures {
    pg_datafile *input; /* borrowed */
    FILE *stream;       /* of it, once a reader needs one */
    const pg_source_options *options;
    const pg_picture_kind *kind; /* of the picture that comes next, or came last */
    bool is_alone;               /* the one that came last has the file for itself */
    uint64_t images;             /* so far */
    int channels;                /* of those handed out; 0: as they are */
    bool is_mixed;               /* channels were chosen because there are pictures of both kinds */
    pg_fitting fitting;
    pg_picture_counts counts;
} pg_pictures;

/* True where the first bytes of a file tell a kind that is read. */
bool pg_pictures_match(const uint8_t *bytes, size_t available);

/* True where a file, which must be a regular one, begins as a picture that is read; gzip or not. */
bool pg_picture_file(const char *path);

/* True for "a.JPG" and its like. */
bool pg_pictures_have_suffix(const char *name);

/* Whether the first picture of a file has colours, by its header; false also where that cannot be
 * found out. */
bool pg_pictures_have_colours(const char *path);

/* Which kind it is shows in the first bytes. The options must outlive the pictures. */
pg_status pg_pictures_open(pg_pictures *pictures, pg_datafile *input,
                           const pg_source_options *options, pg_error *err) PG_MUST_CHECK;
void pg_pictures_close(pg_pictures *pictures);

/* The next image, as the options want it; *found is false at the end. */
pg_status pg_pictures_next(pg_pictures *pictures, pg_image *image, bool *found,
                           pg_error *err) PG_MUST_CHECK;

/* True where nothing can come after the image that was handed out. */
bool pg_pictures_are_done(pg_pictures *pictures);

/* Takes the pixels of an image as example number chunk->count, or says that its
 * shape is not that of the first. The image is freed. */
pg_status pg_pictures_take(pg_records *chunk, pg_image *image, const char *name,
                           const char *first_name, pg_error *err) PG_MUST_CHECK;

void pg_picture_counts_add(pg_picture_counts *sum, const pg_picture_counts *counts);

/* What a person should know of what was done. */
void pg_picture_counts_remark(const pg_picture_counts *counts, const pg_source_options *options,
                              pg_remarks *remarks);

#endif
