/* The PNG or PNM images of one file, one after the other. */
#ifndef PG_DATASET_PICTURES_H
#define PG_DATASET_PICTURES_H

#include "dataset/datafile.h"
#include "pixelgan/dataset.h"
#include "pixelgan/image.h"

typedef struct pg_pictures {
    pg_datafile *input; /* borrowed */
    FILE *stream;
    bool png;          /* the image that comes next; else PNM */
    uint64_t images;   /* so far */
    bool grey;         /* as asked for in the options */
    int height, width; /* 0: as it is */
} pg_pictures;

bool pg_pictures_is_png(const uint8_t *bytes, size_t available);
bool pg_pictures_is_pnm(const uint8_t *bytes, size_t available);

/* Which of the two it is shows in the first bytes. */
pg_status pg_pictures_open(pg_pictures *pictures, pg_datafile *input,
                           const pg_source_options *options, pg_error *err) PG_MUST_CHECK;
void pg_pictures_close(pg_pictures *pictures);

/* The next image, made grey and resized; *found is false at the end. */
pg_status pg_pictures_next(pg_pictures *pictures, pg_image *image, bool *found,
                           pg_error *err) PG_MUST_CHECK;

/* Takes the pixels of an image as example number chunk->count, or says that its
 * shape is not that of the first. The image is freed. */
pg_status pg_pictures_take(pg_records *chunk, pg_image *image, const char *name,
                           const char *first_name, pg_error *err) PG_MUST_CHECK;

#endif
