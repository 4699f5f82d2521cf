#include <config.h>

#include "dataset/pictures.h"

#include <stdlib.h>
#include <string.h>

#include "base/filetype.h"
#include "dataset/source.h"
#include "stream/schema.h"

bool pg_pictures_is_png(const uint8_t *bytes, size_t available)
{
    return available >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
}

bool pg_pictures_is_pnm(const uint8_t *bytes, size_t available)
{
    return available >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' && bytes[2] &&
           strchr(" \t\n\v\f\r#", bytes[2]);
}

/* A file by itself, or one of those in a folder. */
static pg_file_use use_of(const pg_source_options *options)
{
    bool alone = options->format && strcmp(options->format, pg_format_folder.name) != 0;
    return alone ? PG_USE_IMAGES : PG_USE_PICTURE;
}

pg_status pg_pictures_open(pg_pictures *pictures, pg_datafile *input,
                           const pg_source_options *options, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    memset(pictures, 0, sizeof *pictures);
    pg_status status = pg_datafile_peek(input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status != PG_OK) return status;
    if (!pg_pictures_is_png(bytes, available) && !pg_pictures_is_pnm(bytes, available))
        return pg_refuse_file(pg_datafile_name(input), "a PNG or PNM picture", use_of(options),
                              bytes, available, err);
    *pictures = (pg_pictures){.input = input,
                              .stream = pg_datafile_stream(input),
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

/* What follows a PNG image, whose own end is marked: viewers leave it out, with less noise. */
static pg_status leave_rest(pg_pictures *p, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    uint64_t count = 0;
    char kind[64] = "";
    pg_status status = pg_datafile_peek(p->input, PG_FILETYPE_BYTES, &bytes, &available, err);
    const char *name = status == PG_OK ? pg_filetype_name(bytes, available) : NULL;
    if (name) snprintf(kind, sizeof kind, " (%s)", name);
    while (status == PG_OK && available) {
        count += available;
        pg_datafile_take(p->input, available);
        status = pg_datafile_peek(p->input, 1, &bytes, &available, err);
    }
    if (status == PG_OK)
        pg_datafile_note(p->input, "%llu byte%s after the PNG image %s left out%s",
                         (unsigned long long)count, count == 1 ? "" : "s",
                         count == 1 ? "was" : "were", kind);
    return status;
}

/* After a PNM image, whose size is all that tells its end, nothing is left out: the header
 * may be wrong. */
static pg_status refuse_rest(const pg_pictures *p, const uint8_t *bytes, size_t available,
                             pg_error *err)
{
    const char *what = pg_filetype_name(bytes, available);
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: byte %llu: 0x%02x%s%s%s where another image should begin, or the data end; "
                   "cut off what is too much",
                   pg_datafile_name(p->input), (unsigned long long)pg_datafile_offset(p->input),
                   bytes[0], what ? " (" : "", what ? what : "", what ? ")" : "");
}

/* Blanks and zeros between images; zeros are padding. */
static pg_status skip_filling(pg_pictures *p, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    uint64_t zeros, padding = 0, blanks;
    pg_status status;
    do {
        status = pg_datafile_skip_zeros(p->input, &zeros, err);
        padding += zeros;
        blanks = 0;
        if (status == PG_OK) status = pg_datafile_peek(p->input, 1, &bytes, &available, err);
        if (status != PG_OK) return status;
        while (blanks < available && bytes[blanks] && strchr(" \t\r\n", bytes[blanks]))
            blanks++;
        pg_datafile_take(p->input, blanks);
    } while (zeros || blanks);
    if (padding) pg_datafile_note_padding(p->input, padding, "an image");
    return PG_OK;
}

/* Goes to the next image, of whichever of the two kinds; *found is false at the end. */
static pg_status find_image(pg_pictures *p, bool *found, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    bool after_png = p->images && p->png;
    *found = false;
    pg_status status = p->images ? skip_filling(p, err) : PG_OK;
    if (status == PG_OK)
        status = pg_datafile_peek(p->input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status != PG_OK || available == 0) return status;
    p->png = pg_pictures_is_png(bytes, available);
    *found = p->png || pg_pictures_is_pnm(bytes, available);
    if (*found) return PG_OK;
    return after_png ? leave_rest(p, err) : refuse_rest(p, bytes, available, err);
}

static pg_status read_image(pg_pictures *p, pg_image *image, bool *found, pg_error *err)
{
    const char *name = pg_datafile_name(p->input);
    pg_status status = find_image(p, found, err);
    if (status != PG_OK || !*found) return status;
    p->images++;
    return p->png ? pg_image_read_png(p->stream, name, image, err)
                  : pg_image_read_pnm(p->stream, name, image, found, err);
}

static pg_status shape(const pg_pictures *p, pg_image *image, pg_error *err)
{
    if (p->grey) pg_image_to_grey(image);
    if (!p->height)
        return pg_shape_check(pg_datafile_name(p->input), image->height, image->width,
                              image->channels, false, err);
    if ((image->height == p->height && image->width == p->width)) return PG_OK;
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
    pg_status status = read_image(p, image, found, err);
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
        const pg_schema own = {
            .height = image->height, .width = image->width, .channels = image->channels};
        char remedy[PG_REMEDY_BYTES];
        pg_images_remedy(&own, schema, remedy);
        status = pg_fail(err, PG_ERR_FORMAT,
                         "%s: an image of %dx%dx%d, but the first in %s has %dx%dx%d; %s", name,
                         image->height, image->width, image->channels, first_name, schema->height,
                         schema->width, schema->channels, remedy);
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
                                 picture_open, NULL};
const pg_format pg_format_pnm = {"pnm", "PBM, PGM, PPM and PAM images, one or more in a file",
                                 pnm_matches, picture_open, NULL};
