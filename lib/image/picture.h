/* Pictures as stored in files, and their conversion to images: rotate them upright, convert their
 * channels, and put a background behind transparent parts.
 *
 * A reader takes one picture from the current position of the input, and no byte more. Readers are
 * missing for formats whose library configure did not find.
 */
#ifndef PG_IMAGE_PICTURE_H
#define PG_IMAGE_PICTURE_H

#include "pixelgan/image.h"

typedef struct pg_picture {
    pg_image image;  /* channels 1 to 4: grey or RGB, optionally followed by opacity */
    int orientation; /* 1 to 8, as in EXIF; 1: upright */
    bool is_alone;   /* no other picture can follow in the file */
    int more_pages;  /* number of pages that were skipped */
} pg_picture;

/* Input that can be examined before it is taken. */
typedef struct pg_picture_input {
    const char *name; /* for messages */
    void *context;
    /* Shows the next bytes, at least one. 0: the end, or an error that the caller knows of. */
    size_t (*peek)(void *context, const uint8_t **bytes);
    void (*take)(void *context, size_t count);
} pg_picture_input;

pg_status pg_picture_read_pnm(FILE *stream, const char *name, pg_picture *picture, bool *found,
                              pg_error *err) PG_MUST_CHECK;
pg_status pg_picture_read_png(FILE *stream, const char *name, pg_picture *picture,
                              pg_error *err) PG_MUST_CHECK;
pg_status pg_picture_read_jpeg(const pg_picture_input *input, pg_picture *picture,
                               pg_error *err) PG_MUST_CHECK;
pg_status pg_picture_read_webp(const pg_picture_input *input, pg_picture *picture,
                               pg_error *err) PG_MUST_CHECK;
/* Reads the first page. A TIFF takes the whole input. */
pg_status pg_picture_read_tiff(const pg_picture_input *input, pg_picture *picture,
                               pg_error *err) PG_MUST_CHECK;

void pg_picture_free(pg_picture *picture);

/* Turns the picture upright, according to its orientation. */
pg_status pg_picture_turn(pg_picture *picture, const char *name, pg_error *err) PG_MUST_CHECK;

/* Converts to grey (1) or RGB (3) and keeps the opacity. */
pg_status pg_picture_set_channels(pg_picture *picture, int channels, const char *name,
                                  pg_error *err) PG_MUST_CHECK;

typedef enum pg_laid_on { PG_LAID_ON_NOTHING, PG_LAID_ON_WHITE, PG_LAID_ON_BLACK } pg_laid_on;

/* Removes the opacity. Without a background (NULL), transparent parts become white, or black if the
 * picture itself is nearly white. With a given background, PG_LAID_ON_WHITE only says that the
 * picture had transparent parts. */
pg_laid_on pg_picture_flatten(pg_picture *picture, const uint8_t background[3]);

/* The grey level of a colour, as in pg_image_to_grey. */
uint8_t pg_grey_of(const uint8_t rgb[3]);

/* The orientation in EXIF data, which begin with a TIFF header; 1 if there is none. */
int pg_exif_orientation(const uint8_t *bytes, size_t count);

/* Reads the whole input, up to `most` bytes. Fails if there are more. */
pg_status pg_picture_slurp(const pg_picture_input *input, size_t most, uint8_t **bytes,
                           size_t *count, pg_error *err) PG_MUST_CHECK;

#endif
