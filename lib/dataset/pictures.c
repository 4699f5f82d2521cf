#include <config.h>

#include "dataset/pictures.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/filetype.h"
#include "dataset/source.h"
#include "stream/schema.h"

/* ---- Kinds ---- */

enum { FIRST_BYTES = 16 }; /* that tell each of them */

struct pg_picture_kind {
    const char *name; /* "the PNG image" */
    bool (*matches)(const uint8_t *bytes, size_t available);
    pg_status (*read)(pg_pictures *p, pg_picture *picture, bool *found, pg_error *err);
    bool ends_itself; /* what follows and is no picture is left out, as viewers do */
};

static bool begins(const uint8_t *bytes, size_t available, const char *magic, size_t length)
{
    return available >= length && memcmp(bytes, magic, length) == 0;
}

static bool is_png(const uint8_t *bytes, size_t available)
{
    return begins(bytes, available, "\x89PNG\r\n\x1a\n", 8);
}

static bool is_pnm(const uint8_t *bytes, size_t available)
{
    return available >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '7' && bytes[2] &&
           strchr(" \t\n\v\f\r#", bytes[2]);
}

static FILE *stream_of(pg_pictures *p)
{
    if (!p->stream) p->stream = pg_datafile_stream(p->input);
    return p->stream;
}

static pg_status no_memory(const pg_pictures *p, pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", pg_datafile_name(p->input));
}

static pg_status read_png(pg_pictures *p, pg_picture *picture, bool *found, pg_error *err)
{
    (void)found;
    FILE *stream = stream_of(p);
    return stream ? pg_picture_read_png(stream, pg_datafile_name(p->input), picture, err)
                  : no_memory(p, err);
}

static pg_status read_pnm(pg_pictures *p, pg_picture *picture, bool *found, pg_error *err)
{
    FILE *stream = stream_of(p);
    return stream ? pg_picture_read_pnm(stream, pg_datafile_name(p->input), picture, found, err)
                  : no_memory(p, err);
}

#if HAVE_JPEG || HAVE_WEBP || HAVE_TIFF
static size_t peek(void *context, const uint8_t **bytes)
{
    size_t available;
    return pg_datafile_peek(context, FIRST_BYTES, bytes, &available, NULL) == PG_OK ? available : 0;
}

static void take(void *context, size_t count)
{
    pg_datafile_take(context, count);
}

static pg_picture_input input_of(const pg_pictures *p)
{
    return (pg_picture_input){pg_datafile_name(p->input), p->input, peek, take};
}
#endif

#if HAVE_JPEG
static pg_status read_jpeg(pg_pictures *p, pg_picture *picture, bool *found, pg_error *err)
{
    (void)found;
    const pg_picture_input input = input_of(p);
    return pg_picture_read_jpeg(&input, picture, err);
}

static bool is_jpeg(const uint8_t *bytes, size_t available)
{
    return begins(bytes, available, "\xff\xd8\xff", 3);
}
#endif

#if HAVE_WEBP
static pg_status read_webp(pg_pictures *p, pg_picture *picture, bool *found, pg_error *err)
{
    (void)found;
    const pg_picture_input input = input_of(p);
    return pg_picture_read_webp(&input, picture, err);
}

static bool is_webp(const uint8_t *bytes, size_t available)
{
    return available >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0;
}
#endif

#if HAVE_TIFF
static pg_status read_tiff(pg_pictures *p, pg_picture *picture, bool *found, pg_error *err)
{
    (void)found;
    const pg_picture_input input = input_of(p);
    return pg_picture_read_tiff(&input, picture, err);
}

static bool is_tiff(const uint8_t *bytes, size_t available)
{
    return begins(bytes, available, "II*\0", 4) || begins(bytes, available, "MM\0*", 4) ||
           begins(bytes, available, "II+\0", 4) || begins(bytes, available, "MM\0+", 4);
}
#endif

static const pg_picture_kind kinds[] = {
    {"PNG", is_png, read_png, true},    {"PNM", is_pnm, read_pnm, false},
#if HAVE_JPEG
    {"JPEG", is_jpeg, read_jpeg, true},
#endif
#if HAVE_WEBP
    {"WebP", is_webp, read_webp, true},
#endif
#if HAVE_TIFF
    {"TIFF", is_tiff, read_tiff, true},
#endif
};

static const pg_picture_kind *kind_of(const uint8_t *bytes, size_t available)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].matches(bytes, available)) return &kinds[i];
    return NULL;
}

bool pg_pictures_match(const uint8_t *bytes, size_t available)
{
    return kind_of(bytes, available) != NULL;
}

static bool packed_picture(const char *path)
{
    pg_datafile *input;
    const uint8_t *bytes;
    size_t available;
    if (pg_datafile_open_found(path, &input, NULL) != PG_OK) return false;
    bool matches = pg_datafile_peek(input, FIRST_BYTES, &bytes, &available, NULL) == PG_OK &&
                   pg_pictures_match(bytes, available);
    pg_datafile_close(input);
    return matches;
}

bool pg_picture_file(const char *path)
{
    uint8_t bytes[FIRST_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return false;
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    if (got < 2) return false;
    if (bytes[0] == 0x1f && bytes[1] == 0x8b) return packed_picture(path);
    return pg_pictures_match(bytes, (size_t)got);
}

bool pg_pictures_have_suffix(const char *name)
{
    static const char *const suffixes[] = {"png",  "pnm", "pbm",  "pgm",  "ppm", "pam", "jpg",
                                           "jpeg", "jpe", "jfif", "webp", "tif", "tiff"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcasecmp(dot + 1, suffixes[i]) == 0) return true;
    return false;
}

/* ---- Colours by the header ---- */

/* The number behind DEPTH in the header of a PAM. */
static bool pam_has_colours(const uint8_t *bytes, size_t available)
{
    const char *depth = memmem(bytes, available, "DEPTH", 5);
    const char *end = (const char *)bytes + available;
    if (!depth) return false;
    for (depth += 5; depth < end && (*depth == ' ' || *depth == '\t'); depth++)
        ;
    return depth < end && *depth >= '3' && *depth <= '9';
}

/* Goes from marker to marker to the frame header, whose tenth byte counts the components
 * (ITU-T T.81, B.2.2). */
static bool jpeg_has_colours(pg_datafile *input)
{
    enum { START_OF_SCAN = 0xda, FRAME = 0xc0, FRAME_BYTES = 10 };
    const uint8_t *bytes;
    size_t available;
    pg_datafile_take(input, 2);
    for (;;) {
        if (pg_datafile_peek(input, FRAME_BYTES, &bytes, &available, NULL) != PG_OK ||
            available < FRAME_BYTES || bytes[0] != 0xff || bytes[1] == START_OF_SCAN)
            return false;
        bool table = bytes[1] == 0xc4 || bytes[1] == 0xc8 || bytes[1] == 0xcc;
        if (bytes[1] == 0xff) {
            pg_datafile_take(input, 1);
            continue;
        }
        if (bytes[1] >= FRAME && bytes[1] <= FRAME + 15 && !table) return bytes[9] > 1;
        size_t left = 2 + 256u * bytes[2] + bytes[3];
        while (left) {
            if (pg_datafile_peek(input, 1, &bytes, &available, NULL) != PG_OK || !available)
                return false;
            size_t n = available < left ? available : left;
            pg_datafile_take(input, n);
            left -= n;
        }
    }
}

/* Where the header does not say it in a few bytes, the picture is read. */
static bool decoded_has_colours(pg_datafile *input)
{
    static const pg_source_options as_it_is;
    pg_pictures pictures;
    pg_image image = {0};
    bool found, coloured = false;
    if (pg_pictures_open(&pictures, input, &as_it_is, NULL) == PG_OK &&
        pg_pictures_next(&pictures, &image, &found, NULL) == PG_OK && found)
        coloured = image.channels == 3;
    pg_image_free(&image);
    pg_pictures_close(&pictures);
    return coloured;
}

static bool has_colours(pg_datafile *input)
{
    enum { PNG_COLOUR_TYPE_AT = 25, PNG_COLOUR = 2 };
    const uint8_t *bytes;
    size_t available;
    if (pg_datafile_peek(input, 512, &bytes, &available, NULL) != PG_OK) return false;
    if (is_png(bytes, available))
        return available > PNG_COLOUR_TYPE_AT && bytes[PNG_COLOUR_TYPE_AT] & PNG_COLOUR;
    if (is_pnm(bytes, available))
        return bytes[1] == '7' ? pam_has_colours(bytes, available) : bytes[1] % 3 == 0;
    if (begins(bytes, available, "\xff\xd8\xff", 3)) return jpeg_has_colours(input);
    return kind_of(bytes, available) && decoded_has_colours(input);
}

bool pg_pictures_have_colours(const char *path)
{
    pg_datafile *input;
    if (pg_datafile_open_found(path, &input, NULL) != PG_OK) return false;
    bool coloured = has_colours(input);
    pg_datafile_close(input);
    return coloured;
}

/* ---- One picture after the other ---- */

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
    *pictures = (pg_pictures){.input = input,
                              .options = options,
                              .channels = options->grey  ? 1
                                          : options->rgb ? 3
                                                         : 0,
                              .fitting = pg_fitting_of(options)};
    pg_status status = pg_datafile_peek(input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status != PG_OK) return status;
    pictures->kind = kind_of(bytes, available);
    if (pictures->kind) return PG_OK;
    return pg_refuse_file(pg_datafile_name(input), "a picture that is read", use_of(options), bytes,
                          available, err);
}

void pg_pictures_close(pg_pictures *pictures)
{
    if (pictures->stream) fclose(pictures->stream);
    memset(pictures, 0, sizeof *pictures);
}

/* What follows a picture whose own end is marked: viewers leave it out, with less noise. */
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
        pg_datafile_note(p->input, "%llu byte%s after the %s image %s left out%s",
                         (unsigned long long)count, count == 1 ? "" : "s", p->kind->name,
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

/* Goes to the next image, of whichever kind; *found is false at the end. */
static pg_status find_image(pg_pictures *p, bool *found, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    *found = false;
    if (p->is_alone) return PG_OK;
    pg_status status = p->images ? skip_filling(p, err) : PG_OK;
    if (status == PG_OK)
        status = pg_datafile_peek(p->input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status != PG_OK || available == 0) return status;
    const pg_picture_kind *kind = kind_of(bytes, available);
    *found = kind != NULL;
    if (kind) {
        p->kind = kind;
        return PG_OK;
    }
    return p->images && p->kind->ends_itself ? leave_rest(p, err)
                                             : refuse_rest(p, bytes, available, err);
}

static pg_status read_picture(pg_pictures *p, pg_picture *picture, bool *found, pg_error *err)
{
    pg_status status = find_image(p, found, err);
    if (status != PG_OK || !*found) return status;
    p->images++;
    status = p->kind->read(p, picture, found, err);
    if (status != PG_OK) return status;
    p->is_alone = picture->is_alone;
    if (picture->more_pages)
        pg_datafile_note(p->input, "%d more page%s of the %s picture %s left out",
                         picture->more_pages, picture->more_pages == 1 ? "" : "s", p->kind->name,
                         picture->more_pages == 1 ? "was" : "were");
    return PG_OK;
}

static pg_status shape(pg_pictures *p, pg_picture *picture, pg_error *err)
{
    const char *name = pg_datafile_name(p->input);
    pg_image *image = &picture->image;
    pg_picture_counts counts = {.images = 1};
    pg_status status = PG_OK;
    counts.coloured = p->is_mixed && image->channels <= 2;
    if (p->channels) status = pg_picture_set_channels(picture, p->channels, name, err);
    if (status == PG_OK && !p->options->no_orient) status = pg_picture_turn(picture, name, err);
    if (status != PG_OK) return status;
    pg_laid_on laid =
        pg_picture_flatten(picture, p->options->has_background ? p->options->background : NULL);
    counts.on_white = laid == PG_LAID_ON_WHITE;
    counts.on_black = laid == PG_LAID_ON_BLACK;
    counts.fitted = pg_fit_changes_shape(&p->fitting, image->height, image->width);
    pg_picture_counts_add(&p->counts, &counts);
    if (!p->fitting.height)
        return pg_shape_check(name, image->height, image->width, image->channels, false, err);
    return pg_image_fit(image, &p->fitting, name, err);
}

pg_status pg_pictures_next(pg_pictures *p, pg_image *image, bool *found, pg_error *err)
{
    pg_picture picture = {.image = {0}};
    *found = false;
    pg_status status = read_picture(p, &picture, found, err);
    if (status == PG_OK && *found) status = shape(p, &picture, err);
    const pg_error *why = pg_datafile_error(p->input);
    if (why) { /* broken gzip or a failing disk says more than the picture cut short by it */
        status = why->status;
        if (err) *err = *why;
    }
    if (status != PG_OK) pg_picture_free(&picture);
    *image = picture.image;
    return status;
}

bool pg_pictures_are_done(pg_pictures *p)
{
    const uint8_t *bytes;
    size_t available;
    return p->is_alone ||
           (pg_datafile_peek(p->input, 1, &bytes, &available, NULL) == PG_OK && available == 0);
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

/* ---- What was done ---- */

void pg_picture_counts_add(pg_picture_counts *sum, const pg_picture_counts *counts)
{
    sum->images += counts->images;
    sum->on_white += counts->on_white;
    sum->on_black += counts->on_black;
    sum->coloured += counts->coloured;
    sum->fitted += counts->fitted;
}

static void remark_transparent(const pg_picture_counts *c, const pg_source_options *options,
                               pg_remarks *remarks)
{
    const uint8_t *colour = options->background;
    unsigned long long all = c->on_white + c->on_black, images = c->images;
    if (!all) return;
    if (options->has_background)
        pg_remarks_add(remarks, false,
                       "pictures with transparent parts: %llu of %llu, laid on #%02x%02x%02x", all,
                       images, colour[0], colour[1], colour[2]);
    else
        pg_remarks_add(remarks, false,
                       "pictures with transparent parts: %llu of %llu; %llu laid on white, %llu "
                       "that %s nearly white laid on black; --background chooses a colour",
                       all, images, (unsigned long long)c->on_white,
                       (unsigned long long)c->on_black, c->on_black == 1 ? "is" : "are");
}

void pg_picture_counts_remark(const pg_picture_counts *c, const pg_source_options *options,
                              pg_remarks *remarks)
{
    static const char *const done[] = {
        [PG_FIT_PAD] = "with a margin now; --fit crop or --fit stretch leaves none",
        [PG_FIT_STRETCH] = "distorted; --fit pad or --fit crop does not do that",
        [PG_FIT_CROP] = "cropped; --fit pad keeps all of them"};
    unsigned long long images = c->images;
    if (c->coloured)
        pg_remarks_add(remarks, false,
                       "grey pictures made RGB, as the others are: %llu of %llu; --grey makes all "
                       "of them grey",
                       (unsigned long long)c->coloured, images);
    remark_transparent(c, options, remarks);
    if (c->fitted)
        pg_remarks_add(remarks, false, "images of another shape than %dx%d: %llu of %llu, %s",
                       options->height, options->width, (unsigned long long)c->fitted, images,
                       done[options->fit]);
}

/* ---- A file of pictures as a source ---- */

typedef struct picture_source {
    pg_pictures pictures;
    pg_source_options options;
    pg_image ahead; /* the first, read for its shape; then empty */
    char *name;     /* that examples get, or NULL */
    pg_remarks remarks;
} picture_source;

static void picture_close(void *state)
{
    picture_source *p = state;
    pg_pictures_close(&p->pictures);
    pg_image_free(&p->ahead);
    pg_remarks_free(&p->remarks);
    free(p->name);
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
        if (p->name) (void)pg_records_set_name(chunk, chunk->count, p->name);
        pg_status status = pg_pictures_take(chunk, &p->ahead, name, name, err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

static const pg_remark *picture_remark(const pg_source *source, size_t i)
{
    picture_source *p = source->state;
    if (i == 0) {
        pg_remarks_free(&p->remarks);
        pg_picture_counts_remark(&p->pictures.counts, &p->options, &p->remarks);
    }
    return pg_remarks_get(&p->remarks, i);
}

static const pg_source_class picture_class = {
    .next = picture_next, .remark = picture_remark, .close = picture_close};

static pg_status read_first(picture_source *p, pg_opening *opening, pg_schema *schema,
                            pg_error *err)
{
    bool found;
    p->options = *opening->options;
    bool named = p->options.names == PG_NAMES_ALL && strcmp(opening->path, "-") != 0 &&
                 strlen(opening->path) <= PG_MAX_TEXT;
    if (named && !(p->name = strdup(opening->path)))
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    pg_status status = pg_pictures_open(&p->pictures, opening->input, &p->options, err);
    if (status == PG_OK) status = pg_pictures_next(&p->pictures, &p->ahead, &found, err);
    if (status != PG_OK) return status;
    *schema = (pg_schema){.height = p->ahead.height,
                          .width = p->ahead.width,
                          .channels = p->ahead.channels,
                          .name_size = p->name ? (int)strlen(p->name) : 0};
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
    return is_png(probe->bytes, probe->available);
}

static bool pnm_matches(const pg_probe *probe)
{
    return is_pnm(probe->bytes, probe->available);
}

const pg_format pg_format_png = {"png", "PNG images, one or more in a file", png_matches,
                                 picture_open, NULL};
const pg_format pg_format_pnm = {"pnm", "PBM, PGM, PPM and PAM images, one or more in a file",
                                 pnm_matches, picture_open, NULL};

#if HAVE_JPEG
static bool jpeg_matches(const pg_probe *probe)
{
    return is_jpeg(probe->bytes, probe->available);
}

const pg_format pg_format_jpeg = {"jpeg", "JPEG images, one or more in a file", jpeg_matches,
                                  picture_open, NULL};
#endif

#if HAVE_WEBP
static bool webp_matches(const pg_probe *probe)
{
    return is_webp(probe->bytes, probe->available);
}

const pg_format pg_format_webp = {"webp", "WebP images, one or more in a file", webp_matches,
                                  picture_open, NULL};
#endif

#if HAVE_TIFF
static bool tiff_matches(const pg_probe *probe)
{
    return is_tiff(probe->bytes, probe->available);
}

const pg_format pg_format_tiff = {"tiff", "a TIFF image, the first page of a file", tiff_matches,
                                  picture_open, NULL};
#endif
