/* TIFF, by libtiff, from memory: its parts lie anywhere in the file. */
#include <config.h>

#include "image/picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#include "base/alloc.h"
#include "image/samples.h"
#include "pixelgan/stream.h"
#include "stream/schema.h"

enum { MOST_PAGES = 10000 };

typedef struct memory {
    const uint8_t *bytes;
    uint64_t count, at;
    char message[256]; /* the first error */
} memory;

/* ---- What libtiff calls ---- */

static tmsize_t on_read(thandle_t handle, void *to, tmsize_t size)
{
    memory *m = handle;
    uint64_t left = m->at < m->count ? m->count - m->at : 0;
    uint64_t n = (uint64_t)size < left ? (uint64_t)size : left;
    memcpy(to, m->bytes + (n ? m->at : 0), (size_t)n);
    m->at += n;
    return (tmsize_t)n;
}

static tmsize_t on_write(thandle_t handle, void *from, tmsize_t size)
{
    (void)handle, (void)from, (void)size;
    return -1;
}

static toff_t on_seek(thandle_t handle, toff_t offset, int whence)
{
    memory *m = handle;
    uint64_t base = whence == SEEK_CUR ? m->at : whence == SEEK_END ? m->count : 0;
    m->at = base + offset;
    return m->at;
}

static int on_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle)
{
    const memory *m = handle;
    return m->count;
}

static int on_error(TIFF *tiff, void *context, const char *module, const char *format, va_list args)
{
    memory *m = context;
    (void)tiff, (void)module;
    if (!m->message[0]) vsnprintf(m->message, sizeof m->message, format, args);
    return 1;
}

static int on_warning(TIFF *tiff, void *context, const char *module, const char *format,
                      va_list args)
{
    (void)tiff, (void)context, (void)module, (void)format, (void)args;
    return 1;
}

static TIFF *open_memory(memory *m, const char *name)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, m);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, m);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, 4 * (tmsize_t)PG_MAX_SOURCE_BYTES);
    TIFF *tiff = TIFFClientOpenExt(name, "rm", m, on_read, on_write, on_seek, on_close, on_size,
                                   NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

/* ---- Pixels ---- */

static pg_status broken(const memory *m, const char *name, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT, "%s: broken TIFF picture: %s", name,
                   m->message[0] ? m->message : "its data make no picture");
}

/* libtiff multiplies colours by the opacity. */
static uint8_t unmultiplied(uint8_t value, uint8_t opacity)
{
    if (opacity == 0) return 0;
    return value >= opacity ? 255 : pg_sample_to_byte(value, opacity);
}

/* Words of four bytes to 1 to 4 planes, where they are. */
static void unpack(const uint32_t *raster, size_t pixels, int planes, uint8_t *out)
{
    for (size_t i = 0; i < pixels; i++, out += planes) {
        uint32_t word = raster[i];
        uint8_t rgb[3] = {TIFFGetR(word), TIFFGetG(word), TIFFGetB(word)};
        uint8_t opacity = planes == 2 || planes == 4 ? TIFFGetA(word) : 255;
        for (int c = 0; c < (planes < 3 ? 1 : 3); c++)
            out[c] = unmultiplied(rgb[c], opacity);
        if (planes == 2 || planes == 4) out[planes - 1] = opacity;
    }
}

typedef struct header {
    uint32_t height, width;
    int planes;
    uint16_t orientation;
} header;

static pg_status read_header(TIFF *tiff, const memory *m, const char *name, header *h,
                             pg_error *err)
{
    uint16_t photometric = PHOTOMETRIC_RGB, extra_count = 0, *extra = NULL;
    char why[1024] = "";
    if (!TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &h->width) ||
        !TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &h->height))
        return broken(m, name, err);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extra);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &h->orientation);
    if (photometric == PHOTOMETRIC_SEPARATED)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: a TIFF picture of printing inks (CMYK), whose colours depend on a "
                       "profile; 'convert FILE -colorspace sRGB FILE.png' makes RGB of it",
                       name);
    bool grey = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
    bool alpha =
        extra_count && (extra[0] == EXTRASAMPLE_ASSOCALPHA || extra[0] == EXTRASAMPLE_UNASSALPHA);
    h->planes = (grey ? 1 : 3) + alpha;
    if (!TIFFRGBAImageOK(tiff, why))
        return pg_fail(err, PG_ERR_UNSUPPORTED, "%s: a TIFF picture that cannot be read: %s", name,
                       why);
    return pg_shape_check(name, h->height, h->width, 4, true, err);
}

static pg_status decode(TIFF *tiff, const memory *m, const char *name, pg_picture *picture,
                        pg_error *err)
{
    header h;
    pg_status status = read_header(tiff, m, name, &h, err);
    if (status != PG_OK) return status;
    size_t pixels = (size_t)h.height * (size_t)h.width;
    uint32_t *raster = malloc(pixels * sizeof *raster);
    uint8_t *planes = malloc(pixels * (size_t)h.planes);
    if (!raster || !planes)
        status = pg_fail(err, PG_ERR_MEMORY, "%s: out of memory for a TIFF picture", name);
    /* libtiff would mirror, but not transpose: that is done later, by the orientation. */
    if (status == PG_OK) TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    if (status == PG_OK &&
        !TIFFReadRGBAImageOriented(tiff, h.width, h.height, raster, ORIENTATION_TOPLEFT, 1))
        status = broken(m, name, err);
    if (status == PG_OK) {
        unpack(raster, pixels, h.planes, planes);
        picture->image = (pg_image){(int)h.height, (int)h.width, h.planes, planes};
        picture->orientation = h.orientation;
        planes = NULL;
    }
    free(raster);
    free(planes);
    return status;
}

static int count_pages(TIFF *tiff)
{
    int pages = 0;
    while (pages < MOST_PAGES && TIFFReadDirectory(tiff))
        pages++;
    return pages;
}

pg_status pg_picture_read_tiff(const pg_picture_input *input, pg_picture *picture, pg_error *err)
{
    uint8_t *bytes = NULL;
    size_t count = 0;
    memset(picture, 0, sizeof *picture);
    pg_status status = pg_picture_slurp(input, PG_MAX_SOURCE_BYTES, &bytes, &count, err);
    memory m = {.bytes = bytes, .count = count};
    if (status != PG_OK) return status;
    TIFF *tiff = open_memory(&m, input->name);
    status = tiff ? decode(tiff, &m, input->name, picture, err) : broken(&m, input->name, err);
    picture->is_alone = true;
    if (status == PG_OK) picture->more_pages = count_pages(tiff);
    if (tiff) TIFFClose(tiff);
    free(bytes);
    return status;
}
