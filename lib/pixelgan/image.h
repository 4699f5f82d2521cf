/* Pictures: PNM/PAM streams and PNG in, sheets and scatter plots out.
 *
 * Promise: libnetpbm and libpng, with their longjmp and their exits, stay
 * inside this folder; what comes out is 8-bit samples, H x W x C with C = 1
 * (grey) or 3 (RGB), or a status.
 */
#ifndef PIXELGAN_IMAGE_H
#define PIXELGAN_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <pixelgan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PG_IMAGE_MAX_SIDE = 32768 }; /* pixels; what is read has PG_MAX_SOURCE_BYTES at most */

typedef struct pg_image {
    int height, width, channels; /* channels 1 or 3 */
    uint8_t *pixels;             /* height x width x channels, row by row */
} pg_image;

/* How an image of another shape becomes one of a given shape. */
typedef enum pg_fit {
    PG_FIT_PAD,     /* the whole of it, as large as it can be, and a margin */
    PG_FIT_STRETCH, /* the whole of it, distorted */
    PG_FIT_CROP     /* its middle */
} pg_fit;

typedef enum pg_image_format { PG_IMAGE_PNM, PG_IMAGE_PNG } pg_image_format;

PG_API pg_status pg_image_init(pg_image *image, int height, int width, int channels,
                               pg_error *err) PG_MUST_CHECK; /* pixels are zero */
PG_API void pg_image_free(pg_image *image);

/* Reads the next image of a PNM/PAM stream. *found is false at a clean end.
 * Samples of any depth are scaled to 8 bits; a PAM's alpha is composited on
 * black. libnetpbm keeps its state in the process: one thread at a time. */
PG_API pg_status pg_image_read_pnm(FILE *stream, const char *name, pg_image *image, bool *found,
                                   pg_error *err) PG_MUST_CHECK;

/* Reads one PNG image of any colour type and depth up to its end, no byte
 * further. Palettes become RGB; alpha is composited on black. */
PG_API pg_status pg_image_read_png(FILE *stream, const char *name, pg_image *image,
                                   pg_error *err) PG_MUST_CHECK;

/* Writes one image to an open stream: PGM or PPM by its channels, or PNG. */
PG_API pg_status pg_image_write(FILE *stream, const char *name, const pg_image *image,
                                pg_image_format format, pg_error *err) PG_MUST_CHECK;

/* Writes to a path ("-": standard output, PNM): PNG when the name ends in
 * .png, else PNM. The file appears under its name only when complete. */
PG_API pg_status pg_image_save(const char *path, const pg_image *image,
                               pg_error *err) PG_MUST_CHECK;

/* RGB to grey in place, by the luma of ITU-R BT.601; a grey image stays as it is. */
PG_API void pg_image_to_grey(pg_image *image);
/* The same on bare pixels; grey may be where rgb is. */
PG_API void pg_pixels_to_grey(const uint8_t *rgb, size_t pixels, uint8_t *grey);

/* Area-averaging resize to height x width (source and result may not alias). */
PG_API pg_status pg_image_resize(const pg_image *source, int height, int width, pg_image *result,
                                 pg_error *err) PG_MUST_CHECK;

/* The same on bare pixels of any number of channels, sides up to PG_IMAGE_MAX_SIDE;
 * sums is scratch for new_width x channels numbers. */
PG_API void pg_pixels_resize(const uint8_t *source, int height, int width, int channels,
                             uint8_t *result, int new_height, int new_width, uint64_t *sums);

/* A sheet of rows x columns equal tiles with a margin of `gap` pixels of grey
 * level `gap_level` between them; tiles is count images of H x W x C, filled
 * row by row, missing ones blank. */
PG_API pg_status pg_image_sheet(const uint8_t *tiles, size_t count, int height, int width,
                                int channels, int rows, int columns, int gap, uint8_t gap_level,
                                pg_image *sheet, pg_error *err) PG_MUST_CHECK;

/* An image of any number of channels as one to look at: RGB by the first three, or grey by the
 * first; made smaller where a side has more than `most` pixels. */
PG_API pg_status pg_image_view(const uint8_t *pixels, int height, int width, int channels, int most,
                               pg_image *view, pg_error *err) PG_MUST_CHECK;

/* A sheet with a row of images for each of several groups, and at its left two lines of text:
 * UTF-8, in which other characters than those of ASCII are drawn as '?', cut where it is long.
 * Small images are enlarged, large ones made smaller. */
typedef struct pg_image_row {
    const char *title, *note;
    const uint8_t *const *images; /* count images of H x W x C */
    size_t count;
} pg_image_row;

PG_API pg_status pg_image_gallery(const pg_image_row *rows, size_t row_count, int height, int width,
                                  int channels, pg_image *sheet, pg_error *err) PG_MUST_CHECK;
/* How many rows a sheet of such images can have. */
PG_API size_t pg_image_gallery_room(int height, int width);

/* A square scatter plot, side x side RGB, of count points xy (pairs), coloured
 * by label (NULL or -1: grey) with a legend of the labels present, axes with
 * ticks, equal scale on both, a margin; points that are not finite are refused. */
PG_API pg_status pg_image_scatter(const float *xy, const int32_t *labels, size_t count, int side,
                                  pg_image *plot, pg_error *err) PG_MUST_CHECK;

/* The colour of a class in every picture (12 well-told-apart hues, then repeats). */
PG_API void pg_image_class_colour(int label, uint8_t rgb[3]);

#ifdef __cplusplus
}
#endif
#endif
