/* Sheets of images in rows, each with a title and a note at its left. */
#include <config.h>

#include "pixelgan/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "image/canvas.h"

enum {
    GAP = 3,
    LINE = 16,         /* pixels from a line of text to the next */
    MOST_LETTERS = 32, /* of a title; longer ones end in dots */
    LEAST_SIDE = 28,   /* smaller images are enlarged, by a whole number */
    MOST_SIDE = 128    /* larger ones are made smaller */
};

static const pg_rgb paper = {255, 255, 255}, ink = {40, 40, 40}, faint = {110, 110, 110};

/* ---- Images of any number of channels as grey or RGB ---- */

/* Three channels or more: the first three as RGB, else the first one as grey. */
static void take_channels(const uint8_t *pixels, int channels, pg_image *view)
{
    size_t count = (size_t)view->height * (size_t)view->width, shown = (size_t)view->channels;
    for (size_t i = 0; i < count; i++)
        memcpy(view->pixels + i * shown, pixels + i * (size_t)channels, shown);
}

/* Sides at most `most`, their ratio kept as far as whole numbers can. */
static void fit_sides(int most, int *height, int *width)
{
    int longer = *height > *width ? *height : *width;
    if (longer <= most) return;
    *height = (int)((int64_t)*height * most / longer);
    *width = (int)((int64_t)*width * most / longer);
    if (*height < 1) *height = 1;
    if (*width < 1) *width = 1;
}

pg_status pg_image_view(const uint8_t *pixels, int height, int width, int channels, int most,
                        pg_image *view, pg_error *err)
{
    pg_image whole;
    pg_status status = pg_image_init(&whole, height, width, channels >= 3 ? 3 : 1, err);
    memset(view, 0, sizeof *view);
    if (status) return status;
    take_channels(pixels, channels, &whole);
    int new_height = height, new_width = width;
    fit_sides(most, &new_height, &new_width);
    if (new_height == height && new_width == width) {
        *view = whole;
        return PG_OK;
    }
    status = pg_image_resize(&whole, new_height, new_width, view, err);
    pg_image_free(&whole);
    return status;
}

/* ---- Text ---- */

/* ASCII for the font: a question mark for each other character, dots where it is too long. */
static void plain_text(const char *text, char plain[MOST_LETTERS + 4])
{
    size_t length = 0;
    for (; *text && length < MOST_LETTERS; text++)
        if (((unsigned char)*text & 0xc0) != 0x80)
            plain[length++] = *text >= ' ' && *text < 127 ? *text : '?';
    strcpy(plain + length, *text ? "..." : "");
}

static int text_width(const char *text)
{
    char plain[MOST_LETTERS + 4];
    plain_text(text, plain);
    return pg_text_width(plain);
}

static void draw_text(pg_image *sheet, int left, int top, const char *text, pg_rgb colour)
{
    char plain[MOST_LETTERS + 4];
    plain_text(text, plain);
    pg_canvas_text(sheet, left, top, 1, plain, colour);
}

/* ---- Rows ---- */

typedef struct layout {
    const pg_image_row *rows;
    size_t row_count;
    int height, width, channels; /* of an image */
    int scale;                   /* of its pixels */
    int tile_height, tile_width; /* as it is drawn */
    int text, row;               /* width of the text, height of a row */
} layout;

static layout lay_out(const pg_image_row *rows, size_t row_count, int height, int width,
                      int channels)
{
    layout l = {.rows = rows,
                .row_count = row_count,
                .height = height,
                .width = width,
                .channels = channels,
                .tile_height = height,
                .tile_width = width};
    int shorter = height < width ? height : width;
    fit_sides(MOST_SIDE, &l.tile_height, &l.tile_width);
    l.scale = shorter < LEAST_SIDE && height < MOST_SIDE && width < MOST_SIDE
                  ? (LEAST_SIDE + shorter - 1) / shorter
                  : 1;
    l.tile_height *= l.scale;
    l.tile_width *= l.scale;
    for (size_t i = 0; i < row_count; i++) {
        int title = text_width(rows[i].title), note = text_width(rows[i].note);
        if (title > l.text) l.text = title;
        if (note > l.text) l.text = note;
    }
    l.text += 4 * GAP;
    l.row = (l.tile_height > 2 * LINE ? l.tile_height : 2 * LINE) + GAP;
    return l;
}

static void draw_pixel(pg_image *sheet, int left, int top, int scale, const uint8_t *pixel,
                       int channels)
{
    pg_rgb colour = {pixel[0], pixel[channels == 3 ? 1 : 0], pixel[channels == 3 ? 2 : 0]};
    pg_canvas_fill(sheet, left, top, scale, scale, colour);
}

static pg_status draw_tile(pg_image *sheet, const layout *l, int left, int top,
                           const uint8_t *pixels, pg_error *err)
{
    pg_image view;
    pg_status status =
        pg_image_view(pixels, l->height, l->width, l->channels, MOST_SIDE, &view, err);
    if (status) return status;
    const uint8_t *pixel = view.pixels;
    for (int y = 0; y < view.height; y++)
        for (int x = 0; x < view.width; x++, pixel += view.channels)
            draw_pixel(sheet, left + x * l->scale, top + y * l->scale, l->scale, pixel,
                       view.channels);
    pg_image_free(&view);
    return PG_OK;
}

static pg_status draw_row(pg_image *sheet, const layout *l, int top, const pg_image_row *row,
                          pg_error *err)
{
    draw_text(sheet, 2 * GAP, top + GAP, row->title, ink);
    draw_text(sheet, 2 * GAP, top + GAP + LINE, row->note, faint);
    for (size_t i = 0; i < row->count; i++) {
        int left = l->text + (int)i * (l->tile_width + GAP);
        pg_status status = draw_tile(sheet, l, left, top, row->images[i], err);
        if (status) return status;
    }
    return PG_OK;
}

static size_t widest_row(const pg_image_row *rows, size_t row_count)
{
    size_t most = 1;
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].count > most) most = rows[i].count;
    return most;
}

size_t pg_image_gallery_room(int height, int width)
{
    layout l = lay_out(NULL, 0, height, width, 1);
    return (size_t)((PG_IMAGE_MAX_SIDE - GAP) / l.row);
}

pg_status pg_image_gallery(const pg_image_row *rows, size_t row_count, int height, int width,
                           int channels, pg_image *sheet, pg_error *err)
{
    layout l = lay_out(rows, row_count, height, width, channels);
    int64_t tall = GAP + (int64_t)(row_count ? row_count : 1) * l.row;
    int64_t wide = l.text + (int64_t)widest_row(rows, row_count) * (l.tile_width + GAP);
    memset(sheet, 0, sizeof *sheet);
    if (row_count > PG_IMAGE_MAX_SIDE || tall > PG_IMAGE_MAX_SIDE || wide > PG_IMAGE_MAX_SIDE)
        return pg_fail(err, PG_ERR_LIMIT,
                       "sheet: %zu rows of %zu images of %dx%d do not fit in %d pixels per side; "
                       "ask for fewer",
                       row_count, widest_row(rows, row_count), height, width, PG_IMAGE_MAX_SIDE);
    pg_status status = pg_image_init(sheet, (int)tall, (int)wide, 3, err);
    if (status) return status;
    pg_canvas_fill(sheet, 0, 0, sheet->width, sheet->height, paper);
    for (size_t i = 0; !status && i < row_count; i++)
        status = draw_row(sheet, &l, GAP + (int)i * l.row, &rows[i], err);
    if (status) pg_image_free(sheet);
    return status;
}
