/* PNG. libpng leaves by longjmp; this file is the only one that calls it, and
 * each setjmp has its own small function with no locals that a jump could spoil. */
#include <config.h>

#include "image/png.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "image/picture.h"
#include "image/rows.h"
#include "stream/schema.h"

enum { CHUNK_LIMIT = 1 << 20 }; /* bytes of one ancillary chunk, and number of cached ones */

typedef struct codec {
    FILE *stream;
    size_t offset; /* bytes read or written so far */
    int why;       /* errno of a failed read or write */
    bool short_read;
    const char *name;
    char message[128];
    png_structp png;
    png_infop info;
    pg_image *image;
    int orientation;
    pg_error *err;
    pg_status status;
} codec;

static void on_error(png_structp png, png_const_charp message)
{
    codec *c = png_get_error_ptr(png);
    snprintf(c->message, sizeof c->message, "%s", message);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep bytes, size_t count)
{
    codec *c = png_get_io_ptr(png);
    errno = 0;
    size_t got = fread(bytes, 1, count, c->stream);
    c->offset += got;
    if (got == count) return;
    c->why = ferror(c->stream) ? (errno ? errno : EIO) : 0;
    c->short_read = true;
    png_error(png, "too few bytes");
}

static void on_write(png_structp png, png_bytep bytes, size_t count)
{
    codec *c = png_get_io_ptr(png);
    errno = 0;
    if (fwrite(bytes, 1, count, c->stream) == count) return;
    c->why = errno ? errno : EIO;
    png_error(png, "write");
}

static void on_flush(png_structp png)
{
    (void)png;
}

/* What a jump meant, in one sentence. */
static pg_status explain(const codec *c)
{
    if (c->why) return pg_fail_errno(c->err, c->why, "%s: cannot read or write PNG", c->name);
    if (c->short_read)
        return pg_fail(c->err, PG_ERR_FORMAT,
                       "%s: truncated PNG image, the file ends after %zu bytes", c->name,
                       c->offset);
    return pg_fail(c->err, PG_ERR_FORMAT, "%s: broken PNG image: %s", c->name, c->message);
}

/* Every colour type and depth to 8-bit grey, grey+alpha, RGB or RGBA. */
static void normalise(const codec *c)
{
    png_set_expand(c->png);   /* palettes, few-bit grey, tRNS */
    png_set_scale_16(c->png); /* rounds, where strip_16 would cut */
    png_set_interlace_handling(c->png);
    png_read_update_info(c->png, c->info);
}

static pg_status out_of_memory(const codec *c)
{
    return pg_fail(c->err, PG_ERR_MEMORY, "%s: out of memory for a PNG image", c->name);
}

static pg_status read_rows(codec *c)
{
    pg_status status = PG_OK;
    size_t stride = png_get_rowbytes(c->png, c->info), room = 0;
    for (size_t y = 0; status == PG_OK && y < (size_t)c->image->height; y++) {
        status = pg_image_grow(c->image, c->name, y, &room, c->err);
        if (status == PG_OK) png_read_row(c->png, c->image->pixels + y * stride, NULL);
    }
    return status;
}

/* Each pass goes through all rows, so they have all of their memory, though untouched. */
static pg_status read_passes(codec *c)
{
    size_t height = (size_t)c->image->height, stride = png_get_rowbytes(c->png, c->info);
    pg_status status = pg_shape_check(c->name, c->image->height, c->image->width,
                                      c->image->channels, true, c->err);
    if (status != PG_OK) return status;
    c->image->pixels = calloc(height, stride);
    if (!c->image->pixels) return out_of_memory(c);
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++)
        for (size_t y = 0; y < height; y++)
            png_read_row(c->png, c->image->pixels + y * stride, NULL);
    return PG_OK;
}

static pg_status take_header(codec *c)
{
    png_read_info(c->png, c->info);
    int type = png_get_color_type(c->png, c->info);
    return pg_image_begin(c->image, c->name, png_get_image_height(c->png, c->info),
                          png_get_image_width(c->png, c->info), type & PNG_COLOR_MASK_COLOR ? 3 : 1,
                          c->err);
}

static void find_orientation(codec *c)
{
#ifdef PNG_eXIf_SUPPORTED
    png_uint_32 count = 0;
    png_bytep bytes = NULL;
    if (png_get_eXIf_1(c->png, c->info, &count, &bytes) && bytes)
        c->orientation = pg_exif_orientation(bytes, count);
#else
    (void)c;
#endif
}

/* The limits on sides are ours, with our message. */
static pg_status decode(codec *c)
{
    if (setjmp(png_jmpbuf(c->png))) return explain(c);
    png_set_user_limits(c->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(c->png, CHUNK_LIMIT);
    png_set_chunk_cache_max(c->png, 64);
    png_set_read_fn(c->png, c, on_read);
    pg_status status = take_header(c);
    if (status != PG_OK) return status;
    normalise(c);
    c->image->channels = png_get_channels(c->png, c->info);
    bool interlaced = png_get_interlace_type(c->png, c->info) != PNG_INTERLACE_NONE;
    status = interlaced ? read_passes(c) : read_rows(c);
    if (status == PG_OK) png_read_end(c->png, c->info);
    if (status == PG_OK) find_orientation(c);
    return status;
}

pg_status pg_picture_read_png(FILE *stream, const char *name, pg_picture *picture, pg_error *err)
{
    memset(picture, 0, sizeof *picture);
    codec c = {
        .stream = stream, .name = name, .image = &picture->image, .orientation = 1, .err = err};
    c.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &c, on_error, on_warning);
    if (c.png) c.info = png_create_info_struct(c.png);
    pg_status status =
        c.info ? decode(&c) : pg_fail(err, PG_ERR_MEMORY, "%s: cannot start libpng", name);
    png_destroy_read_struct(&c.png, &c.info, NULL);
    if (status != PG_OK) pg_picture_free(picture);
    picture->orientation = c.orientation;
    return status;
}

pg_status pg_image_read_png(FILE *stream, const char *name, pg_image *image, pg_error *err)
{
    static const uint8_t black[3] = {0, 0, 0};
    pg_picture picture;
    pg_status status = pg_picture_read_png(stream, name, &picture, err);
    if (status == PG_OK) (void)pg_picture_flatten(&picture, black);
    *image = picture.image;
    return status;
}

/* No time stamp and no text, so that the same pixels give the same bytes. */
static pg_status encode(codec *c)
{
    if (setjmp(png_jmpbuf(c->png))) return explain(c);
    const pg_image *image = c->image;
    png_set_write_fn(c->png, c, on_write, on_flush);
    png_set_IHDR(c->png, c->info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
                 image->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(c->png, c->info);
    size_t stride = (size_t)image->width * (size_t)image->channels;
    for (int y = 0; y < image->height; y++)
        png_write_row(c->png, image->pixels + (size_t)y * stride);
    png_write_end(c->png, c->info);
    return PG_OK;
}

pg_status pg_png_write(FILE *stream, const char *name, const pg_image *image, pg_error *err)
{
    pg_image copy = *image; /* the codec does not write to the pixels of what it encodes */
    codec c = {.stream = stream, .name = name, .image = &copy, .err = err};
    c.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &c, on_error, on_warning);
    if (c.png) c.info = png_create_info_struct(c.png);
    pg_status status =
        c.info ? encode(&c) : pg_fail(err, PG_ERR_MEMORY, "%s: cannot start libpng", name);
    png_destroy_write_struct(&c.png, &c.info);
    return status;
}
