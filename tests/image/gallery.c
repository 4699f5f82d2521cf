/* Sheets with rows of images and texts, and images of any number of channels to look at. */
#include <config.h>

#include "../tap.h"
#include "pixelgan/image.h"

static pg_error err;

/* Grey level of what is drawn at a place of an RGB sheet, -1: a colour. */
static int level(const pg_image *sheet, int y, int x)
{
    const uint8_t *pixel = sheet->pixels + 3 * ((size_t)y * (size_t)sheet->width + (size_t)x);
    return pixel[0] == pixel[1] && pixel[1] == pixel[2] ? pixel[0] : -1;
}

/* Counts pixels of a level in the columns from left to right. */
static int count_level(const pg_image *sheet, int wanted, int left, int right)
{
    int count = 0;
    for (int y = 0; y < sheet->height; y++)
        for (int x = left; x < right; x++)
            count += level(sheet, y, x) == wanted;
    return count;
}

/* 2 x 3 pixels become 28 x 42, for 14 times is the least that makes them 28. */
static void rows(void)
{
    static const uint8_t a[] = {7, 7, 7, 7, 7, 7}, b[] = {9, 9, 9, 9, 9, 9};
    const uint8_t *first[] = {a, b}, *second[] = {b};
    const pg_image_row list[] = {{"seven", "2 images", first, 2}, {"", "", second, 1}};
    pg_image sheet;
    if (!ok(pg_image_gallery(list, 2, 2, 3, 1, &sheet, &err) == PG_OK, "two rows")) return;
    int left = sheet.width;
    for (int x = 0; x < sheet.width && left == sheet.width; x++)
        if (count_level(&sheet, 7, x, x + 1)) left = x;
    is_int(count_level(&sheet, 7, left, sheet.width), 28 * 42, "one image of sevens, enlarged");
    is_int(count_level(&sheet, 9, left, sheet.width), 2 * 28 * 42, "two of nines");
    is_int(count_level(&sheet, 9, left, left + 42), 28 * 42, "one of them at the left");
    ok(count_level(&sheet, 40, 0, left) > 20, "ink for a title at the left");
    is_int(count_level(&sheet, 40, left, sheet.width), 0, "and none at the right");
    pg_image_free(&sheet);
    ok(pg_image_gallery(NULL, 0, 2, 3, 1, &sheet, &err) == PG_OK, "no rows: a blank sheet");
    is_int(count_level(&sheet, 255, 0, sheet.width), sheet.width * sheet.height, "all white");
    pg_image_free(&sheet);
}

static int title_width(const char *title)
{
    static const uint8_t dark[28 * 28];
    const uint8_t *images[] = {dark};
    const pg_image_row row = {title, "", images, 1};
    pg_image sheet;
    if (pg_image_gallery(&row, 1, 28, 28, 1, &sheet, &err)) bail_out(err.message);
    int width = sheet.width;
    pg_image_free(&sheet);
    return width;
}

static void texts(void)
{
    is_int(title_width("Gr\xc3\xb6\xc3\x9f"
                       "e"),
           title_width("Gr??e"), "a question mark per character that is not ASCII");
    is_int(title_width("a\tb\x7f"), title_width("a?b?"), "and per control character");
    is_int(title_width("\xf0\x9f\x90\x88"), title_width("?"), "also of four bytes");
    char text[5000];
    memset(text, 'm', sizeof text);
    text[sizeof text - 1] = 0;
    int longest = title_width(text);
    text[40] = 0;
    is_int(title_width(text), longest, "long titles are cut");
    text[32] = 0;
    ok(title_width(text) < longest, "which dots tell");
}

static void limits(void)
{
    static const uint8_t big[300 * 600 * 3];
    const uint8_t *images[] = {big};
    const pg_image_row row = {"big", "", images, 1};
    pg_image sheet;
    if (pg_image_gallery(&row, 1, 300, 600, 3, &sheet, &err)) bail_out(err.message);
    ok(sheet.height < 100 && sheet.width < 300, "300x600 is made smaller: %dx%d", sheet.height,
       sheet.width);
    pg_image_free(&sheet);

    size_t room = pg_image_gallery_room(28, 28);
    pg_image_row *many = calloc(room + 1, sizeof *many);
    if (!many) bail_out("out of memory");
    for (size_t i = 0; i <= room; i++)
        many[i] = (pg_image_row){"", "", NULL, 0};
    ok(pg_image_gallery(many, room, 28, 28, 1, &sheet, &err) == PG_OK, "%zu rows fit", room);
    pg_image_free(&sheet);
    is_int(pg_image_gallery(many, room + 1, 28, 28, 1, &sheet, &err), PG_ERR_LIMIT,
           "one more does not");
    free(many);
    const uint8_t *wide[400] = {0};
    const pg_image_row row_of_many = {"", "", wide, 400};
    is_int(pg_image_gallery(&row_of_many, 1, 128, 128, 1, &sheet, &err), PG_ERR_LIMIT,
           "nor 400 images beside each other");
}

static void views(void)
{
    static const uint8_t pixels[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    pg_image view;
    if (pg_image_view(pixels, 2, 3, 2, 100, &view, &err)) bail_out(err.message);
    ok(view.channels == 1 && view.pixels[0] == 1 && view.pixels[5] == 11,
       "two channels: the first, as grey");
    pg_image_free(&view);
    if (pg_image_view(pixels, 1, 3, 4, 100, &view, &err)) bail_out(err.message);
    ok(view.channels == 3 && view.pixels[2] == 3 && view.pixels[3] == 5,
       "four: the first three, as colour");
    pg_image_free(&view);
    if (pg_image_view(pixels, 1, 12, 1, 3, &view, &err)) bail_out(err.message);
    ok(view.height == 1 && view.width == 3, "a long one gets shorter and keeps a row");
    pg_image_free(&view);
}

int main(void)
{
    rows();
    texts();
    limits();
    views();
    return done_testing();
}
