/* Pictures: reads PNM/PAM streams and PNG; draws sheets and scatter plots.
 *
 * Promise: libnetpbm and libpng, with their longjmp and exit calls, stay inside this folder. The
 * result is 8-bit samples, H x W x C with C = 1 (grey) or 3 (RGB), or a status.
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

enum { PG_IMAGE_MAX_SIDE = 32768 }; /* pixels; input is also limited to PG_MAX_SOURCE_BYTES */

typedef struct pg_image {
    int height, width, channels; /* channels 1 or 3 */
    uint8_t *pixels;             /* height x width x channels, row by row */
} pg_image;

/* How to fit an image into a shape with other proportions. */
typedef enum pg_fit {
    PG_FIT_PAD,     /* the whole image, as large as possible, with margins */
    PG_FIT_STRETCH, /* the whole image, distorted */
    PG_FIT_CROP     /* the middle of the image */
} pg_fit;

typedef enum pg_image_format { PG_IMAGE_PNM, PG_IMAGE_PNG } pg_image_format;

PG_API pg_status pg_image_init(pg_image *image, int height, int width, int channels,
                               pg_error *err) PG_MUST_CHECK; /* all pixels are 0 */
PG_API void pg_image_free(pg_image *image);

/* Reads the next image of a PNM/PAM stream. *found is false at a clean end. Samples of any depth
 * are scaled to 8 bits; the alpha channel of a PAM is composited on black. libnetpbm has global
 * state, so only one thread may call this at a time. */
PG_API pg_status pg_image_read_pnm(FILE *stream, const char *name, pg_image *image, bool *found,
                                   pg_error *err) PG_MUST_CHECK;

/* Reads one PNG image of any colour type and depth, and no byte past its end. Palettes become RGB;
 * alpha is composited on black. */
PG_API pg_status pg_image_read_png(FILE *stream, const char *name, pg_image *image,
                                   pg_error *err) PG_MUST_CHECK;

/* Writes one image to an open stream, as PNG, or as PGM or PPM depending on its channels. */
PG_API pg_status pg_image_write(FILE *stream, const char *name, const pg_image *image,
                                pg_image_format format, pg_error *err) PG_MUST_CHECK;

/* Writes to a path: PNG if the name ends in .png, else PNM. "-" is standard output (PNM). The file
 * appears under its name only when it is complete. */
PG_API pg_status pg_image_save(const char *path, const pg_image *image,
                               pg_error *err) PG_MUST_CHECK;

/* Converts RGB to grey in place, by the luma of ITU-R BT.601. A grey image stays as it is. */
PG_API void pg_image_to_grey(pg_image *image);
/* The same for plain pixels; grey may equal rgb. */
PG_API void pg_pixels_to_grey(const uint8_t *rgb, size_t pixels, uint8_t *grey);

/* Resizes to height x width by area averaging. source and result must not alias. */
PG_API pg_status pg_image_resize(const pg_image *source, int height, int width, pg_image *result,
                                 pg_error *err) PG_MUST_CHECK;

/* The same for plain pixels with any number of channels and sides up to PG_IMAGE_MAX_SIDE. sums is
 * scratch space for new_width x channels numbers. */
PG_API void pg_pixels_resize(const uint8_t *source, int height, int width, int channels,
                             uint8_t *result, int new_height, int new_width, uint64_t *sums);

/* Draws a sheet of rows x columns equal tiles, separated by `gap` pixels of grey level
 * `gap_level`. tiles holds count images of H x W x C. They fill the sheet row by row; tiles that
 * are left over stay blank. */
PG_API pg_status pg_image_sheet(const uint8_t *tiles, size_t count, int height, int width,
                                int channels, int rows, int columns, int gap, uint8_t gap_level,
                                pg_image *sheet, pg_error *err) PG_MUST_CHECK;

/* Converts an image with any number of channels for display: RGB from the first three, or grey
 * from the first. The image is reduced if a side has more than `most` pixels. */
PG_API pg_status pg_image_view(const uint8_t *pixels, int height, int width, int channels, int most,
                               pg_image *view, pg_error *err) PG_MUST_CHECK;

/* A sheet with one row of images per group. Two lines of text stand to the left of each row. The
 * text is UTF-8, but characters outside ASCII are drawn as '?', and long text is cut. Small images
 * are enlarged, large ones are reduced. */
typedef struct pg_image_row {
    const char *title, *note;
    const uint8_t *const *images; /* count images of H x W x C */
    size_t count;
} pg_image_row;

PG_API pg_status pg_image_gallery(const pg_image_row *rows, size_t row_count, int height, int width,
                                  int channels, pg_image *sheet, pg_error *err) PG_MUST_CHECK;
/* The largest number of rows in a sheet of such images. */
PG_API size_t pg_image_gallery_room(int height, int width);

/* Draws a square scatter plot, side x side RGB, of count points xy (pairs). Points are coloured by
 * label (NULL or -1: grey). The plot has a legend of the labels present, a margin, and axes with
 * ticks and equal scales. Points that are not finite are refused. */
PG_API pg_status pg_image_scatter(const float *xy, const int32_t *labels, size_t count, int side,
                                  pg_image *plot, pg_error *err) PG_MUST_CHECK;

/* The colour of a class in every picture: 12 distinct hues, which then repeat. */
PG_API void pg_image_class_colour(int label, uint8_t rgb[3]);

#ifdef __cplusplus
}
#endif
#endif
