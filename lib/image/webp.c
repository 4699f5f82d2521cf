/* WebP, by libwebp, from memory: the container says how long it is (RFC 9649). */
#include <config.h>

#include "image/picture.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>

#include "pixelgan/stream.h"
#include "stream/schema.h"

enum { HEADER = 12, CHUNK_HEADER = 8 };

static uint32_t word(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static pg_status broken(const char *name, const char *why, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT, "%s: broken WebP picture: %s", name, why);
}

/* Just the picture, for others may follow. */
static pg_status take_all(const pg_picture_input *input, uint8_t **bytes, size_t *count,
                          pg_error *err)
{
    const uint8_t *next;
    size_t shown = input->peek(input->context, &next);
    if (shown < HEADER) return broken(input->name, "no whole header", err);
    uint64_t size = (uint64_t)word(next + 4) + CHUNK_HEADER;
    if (size > PG_MAX_SOURCE_BYTES)
        return pg_fail(err, PG_ERR_LIMIT, "%s: a WebP picture of %llu bytes; %d are the most",
                       input->name, (unsigned long long)size, PG_MAX_SOURCE_BYTES);
    pg_status status = pg_picture_slurp(input, (size_t)size, bytes, count, err);
    if (status != PG_OK || *count == size) return status;
    return pg_fail(err, PG_ERR_FORMAT, "%s: truncated WebP picture, the file ends after %zu bytes",
                   input->name, *count);
}

static int find_orientation(const uint8_t *bytes, size_t count)
{
    for (size_t at = HEADER; count - at >= CHUNK_HEADER;) {
        size_t size = word(bytes + at + 4), left = count - at - CHUNK_HEADER;
        if (size > left) return 1;
        if (memcmp(bytes + at, "EXIF", 4) == 0) {
            const uint8_t *exif = bytes + at + CHUNK_HEADER;
            bool prefixed = size > 6 && memcmp(exif, "Exif\0", 6) == 0;
            return pg_exif_orientation(exif + (prefixed ? 6 : 0), size - (prefixed ? 6 : 0));
        }
        size += size & 1;
        if (size > left) return 1;
        at += CHUNK_HEADER + size;
    }
    return 1;
}

static const char *words(VP8StatusCode code)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return "out of memory";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return "a feature that cannot be read";
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return "too few bytes";
    default:
        return "its data make no picture";
    }
}

static pg_status decode(const uint8_t *bytes, size_t count, const char *name, pg_image *image,
                        pg_error *err)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return broken(name, "libwebp is of another version", err);
    VP8StatusCode code = WebPGetFeatures(bytes, count, &config.input);
    if (code != VP8_STATUS_OK) return broken(name, words(code), err);
    if (config.input.has_animation)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: a WebP animation; 'webpmux -get frame 1 FILE -o FRAME.webp' takes a "
                       "picture of it",
                       name);
    int planes = config.input.has_alpha ? 4 : 3;
    pg_status status =
        pg_shape_check(name, config.input.height, config.input.width, planes, true, err);
    if (status != PG_OK) return status;
    size_t stride = (size_t)config.input.width * (size_t)planes;
    size_t size = (size_t)config.input.height * stride;
    *image = (pg_image){config.input.height, config.input.width, planes, malloc(size)};
    if (!image->pixels) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", name);
    config.output.colorspace = planes == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA =
        (WebPRGBABuffer){.rgba = image->pixels, .stride = (int)stride, .size = size};
    code = WebPDecode(bytes, count, &config);
    WebPFreeDecBuffer(&config.output);
    return code == VP8_STATUS_OK ? PG_OK : broken(name, words(code), err);
}

pg_status pg_picture_read_webp(const pg_picture_input *input, pg_picture *picture, pg_error *err)
{
    uint8_t *bytes = NULL;
    size_t count = 0;
    memset(picture, 0, sizeof *picture);
    pg_status status = take_all(input, &bytes, &count, err);
    if (status == PG_OK) status = decode(bytes, count, input->name, &picture->image, err);
    if (status == PG_OK)
        picture->orientation = find_orientation(bytes, count);
    else
        pg_picture_free(picture);
    free(bytes);
    return status;
}
