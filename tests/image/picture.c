/* What becomes of a picture: turned, coloured, laid on a background, fitted; and the threads that
 * decode many. */
#include <config.h>

#include "base/pool.h"
#include "image/fit.h"
#include "image/picture.h"
#include "tests/dataset/fixtures.h"
#include "tests/tap.h"

static void make_picture(pg_picture *picture, int height, int width, int planes,
                         const uint8_t *pixels)
{
    size_t size = (size_t)height * (size_t)width * (size_t)planes;
    *picture = (pg_picture){.image = {height, width, planes, malloc(size)}, .orientation = 1};
    memcpy(picture->image.pixels, pixels, size);
}

static bool has_pixels(const pg_picture *picture, int height, int width, int planes,
                       const uint8_t *pixels)
{
    return picture->image.height == height && picture->image.width == width &&
           picture->image.channels == planes &&
           memcmp(picture->image.pixels, pixels, (size_t)height * (size_t)width * (size_t)planes) ==
               0;
}

/* ---- EXIF ---- */

/* A directory with one entry. */
static size_t make_exif(uint8_t *bytes, bool big, unsigned tag, unsigned type, unsigned value)
{
    const unsigned shorts[] = {42, tag, type, value};
    const size_t places[] = {2, 10, 12, 18};
    memset(bytes, 0, 26);
    memcpy(bytes, big ? "MM" : "II", 2);
    for (size_t i = 0; i < 4; i++) {
        bytes[places[i] + big] = (uint8_t)shorts[i];
        bytes[places[i] + !big] = (uint8_t)(shorts[i] >> 8);
    }
    bytes[big ? 7 : 4] = 8;
    bytes[big ? 9 : 8] = 1;
    bytes[big ? 17 : 14] = 1;
    return 26;
}

static void test_exif(void)
{
    uint8_t bytes[26];
    int wrong = 0;
    for (int big = 0; big < 2; big++) {
        for (unsigned o = 0; o < 12; o++) {
            size_t size = make_exif(bytes, big, 0x112, 3, o);
            wrong += pg_exif_orientation(bytes, size) != (o >= 1 && o <= 8 ? (int)o : 1);
        }
        size_t size = make_exif(bytes, big, 0x112, 3, 6);
        for (size_t n = 0; n < size - 4; n++) {
            uint8_t *copy = malloc(n + 1); /* of that size: reading past it is seen */
            memcpy(copy, bytes, n);
            int orientation = pg_exif_orientation(copy, n);
            wrong += orientation != 1 && n < 22;
            free(copy);
        }
        make_exif(bytes, big, 0x113, 3, 6);
        wrong += pg_exif_orientation(bytes, size) != 1;
        make_exif(bytes, big, 0x112, 4, 6);
        wrong += pg_exif_orientation(bytes, size) != 1;
        make_exif(bytes, big, 0x112, 3, 6);
        memset(bytes + 4, 0xff, 4);
        wrong += pg_exif_orientation(bytes, size) != 1;
    }
    is_int(wrong, 0, "orientations in both byte orders, and none in what is no EXIF");
}

static void test_turns(void)
{
    static const uint8_t stored[] = {1, 2, 3, 4, 5, 6}; /* 2 x 3 */
    static const uint8_t upright[9][6] = {
        {1, 2, 3, 4, 5, 6}, {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4},
        {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3}, {1, 4, 2, 5, 3, 6},
        {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
    for (int o = 0; o <= 8; o++) {
        pg_picture picture;
        make_picture(&picture, 2, 3, 1, stored);
        picture.orientation = o;
        ok(pg_picture_turn(&picture, "t", NULL) == PG_OK &&
               has_pixels(&picture, o < 5 ? 2 : 3, o < 5 ? 3 : 2, 1, upright[o]),
           "orientation %d", o);
        pg_picture_free(&picture);
    }
}

/* The chunk eXIf may come before the pixels or after them. */
static void test_png(bool before)
{
    static bytes file, whole;
    uint8_t exif[26];
    pg_picture picture;
    pg_error err = {.message = ""};
    size_t size = make_exif(exif, true, 0x112, 3, 8), at;
    file.size = whole.size = 0;
    put_png(&file, 0, 3, 2, 1);
    at = before ? 33 : file.size - 12; /* behind IHDR, or in front of IEND */
    put(&whole, file.data, at);
    put_png_chunk(&whole, "eXIf", exif, size);
    put(&whole, file.data + at, file.size - at);
    FILE *stream = fmemopen(whole.data, whole.size, "rb");
    ok(pg_picture_read_png(stream, "t", &picture, &err) == PG_OK && picture.orientation == 8,
       "a PNG with EXIF %s its pixels: %d %s", before ? "before" : "after", picture.orientation,
       err.message);
    fclose(stream);
    pg_picture_free(&picture);
}

/* ---- Channels and backgrounds ---- */

static void test_channels(void)
{
    static const uint8_t grey[] = {7, 255, 9, 0}, rgb[] = {7, 7, 7, 255, 9, 9, 9, 0};
    pg_picture picture;
    make_picture(&picture, 1, 2, 2, grey);
    ok(pg_picture_set_channels(&picture, 3, "t", NULL) == PG_OK &&
           has_pixels(&picture, 1, 2, 4, rgb),
       "grey with opacity to RGB");
    ok(pg_picture_set_channels(&picture, 3, "t", NULL) == PG_OK &&
           has_pixels(&picture, 1, 2, 4, rgb),
       "RGB stays");
    ok(pg_picture_set_channels(&picture, 1, "t", NULL) == PG_OK &&
           has_pixels(&picture, 1, 2, 2, grey),
       "and back");
    pg_picture_free(&picture);
}

static void flattens(const char *what, int planes, const uint8_t *pixels, const uint8_t *background,
                     pg_laid_on expected, const uint8_t *result)
{
    pg_picture picture;
    make_picture(&picture, 1, 2, planes, pixels);
    is_int(pg_picture_flatten(&picture, background), expected, "%s: what it is laid on", what);
    ok(has_pixels(&picture, 1, 2, planes - (planes % 2 == 0), result), "%s: the result", what);
    pg_picture_free(&picture);
}

static void test_backgrounds(void)
{
    static const uint8_t colour[] = {10, 20, 30}, black[] = {0, 0, 0};
#define P (const uint8_t[])
    flattens("no opacity", 1, P{3, 4}, NULL, PG_LAID_ON_NOTHING, P{3, 4});
    flattens("all opaque", 2, P{3, 255, 4, 255}, NULL, PG_LAID_ON_NOTHING, P{3, 4});
    flattens("black and nothing", 2, P{0, 255, 99, 0}, NULL, PG_LAID_ON_WHITE, P{0, 255});
    flattens("nearly white and nothing", 2, P{224, 255, 9, 0}, NULL, PG_LAID_ON_BLACK, P{224, 0});
    flattens("not so white", 2, P{223, 255, 9, 0}, NULL, PG_LAID_ON_WHITE, P{223, 255});
    flattens("nothing at all", 2, P{5, 0, 9, 0}, NULL, PG_LAID_ON_WHITE, P{255, 255});
    flattens("half", 2, P{100, 128, 0, 255}, black, PG_LAID_ON_WHITE, P{50, 0});
    flattens("a colour behind RGB", 4, P{1, 2, 3, 255, 1, 2, 3, 0}, colour, PG_LAID_ON_WHITE,
             P{1, 2, 3, 10, 20, 30});
    flattens("a colour behind grey", 2, P{1, 255, 1, 0}, colour, PG_LAID_ON_WHITE, P{1, 18});
}

/* ---- Fitting ---- */

static void fits(const char *what, pg_fit fit, int height, int width, int to_height, int to_width,
                 bool changes)
{
    pg_image image;
    pg_fitting fitting = {.height = to_height, .width = to_width, .fit = fit};
    if (pg_image_init(&image, height, width, 3, NULL) != PG_OK) bail_out("out of memory");
    memset(image.pixels, 77, (size_t)(height * width * 3));
    is_int(pg_fit_changes_shape(&fitting, height, width), changes, "%s: shape", what);
    ok(pg_image_fit(&image, &fitting, "t", NULL) == PG_OK && image.height == to_height &&
           image.width == to_width,
       "%s: size", what);
    int wrong = 0;
    for (int i = 0; i < to_height * to_width * 3; i++)
        wrong += image.pixels[i] != 77;
    is_int(wrong, 0, "%s: one colour stays one", what);
    pg_image_free(&image);
}

static void test_fits(void)
{
    for (int fit = PG_FIT_PAD; fit <= PG_FIT_CROP; fit++) {
        fits("the same", (pg_fit)fit, 5, 7, 5, 7, false);
        fits("to half", (pg_fit)fit, 10, 14, 5, 7, false);
        fits("wide", (pg_fit)fit, 3, 30, 8, 8, true);
        fits("tall", (pg_fit)fit, 30, 3, 8, 8, true);
        fits("very tall", (pg_fit)fit, 3000, 1, 8, 8, true);
        fits("larger", (pg_fit)fit, 1, 2, 9, 9, true);
        fits("a pixel", (pg_fit)fit, 1, 1, 28, 28, false);
        fits("to a pixel", (pg_fit)fit, 9, 4, 1, 1, false);
        fits("nearly square", (pg_fit)fit, 100, 101, 32, 32, false);
    }
}

/* Padding keeps proportions: a square in a wide picture stays one. */
static void test_proportions(void)
{
    enum { HEIGHT = 40, WIDTH = 80, SIDE = 20 };
    static uint8_t pixels[HEIGHT * WIDTH], result[SIDE * SIDE];
    uint64_t sums[SIDE];
    const pg_fitting fitting = {.height = SIDE, .width = SIDE, .has_background = true};
    for (int y = 8; y < 24; y++)
        memset(pixels + y * WIDTH + 8, 255, 16);
    pg_pixels_fit(&fitting, pixels, HEIGHT, WIDTH, 1, result, sums);
    int wrong = 0;
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            wrong += result[y * SIDE + x] != (x >= 2 && x < 6 && y >= 7 && y < 11 ? 255 : 0);
    is_int(wrong, 0, "a square stays a square");
}

/* ---- Threads ---- */

enum { ITEMS = 5000, RING = 16 };

typedef struct ledger {
    int done[ITEMS];
    size_t released;
    bool too_far;
} ledger;

static void do_item(void *context, size_t item)
{
    ledger *l = context;
    __atomic_fetch_add(&l->done[item], 1, __ATOMIC_RELAXED);
    if (item >= __atomic_load_n(&l->released, __ATOMIC_SEQ_CST) + RING) l->too_far = true;
}

static int not_once(const ledger *l, size_t first, size_t last)
{
    int wrong = 0;
    for (size_t i = 0; i < ITEMS; i++)
        wrong += l->done[i] != (i >= first && i < last);
    return wrong;
}

static size_t limit_after(size_t first)
{
    return first + RING < ITEMS ? first + RING : ITEMS;
}

static void test_pool(int threads)
{
    static ledger all, ring, ended;
    memset(&all, 0, sizeof all);
    memset(&ring, 0, sizeof ring);
    memset(&ended, 0, sizeof ended);
    pg_pool *pool = pg_pool_create(threads, RING);
    if (!pool) bail_out("no pool");
    all.released = ITEMS;
    pg_pool_run(pool, ITEMS, do_item, &all);
    is_int(not_once(&all, 0, ITEMS), 0, "%d threads do every item once", threads);
    pg_pool_begin(pool, 0, limit_after(0), do_item, &ring);
    int early = 0;
    for (size_t i = 0; i < ITEMS; i++) {
        pg_pool_wait(pool, i);
        early += __atomic_load_n(&ring.done[i], __ATOMIC_RELAXED) != 1;
        __atomic_store_n(&ring.released, i + 1, __ATOMIC_SEQ_CST);
        pg_pool_release(pool, i, limit_after(i + 1));
    }
    is_int(pg_pool_end(pool), ITEMS, "and in a ring to the end");
    is_int(early + not_once(&ring, 0, ITEMS), 0, "each is done when it is waited for");
    ok(!ring.too_far, "none is too far ahead");
    pg_pool_begin(pool, 10, 10 + RING, do_item, &ended);
    pg_pool_wait(pool, 10);
    size_t end = pg_pool_end(pool);
    ok(end > 10 && end <= 10 + RING && not_once(&ended, 10, end) == 0,
       "what is ended has done what it took: 10 to %zu", end);
    pg_pool_free(pool);
}

int main(void)
{
    test_exif();
    test_turns();
    test_png(true);
    test_png(false);
    test_channels();
    test_backgrounds();
    test_fits();
    test_proportions();
    for (int threads = 1; threads < 9; threads = 2 * threads + 1)
        test_pool(threads);
    return done_testing();
}
