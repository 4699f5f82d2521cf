#include "pixelgan/image.h"

#include "tests/tap.h"

/* An image whose bytes are a fixed function of their places. */
static void make_image(pg_image *image, int height, int width, int channels)
{
    if (pg_image_init(image, height, width, channels, NULL) != PG_OK) bail_out("out of memory");
    for (int i = 0; i < height * width * channels; i++)
        image->pixels[i] = (uint8_t)(i * 37 + i / 7);
}

static bool same(const pg_image *a, const pg_image *b)
{
    return a->height == b->height && a->width == b->width && a->channels == b->channels &&
           memcmp(a->pixels, b->pixels, (size_t)(a->height * a->width * a->channels)) == 0;
}

static FILE *stream_of(const void *bytes, size_t count)
{
    FILE *stream = tmpfile();
    if (!stream || fwrite(bytes, 1, count, stream) != count) bail_out("no temporary file");
    rewind(stream);
    return stream;
}

static pg_status read_bytes(pg_image_format format, const void *bytes, size_t count,
                            pg_image *image, bool *found, pg_error *err)
{
    FILE *stream = stream_of(bytes, count);
    *found = true;
    pg_status status = format == PG_IMAGE_PNM ? pg_image_read_pnm(stream, "t", image, found, err)
                                              : pg_image_read_png(stream, "t", image, err);
    fclose(stream);
    return status;
}

/* The file an image makes, in memory. */
static size_t encode(const pg_image *image, pg_image_format format, uint8_t *bytes, size_t room)
{
    FILE *stream = tmpfile();
    if (!stream || pg_image_write(stream, "t", image, format, NULL) != PG_OK)
        bail_out("cannot write an image");
    rewind(stream);
    size_t count = fread(bytes, 1, room, stream);
    fclose(stream);
    return count;
}

static void test_round_trip(int channels, pg_image_format format)
{
    const char *kind = format == PG_IMAGE_PNM ? "PNM" : "PNG";
    pg_image image, back;
    uint8_t first[8192], second[8192];
    make_image(&image, 13, 9, channels);
    size_t count = encode(&image, format, first, sizeof first);
    is_int((intmax_t)encode(&image, format, second, sizeof second), (intmax_t)count,
           "%s of %d channels twice has one size", kind, channels);
    ok(memcmp(first, second, count) == 0, "and the same bytes");
    bool found;
    pg_error err;
    ok(read_bytes(format, first, count, &back, &found, &err) == PG_OK && found, "it reads back");
    ok(same(&image, &back), "as the same image");
    pg_image_free(&back);
    int wrong = 0;
    for (size_t n = 1; n < count; n++) { /* every truncation is an error with a message */
        err.message[0] = 0;
        if (read_bytes(format, first, n, &back, &found, &err) == PG_OK || !err.message[0] ||
            back.pixels)
            wrong++;
        pg_image_free(&back);
    }
    is_int(wrong, 0, "all of its %zu truncations are refused", count - 1);
    pg_image_free(&image);
}

static void test_pnm_kind(const char *what, const char *text, size_t count, int channels,
                          const uint8_t *expected)
{
    pg_image image;
    bool found;
    pg_error err = {.message = ""};
    pg_status status = read_bytes(PG_IMAGE_PNM, text, count, &image, &found, &err);
    if (ok(status == PG_OK && image.channels == channels && image.width == 2 && image.height == 1,
           "%s is read %s", what, err.message))
        ok(memcmp(image.pixels, expected, (size_t)channels * 2) == 0, "%s: right pixels", what);
    pg_image_free(&image);
}

#define PNM(what, text, channels, ...)                                                             \
    test_pnm_kind(what, text, sizeof(text) - 1, channels, (const uint8_t[]){__VA_ARGS__})

static void test_pnm_kinds(void)
{
    PNM("plain PBM", "P1\n2 1\n1 0\n", 1, 0, 255);
    PNM("raw PBM", "P4\n2 1\n\x80", 1, 0, 255);
    PNM("plain PGM of maxval 3", "P2\n# so\n2 1\n3\n1 3\n", 1, 85, 255);
    PNM("16-bit PGM", "P5\n2 1\n65535\n\x80\x00\xff\xff", 1, 128, 255);
    PNM("plain PPM", "P3\n2 1\n255\n1 2 3 4 5 6\n", 3, 1, 2, 3, 4, 5, 6);
    PNM("PAM, grey",
        "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nTUPLTYPE GRAYSCALE\nENDHDR\n\x07\x09", 1, 7,
        9);
    PNM("PAM, grey with alpha on black",
        "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n"
        "\xc8\x80\xc8\xff",
        1, 100, 200);
    PNM("PAM, RGB with alpha on black",
        "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n"
        "\x0a\x14\x1e\xff\x0a\x14\x1e\x01",
        3, 10, 20, 30, 0, 0, 0);
}

static void test_pnm_refused(const char *what, const char *text, pg_status expected)
{
    pg_image image;
    bool found;
    pg_error err = {.message = ""};
    pg_status status = read_bytes(PG_IMAGE_PNM, text, strlen(text), &image, &found, &err);
    is_int(status, expected, "%s is refused: %s", what, err.message);
    ok(!image.pixels && !found && err.message[0], "with a message and no image");
}

static void test_pnm_hostile(void)
{
    test_pnm_refused("a huge image", "P5\n1000000 1000000\n255\n", PG_ERR_LIMIT);
    test_pnm_refused("a size past an int", "P5\n99999999999 1\n255\n", PG_ERR_FORMAT);
    test_pnm_refused("a size of none", "P5\n0 1\n255\n", PG_ERR_FORMAT);
    test_pnm_refused("a negative size", "P5\n-3 1\n255\n", PG_ERR_FORMAT);
    test_pnm_refused("a maxval of 0", "P5\n1 1\n0\n\1", PG_ERR_FORMAT);
    test_pnm_refused("a sample over maxval", "P2\n1 1\n3\n4\n", PG_ERR_FORMAT);
    test_pnm_refused("text", "hello", PG_ERR_FORMAT);
    test_pnm_refused("P9", "P9\n1 1\n", PG_ERR_FORMAT);
    test_pnm_refused("a deep PAM", "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 9\nMAXVAL 255\nENDHDR\n123456789",
                     PG_ERR_UNSUPPORTED);
    test_pnm_refused("a PAM of absurd depth",
                     "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4000000000\nMAXVAL 255\nENDHDR\n",
                     PG_ERR_FORMAT);
}

static void test_pnm_stream(void)
{
    const char text[] = "P5\n1 1\n255\nAP2\n1 1\n255\n7\n\nP6\n1 1\n255\nxyz";
    FILE *stream = stream_of(text, sizeof text - 1);
    pg_image image;
    bool found = true;
    int images = 0, channels = 0;
    while (found) {
        if (pg_image_read_pnm(stream, "t", &image, &found, NULL) != PG_OK) break;
        images += found;
        channels += image.channels;
        pg_image_free(&image);
    }
    fclose(stream);
    ok(!found, "a stream of images ends cleanly");
    is_int(images, 3, "after three");
    is_int(channels, 1 + 1 + 3, "of mixed kinds");
}

static void test_png_hostile(void)
{
    pg_image image;
    pg_error err;
    bool found;
    uint8_t bytes[8192];
    make_image(&image, 5, 5, 3);
    size_t count = encode(&image, PG_IMAGE_PNG, bytes, sizeof bytes);
    pg_image_free(&image);
    bytes[count / 2] ^= 0x55;
    is_int(read_bytes(PG_IMAGE_PNG, bytes, count, &image, &found, &err), PG_ERR_FORMAT,
           "a flipped byte is found: %s", err.message);
    is_int(read_bytes(PG_IMAGE_PNG, "P5\n1 1\n255\nA", 12, &image, &found, &err), PG_ERR_FORMAT,
           "a PGM is no PNG: %s", err.message);
    /* IHDR of 2^31-1 x 2^31-1 with a right checksum */
    static const uint8_t huge[] = {0x89, 'P',  'N', 'G', 13,  10,   26,   10,   0,    0,    0,
                                   13,   'I',  'H', 'D', 'R', 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff,
                                   0xff, 0xff, 8,   2,   0,   0,    0,    0x9b, 0xab, 0x9c, 0x31};
    is_int(read_bytes(PG_IMAGE_PNG, huge, sizeof huge, &image, &found, &err), PG_ERR_FORMAT,
           "a huge PNG is refused: %s", err.message);
}

/* The same limit for both formats, at its two ends. */
static void test_large(void)
{
    enum { ROOM = 1 << 18 };
    static uint8_t bytes[ROOM];
    pg_image image, back;
    pg_error err[2];
    bool found;
    const int widths[] = {5000, PG_IMAGE_MAX_SIDE};
    for (int i = 0; i < 2; i++)
        for (int format = PG_IMAGE_PNM; format <= PG_IMAGE_PNG; format++) {
            make_image(&image, 2, widths[i], 3);
            size_t count = encode(&image, (pg_image_format)format, bytes, ROOM);
            ok(read_bytes((pg_image_format)format, bytes, count, &back, &found, NULL) == PG_OK &&
                   same(&image, &back),
               "2 x %d pixels, format %d", widths[i], format);
            pg_image_free(&back);
            pg_image_free(&image);
        }
    /* 20000 x 20000, and no pixel */
    static const uint8_t png[] = {0x89, 'P', 'N', 'G', 13,  10,   26,   10,   0,    0, 0,    13,
                                  'I',  'H', 'D', 'R', 0,   0,    0x4e, 0x20, 0,    0, 0x4e, 0x20,
                                  8,    0,   0,   0,   0,   0xc6, 0x1b, 0x19, 0xe5, 0, 0,    0,
                                  0,    'I', 'D', 'A', 'T', 0x35, 0xaf, 0x06, 0x1e};
    const char pgm[] = "P5\n20000 20000\n255\n";
    is_int(read_bytes(PG_IMAGE_PNG, png, sizeof png, &back, &found, &err[0]), PG_ERR_LIMIT,
           "a PNG beyond the bytes of an image: %s", err[0].message);
    is_int(read_bytes(PG_IMAGE_PNM, pgm, sizeof pgm - 1, &back, &found, &err[1]), PG_ERR_LIMIT,
           "and a PGM");
    is_string(err[0].message, err[1].message, "for the same reason");
}

static void test_resize(void)
{
    pg_image image, result;
    make_image(&image, 6, 4, 3);
    is_int(pg_image_resize(&image, 6, 4, &result, NULL), PG_OK, "resize to the same size");
    ok(same(&image, &result), "changes nothing");
    pg_image_free(&result);
    is_int(pg_image_resize(&image, 3, 2, &result, NULL), PG_OK, "resize to half");
    int wrong = 0;
    for (int y = 0; y < 3; y++)
        for (int x = 0; x < 2; x++)
            for (int c = 0; c < 3; c++) {
                int sum = 0;
                for (int k = 0; k < 4; k++)
                    sum += image.pixels[((2 * y + k / 2) * 4 + 2 * x + k % 2) * 3 + c];
                wrong += result.pixels[(y * 2 + x) * 3 + c] != (sum + 2) / 4;
            }
    is_int(wrong, 0, "every pixel is the mean of four");
    pg_image_free(&result);
    pg_image_free(&image);

    static const uint8_t three[] = {0, 90, 240};
    uint8_t two[2], six[6];
    uint64_t sums[6];
    pg_pixels_resize(three, 1, 3, 1, two, 1, 2, sums);
    ok(two[0] == 30 && two[1] == 190, "three to two shares the middle pixel: %d %d", two[0],
       two[1]);
    pg_pixels_resize(three, 1, 3, 1, six, 1, 6, sums);
    ok(memcmp(six, (const uint8_t[]){0, 0, 90, 90, 240, 240}, 6) == 0, "three to six repeats");
}

static void test_sheet(void)
{
    static const uint8_t tiles[] = {1, 2, 3, 4, 5, 6};
    pg_image sheet;
    is_int(pg_image_sheet(tiles, 3, 1, 2, 1, 2, 2, 1, 9, &sheet, NULL), PG_OK,
           "a sheet of 3 tiles");
    static const uint8_t expected[] = {1, 2, 9, 3, 4, 9, 9, 9, 9, 9, 5, 6, 9, 9, 9};
    ok(sheet.height == 3 && sheet.width == 5, "is 3x5 pixels: %dx%d", sheet.height, sheet.width);
    ok(memcmp(sheet.pixels, expected, sizeof expected) == 0, "with tiles and gaps in place");
    pg_image_free(&sheet);
    is_int(pg_image_sheet(tiles, 5, 1, 1, 1, 2, 2, 1, 9, &sheet, NULL), PG_ERR_ARGUMENT,
           "too many tiles are refused");
    is_int(pg_image_sheet(tiles, 1, 1, 1, 1, 2000000000, 2000000000, 2, 9, &sheet, NULL),
           PG_ERR_LIMIT, "a sheet past all bounds is refused");
}

/* Three noisy rings, from a small generator of its own so that no library can move them. */
static void make_points(float *xy, int32_t *labels, int count)
{
    uint32_t state = 1;
    for (int i = 0; i < count; i++) {
        double u[3];
        for (int k = 0; k < 3; k++)
            u[k] = (state = state * 1664525u + 1013904223u) / 4294967296.0;
        labels[i] = i % 4 - 1;
        double radius = 1 + labels[i] + 0.5 * u[0];
        xy[2 * i] = (float)(radius * cos(6.28318 * u[1]));
        xy[2 * i + 1] = (float)(radius * sin(6.28318 * u[1]));
    }
}

static void test_scatter(void)
{
    enum { COUNT = 400, SIDE = 400 };
    float xy[2 * COUNT], back_xy[2 * COUNT];
    int32_t labels[COUNT], back_labels[COUNT];
    make_points(xy, labels, COUNT);
    for (int i = 0; i < COUNT; i++) {
        memcpy(back_xy + 2 * i, xy + 2 * (COUNT - 1 - i), 2 * sizeof *xy);
        back_labels[i] = labels[COUNT - 1 - i];
    }
    pg_image plot, back;
    is_int(pg_image_scatter(xy, labels, COUNT, SIDE, &plot, NULL), PG_OK, "a scatter plot");
    is_int(pg_image_scatter(back_xy, back_labels, COUNT, SIDE, &back, NULL), PG_OK,
           "the points in another order");
    ok(same(&plot, &back), "make the same picture");
    int coloured = 0;
    for (int i = 0; i < SIDE * SIDE; i++)
        coloured += abs(plot.pixels[3 * i] - plot.pixels[3 * i + 2]) > 40;
    ok(coloured > COUNT && coloured < SIDE * SIDE / 2, "with %d coloured pixels", coloured);
    pg_image_free(&plot);
    pg_image_free(&back);
    is_int(pg_image_scatter(xy, NULL, 1, SIDE, &plot, NULL), PG_OK, "a single point");
    pg_image_free(&plot);
    is_int(pg_image_scatter(NULL, NULL, 0, SIDE, &plot, NULL), PG_OK, "no point at all");
    pg_image_free(&plot);
    static const float far[] = {3e38f, -3e38f, -3e38f, 1e-40f};
    is_int(pg_image_scatter(far, NULL, 2, SIDE, &plot, NULL), PG_OK, "points at the ends of float");
    pg_image_free(&plot);
    static const float tight[] = {1e9f, 5e-41f, 1e9f, 6e-41f};
    is_int(pg_image_scatter(tight, NULL, 2, SIDE, &plot, NULL), PG_OK, "points hardly apart");
    pg_image_free(&plot);
    xy[7] = NAN;
    is_int(pg_image_scatter(xy, labels, COUNT, SIDE, &plot, NULL), PG_ERR_FORMAT,
           "a point that is no number is refused");
    is_int(pg_image_scatter(xy, labels, 1, 5, &plot, NULL), PG_ERR_ARGUMENT, "so is a tiny plot");
}

static void test_save(void)
{
    pg_image image, back;
    make_image(&image, 4, 4, 1);
    const char *path = temporary_path("a.png");
    is_int(pg_image_save(path, &image, NULL), PG_OK, "save to a name in .png");
    FILE *stream = fopen(path, "rb");
    ok(stream && pg_image_read_png(stream, path, &back, NULL) == PG_OK && same(&image, &back),
       "makes a PNG");
    if (stream) fclose(stream);
    pg_image_free(&back);
    pg_error err;
    is_int(pg_image_save("/nonexistent/a.pgm", &image, &err), PG_ERR_IO, "no such folder: %s",
           err.message);
    if (access("/dev/full", W_OK) == 0)
        is_int(pg_image_save("/dev/full", &image, &err), PG_ERR_IO, "full disk: %s", err.message);
    pg_image_free(&image);
}

static void test_limits(void)
{
    pg_image image;
    is_int(pg_image_init(&image, 0, 3, 1, NULL), PG_ERR_LIMIT, "no image without rows");
    is_int(pg_image_init(&image, 1 << 30, 3, 1, NULL), PG_ERR_LIMIT, "nor with too many");
    is_int(pg_image_init(&image, 2, 2, 2, NULL), PG_ERR_ARGUMENT, "nor of two channels");
    make_image(&image, 1, 2, 3);
    memcpy(image.pixels, (const uint8_t[]){255, 255, 255, 255, 0, 0}, 6);
    pg_image_to_grey(&image);
    ok(image.channels == 1 && image.pixels[0] == 255 && image.pixels[1] == 76, "red is 76 in grey");
    pg_image_free(&image);
}

int main(void)
{
    for (int channels = 1; channels <= 3; channels += 2) {
        test_round_trip(channels, PG_IMAGE_PNM);
        test_round_trip(channels, PG_IMAGE_PNG);
    }
    test_pnm_kinds();
    test_pnm_hostile();
    test_pnm_stream();
    test_png_hostile();
    test_large();
    test_resize();
    test_sheet();
    test_scatter();
    test_save();
    test_limits();
    return done_testing();
}
