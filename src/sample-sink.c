#include <config.h>

#include "sample.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 2, GAP_LEVEL = 128, MAX_DIGITS = 20, MAX_FILE_NAME = 4096 };

/* The conversion of a name for numbered files: where it is and the digits it asks for. */
typedef struct numbering {
    size_t before, length; /* bytes before it, its bytes */
    int digits;
} numbering;

/* %d, %4d or %04d, and no other percent sign. */
static bool scan_numbering(const char *name, numbering *n)
{
    const char *percent = strchr(name, '%');
    if (!percent) return false;
    const char *end = percent + 1;
    long digits = 0;
    for (; isdigit((unsigned char)*end); end++)
        if (digits <= MAX_DIGITS) digits = 10 * digits + (*end - '0');
    if (*end != 'd' || digits > MAX_DIGITS || strchr(end, '%')) return false;
    n->before = (size_t)(percent - name);
    n->length = (size_t)(end + 1 - percent);
    n->digits = (int)digits;
    return true;
}

void check_numbered_name(const char *name)
{
    numbering n;
    if (!scan_numbering(name, &n))
        usage_error("--each: '%s' has no place for a number; use a name like 'image-%%04d.png'",
                    name);
}

static pg_status numbered_name(const char *name, size_t number, char *result, pg_error *err)
{
    numbering n;
    if (!scan_numbering(name, &n)) n = (numbering){strlen(name), 0, 1};
    int length = snprintf(result, MAX_FILE_NAME, "%.*s%0*zu%s", (int)n.before, name, n.digits,
                          number, name + n.before + n.length);
    if (length < MAX_FILE_NAME) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT, "%s: the name is too long", name);
}

static size_t tile_size(const sink *s)
{
    return (size_t)s->height * s->width * s->channels;
}

/* Columns of the sheet: what was asked for, else about a square, pairs kept together. */
static size_t sheet_columns(const sink *s, size_t tiles)
{
    if (s->options->columns > 0) return (size_t)s->options->columns;
    if (s->options->manifold > 0) return (size_t)s->options->manifold;
    size_t columns = (size_t)s->tiles_each;
    while (columns * columns < tiles)
        columns += (size_t)s->tiles_each;
    return columns;
}

/* Says that a sheet is too large before it is sampled. */
static pg_status check_sheet(const sink *s, size_t examples, pg_error *err)
{
    if (s->channels != 1 && s->channels != 3)
        return pg_fail(err, PG_ERR_UNSUPPORTED, "images of %d channels make no picture; use --npy",
                       s->channels);
    if (examples == SIZE_MAX || s->options->each) return PG_OK;
    size_t largest = PG_IMAGE_MAX_SIDE, tiles = examples * (size_t)s->tiles_each;
    size_t columns = sheet_columns(s, tiles), rows = (tiles + columns - 1) / columns;
    if (columns <= largest / (s->width + GAP) && rows <= largest / (s->height + GAP)) return PG_OK;
    return pg_fail(err, PG_ERR_LIMIT,
                   "a sheet of %zu images is too large; use --each, --npy or a smaller -n",
                   examples);
}

pg_status sink_open(sink *s, const sample_options *options, const source *from, pg_error *err)
{
    const pg_config *config = from->config;
    *s = (sink){.from = from,
                .options = options,
                .height = config->height,
                .width = config->width,
                .channels = config->channels,
                .code_dim = config->code_dim,
                .tiles_each = options->reconstruct && !options->npy ? 2 : 1};
    if (!options->npy) return check_sheet(s, from->limit, err);
    s->schema = (pg_schema){.height = config->height,
                            .width = config->width,
                            .channels = config->channels,
                            .code_dim = config->code_dim};
    if (from->reader) {
        s->schema.name_size = from->records.schema.name_size;
        s->schema.class_size = from->records.schema.class_size;
    }
    return pg_writer_open(options->shared.output, &s->schema, &s->writer, err);
}

static pg_status put_records(sink *s, const batch *b, pg_error *err)
{
    pg_records records, texts;
    const pg_schema text = {.name_size = s->schema.name_size, .class_size = s->schema.class_size};
    pg_status status = pg_records_init(&texts, &text, b->count, err);
    if (status != PG_OK) return status;
    for (size_t i = 0; s->from->reader && i < b->count; i++) {
        size_t given = i / s->options->repeat;
        (void)pg_records_set_name(&texts, i, pg_records_name(&s->from->records, given));
        (void)pg_records_set_class(&texts, i, pg_records_class(&s->from->records, given));
    }
    records = texts;
    records.schema = s->schema;
    records.count = records.capacity = b->count;
    records.image = b->images;
    if (s->code_dim > 0) records.code = b->codes;
    status = pg_writer_put(s->writer, &records, err);
    pg_records_free(&texts);
    return status;
}

/* The tiles of one example, one after the other. */
static void copy_tiles(const sink *s, const batch *b, size_t i, uint8_t *to)
{
    size_t size = tile_size(s);
    if (s->tiles_each == 2) {
        memcpy(to, b->originals + i * size, size);
        to += size;
    }
    memcpy(to, b->images + i * size, size);
}

static pg_status put_tiles(sink *s, const batch *b, pg_error *err)
{
    size_t more = b->count * (size_t)s->tiles_each, size = tile_size(s);
    if (s->tile_count + more > s->tile_room) {
        size_t room = 2 * (s->tile_count + more);
        uint8_t *tiles = room <= SIZE_MAX / size ? realloc(s->tiles, room * size) : NULL;
        if (!tiles) return pg_fail(err, PG_ERR_MEMORY, "no memory for a sheet of %zu tiles", room);
        s->tiles = tiles;
        s->tile_room = room;
    }
    for (size_t i = 0; i < b->count; i++) {
        copy_tiles(s, b, i, s->tiles + s->tile_count * size);
        s->tile_count += (size_t)s->tiles_each;
    }
    return PG_OK;
}

/* Standard output is a stream of images, anything else a file each. */
static pg_status write_single(const sink *s, const pg_image *image, size_t number, pg_error *err)
{
    const char *output = s->options->shared.output;
    if (strcmp(output, "-") == 0)
        return pg_image_write(output_stream(), "standard output", image, PG_IMAGE_PNM, err);
    char name[MAX_FILE_NAME];
    pg_status status = numbered_name(output, number, name, err);
    return status == PG_OK ? pg_image_save(name, image, err) : status;
}

static pg_status put_singles(sink *s, const batch *b, pg_error *err)
{
    uint8_t *tiles = malloc((size_t)s->tiles_each * tile_size(s));
    if (!tiles) return pg_fail(err, PG_ERR_MEMORY, "out of memory");
    pg_status status = PG_OK;
    for (size_t i = 0; i < b->count && status == PG_OK; i++) {
        pg_image image = {0};
        copy_tiles(s, b, i, tiles);
        status = pg_image_sheet(tiles, (size_t)s->tiles_each, s->height, s->width, s->channels, 1,
                                s->tiles_each, 0, 0, &image, err);
        if (status == PG_OK) status = write_single(s, &image, s->done + i, err);
        pg_image_free(&image);
    }
    free(tiles);
    return status;
}

pg_status sink_put(sink *s, const batch *b, pg_error *err)
{
    pg_status status;
    if (s->writer)
        status = put_records(s, b, err);
    else if (s->options->each)
        status = put_singles(s, b, err);
    else
        status = put_tiles(s, b, err);
    s->done += b->count;
    return status;
}

static pg_status write_sheet(const sink *s, pg_error *err)
{
    if (s->tile_count == 0) return pg_fail(err, PG_ERR_ARGUMENT, "no example, so no sheet");
    size_t columns = sheet_columns(s, s->tile_count);
    size_t rows = (s->tile_count + columns - 1) / columns;
    if (s->options->rows > 0) rows = (size_t)s->options->rows;
    if (columns > PG_IMAGE_MAX_SIDE || rows > PG_IMAGE_MAX_SIDE)
        return pg_fail(err, PG_ERR_LIMIT, "a sheet of %zu tiles is too large; use --each or --npy",
                       s->tile_count);
    pg_image sheet = {0};
    pg_status status = pg_image_sheet(s->tiles, s->tile_count, s->height, s->width, s->channels,
                                      (int)rows, (int)columns, GAP, GAP_LEVEL, &sheet, err);
    if (status == PG_OK) status = pg_image_save(s->options->shared.output, &sheet, err);
    pg_image_free(&sheet);
    return status;
}

pg_status sink_finish(sink *s, pg_error *err)
{
    pg_status status = PG_OK;
    if (s->writer) {
        status = pg_writer_close(s->writer, err);
        s->writer = NULL;
    } else if (!s->options->each) {
        status = write_sheet(s, err);
    }
    sink_abandon(s);
    return status;
}

void sink_abandon(sink *s)
{
    pg_writer_abandon(s->writer);
    free(s->tiles);
    s->writer = NULL;
    s->tiles = NULL;
}
