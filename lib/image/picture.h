/* Pictures as their files have them, and how they become images: turned upright, of one number of
 * channels, laid on a background where they are transparent.
 *
 * A reader takes one picture from where the input stands and no byte more. Readers of formats
 * whose library was not there when this was configured are missing.
 */
#ifndef PG_IMAGE_PICTURE_H
#define PG_IMAGE_PICTURE_H

#include "pixelgan/image.h"

typedef struct pg_picture {
    pg_image image;  /* channels 1 to 4: grey or RGB, and the opacity behind them */
    int orientation; /* 1 to 8, as EXIF has it; 1: upright */
    bool is_alone;   /* what follows belongs to it, and is no other picture */
    int more_pages;  /* that were left out */
} pg_picture;

/* Bytes that can be looked at before they are taken. */
typedef struct pg_picture_input {
    const char *name; /* for messages */
    void *context;
    /* Shows the next bytes, some at least; 0: the end, or an error that the caller knows of. */
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
/* The first page; a TIFF takes all of the input. */
pg_status pg_picture_read_tiff(const pg_picture_input *input, pg_picture *picture,
                               pg_error *err) PG_MUST_CHECK;

void pg_picture_free(pg_picture *picture);

/* Upright, by its orientation. */
pg_status pg_picture_turn(pg_picture *picture, const char *name, pg_error *err) PG_MUST_CHECK;

/* Grey (1) or RGB (3); opacity stays. */
pg_status pg_picture_set_channels(pg_picture *picture, int channels, const char *name,
                                  pg_error *err) PG_MUST_CHECK;

typedef enum pg_laid_on { PG_LAID_ON_NOTHING, PG_LAID_ON_WHITE, PG_LAID_ON_BLACK } pg_laid_on;

/* Takes the opacity away. Without a background (NULL) what is transparent becomes white, or black
 * where the picture is itself nearly white. On a background that is given, PG_LAID_ON_WHITE only
 * tells that there was something transparent. */
pg_laid_on pg_picture_flatten(pg_picture *picture, const uint8_t background[3]);

/* Grey of a colour, as pg_image_to_grey makes it. */
uint8_t pg_grey_of(const uint8_t rgb[3]);

/* The orientation in EXIF data, which begin with a TIFF header; 1 where there is none. */
int pg_exif_orientation(const uint8_t *bytes, size_t count);

/* All of the input, up to `most` bytes; the message says when there are more. */
pg_status pg_picture_slurp(const pg_picture_input *input, size_t most, uint8_t **bytes,
                           size_t *count, pg_error *err) PG_MUST_CHECK;

#endif
