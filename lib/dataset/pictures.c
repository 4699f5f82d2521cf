#include <config.h>

#include "dataset/pictures.h"

#include <stdlib.h>
#include <string.h>

#include "dataset/source.h"

bool pg_pictures_is_png(const uint8_t *bytes, size_t available)
{
    return available >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

bool pg_pictures_is_pnm(const uint8_t *bytes, size_t available)
{
    return available >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' && bytes[2] &&
           strchr(" \t\n\v\f\r#", bytes[2]);
}

pg_status pg_pictures_open(pg_pictures *pictures, pg_datafile *input,
                           const pg_source_options *options, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    memset(pictures, 0, sizeof *pictures);
    pg_status status = pg_datafile_peek(input, 8, &bytes, &available, err);
    if (status != PG_OK) return status;
    bool png = pg_pictures_is_png(bytes, available);
    if (!png && !pg_pictures_is_pnm(bytes, available))
        return pg_fail(err, PG_ERR_FORMAT, "%s: is no PNG and no PNM image%s",
                       pg_datafile_name(input), available ? "" : ", it is empty");
    *pictures = (pg_pictures){.input = input,
                              .stream = pg_datafile_stream(input),
                              .png = png,
                              .grey = options->grey,
                              .height = options->height,
                              .width = options->width};
    if (!pictures->stream)
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", pg_datafile_name(input));
    return PG_OK;
}

void pg_pictures_close(pg_pictures *pictures)
{
    if (pictures->stream) fclose(pictures->stream);
    memset(pictures, 0, sizeof *pictures);
}

/* PNG images, too, may follow each other. */
static pg_status read_png(pg_pictures *p, pg_image *image, bool *found, pg_error *err)
{
    int c = getc(p->stream);
    *found = c != EOF;
    if (!*found) return PG_OK;
    ungetc(c, p->stream);
    return pg_image_read_png(p->stream, pg_datafile_name(p->input), image, err);
}

static pg_status shape(const pg_pictures *p, pg_image *image, pg_error *err)
{
    if (p->grey) pg_image_to_grey(image);
    if (!p->height || (image->height == p->height && image->width == p->width)) return PG_OK;
    pg_image result;
    pg_status status = pg_image_resize(image, p->height, p->width, &result, err);
    if (status != PG_OK) return status;
    pg_image_free(image);
    *image = result;
    return PG_OK;
}

pg_status pg_pictures_next(pg_pictures *p, pg_image *image, bool *found, pg_error *err)
{
    memset(image, 0, sizeof *image);
    pg_status status =
        p->png ? read_png(p, image, found, err)
               : pg_image_read_pnm(p->stream, pg_datafile_name(p->input), image, found, err);
    if (status == PG_OK && *found) status = shape(p, image, err);
    const pg_error *why = pg_datafile_error(p->input);
    if (why) { /* broken gzip or a failing disk says more than the picture cut short by it */
        status = why->status;
        if (err) *err = *why;
    }
    if (status != PG_OK) pg_image_free(image);
    return status;
}

pg_status pg_pictures_take(pg_records *chunk, pg_image *image, const char *name,
                           const char *first_name, pg_error *err)
{
    const pg_schema *schema = &chunk->schema;
    pg_status status = PG_OK;
    if (image->height == schema->height && image->width == schema->width &&
        image->channels == schema->channels) {
        size_t size = pg_schema_image_size(schema);
        memcpy(chunk->image + chunk->count * size, image->pixels, size);
        chunk->count++;
    } else {
        status = pg_fail(err, PG_ERR_FORMAT,
                         "%s: an image of %dx%dx%d, but the first in %s has %dx%dx%d; --resize and "
                         "--grey make them alike",
                         name, image->height, image->width, image->channels, first_name,
                         schema->height, schema->width, schema->channels);
    }
    pg_image_free(image);
    return status;
}

/* ---- A file of pictures as a source ---- */

typedef struct picture_source {
    pg_pictures pictures;
    pg_image ahead; /* the first, read for its shape; then empty */
} picture_source;

static void picture_close(void *state)
{
    picture_source *p = state;
    pg_pictures_close(&p->pictures);
    pg_image_free(&p->ahead);
    free(p);
}

static pg_status picture_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    picture_source *p = source->state;
    const char *name = pg_datafile_name(p->pictures.input);
    while (chunk->count < chunk->capacity) {
        bool found = p->ahead.pixels != NULL;
        if (!found) {
            pg_status status = pg_pictures_next(&p->pictures, &p->ahead, &found, err);
            if (status != PG_OK || !found) return status;
        }
        pg_status status = pg_pictures_take(chunk, &p->ahead, name, name, err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

static const pg_source_class picture_class = {.next = picture_next, .close = picture_close};

static pg_status read_first(picture_source *p, pg_opening *opening, pg_schema *schema,
                            pg_error *err)
{
    bool found;
    pg_status status = pg_pictures_open(&p->pictures, opening->input, opening->options, err);
    if (status == PG_OK) status = pg_pictures_next(&p->pictures, &p->ahead, &found, err);
    if (status != PG_OK) return status;
    *schema = (pg_schema){
        .height = p->ahead.height, .width = p->ahead.width, .channels = p->ahead.channels};
    return PG_OK;
}

static pg_status picture_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    picture_source *p = calloc(1, sizeof *p);
    if (!p) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    pg_schema schema;
    pg_status status = read_first(p, opening, &schema, err);
    if (status == PG_OK) return pg_source_create(&picture_class, p, &schema, -1, source, err);
    picture_close(p);
    return status;
}

static bool png_matches(const pg_probe *probe)
{
    return pg_pictures_is_png(probe->bytes, probe->available);
}

static bool pnm_matches(const pg_probe *probe)
{
    return pg_pictures_is_pnm(probe->bytes, probe->available);
}

const pg_format pg_format_png = {"png", "PNG images, one or more in a file", png_matches,
                                 picture_open};
const pg_format pg_format_pnm = {"pnm", "PBM, PGM, PPM and PAM images, one or more in a file",
                                 pnm_matches, picture_open};
