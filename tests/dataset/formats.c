/* Every format: what comes out, and what becomes of every truncation. */
#include <config.h>

#include <fcntl.h>
#include <sys/wait.h>

#include "pixelgan/dataset.h"
#include "tests/dataset/fixtures.h"
#include "tests/dataset/read.h"
#include "tests/tap.h"

static bytes file;

/* Opens and reads all examples; records is freed on failure. */
static pg_status read_all(const char *path, const pg_source_options *options, pg_records *all,
                          pg_error *err)
{
    pg_source *source;
    memset(all, 0, sizeof *all);
    pg_status status = pg_source_open(path, options, &source, err);
    return status == PG_OK ? read_to_end(source, 2, all, err) : status;
}

/* Examples that are not as value_at says; channel_step 1, or 0 where all
 * channels of the file are the one `channel`. */
static int wrong_examples(const pg_records *all, int channel, int label_offset)
{
    const pg_schema *s = &all->schema;
    const uint8_t *pixel = all->image;
    int wrong = 0;
    for (int i = 0; i < (int)all->count; i++) {
        bool right = !s->has_label || all->label[i] == i % CLASSES + label_offset;
        for (int y = 0; y < s->height; y++)
            for (int x = 0; x < s->width; x++)
                for (int c = 0; c < s->channels; c++)
                    right &= *pixel++ == value_at(i, y, x, s->channels == 1 ? channel : c);
        wrong += !right;
    }
    return wrong;
}

typedef struct expectation {
    const char *name;
    int count, height, width, channels;
    bool labels;
    int channel, label_offset;
} expectation;

static void expect(const char *path, const pg_source_options *options, expectation e)
{
    pg_records all;
    pg_error err = {.message = ""};
    if (!ok(read_all(path, options, &all, &err) == PG_OK, "%s is read %s", e.name, err.message))
        return;
    const pg_schema *s = &all.schema;
    is_int((intmax_t)all.count, e.count, "%s: %d examples", e.name, e.count);
    ok(s->height == e.height && s->width == e.width && s->channels == e.channels &&
           s->has_label == e.labels,
       "%s: images of %dx%dx%d", e.name, s->height, s->width, s->channels);
    is_int(wrong_examples(&all, e.channel, e.label_offset), 0, "%s: pixels and labels are right",
           e.name);
    pg_records_free(&all);
}

/* Cuts the file at every size that is not a multiple of whole (0: at every
 * one); each cut must be an error that says something. */
static void expect_truncations_refused(const char *path, const pg_source_options *options,
                                       const char *name, size_t whole)
{
    int wrong = 0;
    size_t step = file.size > 4000 ? 61 : 1, wrong_at = 0;
    for (size_t size = 0; size < file.size; size += step) {
        if (whole && size && size % whole == 0) continue;
        pg_records all;
        pg_error err = {.message = ""};
        write_bytes(path, &file, size);
        pg_status status = read_all(path, options, &all, &err);
        if (status == PG_OK || !err.message[0] || err.status != status) {
            wrong++;
            wrong_at = size;
        }
        pg_records_free(&all);
    }
    if (!is_int(wrong, 0, "%s: every truncation of %zu bytes is refused", name, file.size))
        diag("the last at %zu bytes", wrong_at);
    write_bytes(path, &file, file.size);
}

static void check_file(const char *suffix, const pg_source_options *options, size_t whole,
                       expectation e)
{
    const char *path = temporary_path(suffix);
    write_bytes(path, &file, file.size);
    expect(path, options, e);
    expect_truncations_refused(path, options, e.name, whole);
}

static void check_plain_and_gzip(const char *suffix, const pg_source_options *options, size_t whole,
                                 expectation e)
{
    char name[64], packed[64];
    check_file(suffix, options, whole, e);
    gzip_bytes(&file);
    snprintf(name, sizeof name, "%s, gzip", e.name);
    snprintf(packed, sizeof packed, "%s.gz", suffix);
    e.name = name;
    check_file(packed, options, 0, e);
}

static void test_idx(void)
{
    make_idx_images(&file, 5, 4, 3, 1);
    check_plain_and_gzip("idx", NULL, 0, (expectation){"IDX of rank 3", 5, 4, 3, 1, false, 0, 0});
    make_idx_images(&file, 5, 4, 3, 3);
    check_file("idx4", NULL, 0, (expectation){"IDX of rank 4", 5, 4, 3, 3, false, 0, 0});
    make_idx_images(&file, 0, 4, 3, 1);
    const char *path = temporary_path("none");
    write_bytes(path, &file, file.size);
    expect(path, NULL, (expectation){"IDX of no image", 0, 4, 3, 1, false, 0, 0});
}

static void test_pictures(void)
{
    make_pgms(&file, 4, 3, 5);
    check_plain_and_gzip("pgm", NULL, file.size / 4,
                         (expectation){"a PGM stream", 4, 3, 5, 1, false, 0, 0});
    make_pngs(&file, 1, 3, 5, 3);
    check_plain_and_gzip("png", NULL, 0, (expectation){"a PNG", 1, 3, 5, 3, false, 0, 0});
    make_pngs(&file, 3, 3, 5, 1);
    const char *path = temporary_path("pngs");
    write_bytes(path, &file, file.size);
    expect(path, NULL, (expectation){"several PNGs in a file", 3, 3, 5, 1, false, 0, 0});
}

static void test_interlaced(void)
{
    static const int sizes[][2] = {{9, 11}, {1, 1}, {2, 5}, {8, 8}};
    const char *path = temporary_path("interlaced.png");
    for (int channels = 1; channels <= 4; channels += channels == 1 ? 2 : 1)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char name[64];
            int height = sizes[i][0], width = sizes[i][1];
            snprintf(name, sizeof name, "an interlaced PNG of %dx%dx%d", height, width, channels);
            file.size = 0;
            put_any_png(&file, 0, height, width, channels, 1);
            put_any_png(&file, 1, height, width, channels, 0);
            write_bytes(path, &file, file.size);
            expect(path, NULL,
                   (expectation){name, 2, height, width, channels > 1 ? 3 : 1, false, 0, 0});
        }
}

/* ---- Padding, and what follows ---- */

/* The one warning that has the text, or any where that is NULL; NULL: there are none or more. */
static const char *find_warning(const pg_source *source, const char *text)
{
    const char *found = NULL;
    const pg_remark *remark;
    for (size_t i = 0; (remark = pg_source_remark(source, i)) != NULL; i++) {
        if (!remark->is_warning || (text && !strstr(remark->text, text))) continue;
        if (found && text) return NULL;
        found = remark->text;
    }
    return found;
}

/* Reads the file with something after it: it is refused, or read with such a remark. */
static void expect_rest(const char *suffix, const pg_source_options *options, const char *what,
                        const void *rest, size_t size, int count, const char *remark)
{
    pg_source *source;
    pg_records all;
    pg_error err = {.message = ""};
    static const char *path; /* one for all of them, as the name decides on the format */
    static char last[32];
    size_t before = file.size;
    if (strcmp(last, suffix) != 0) path = temporary_path(suffix);
    snprintf(last, sizeof last, "%s", suffix);
    put(&file, rest, size);
    write_bytes(path, &file, file.size);
    file.size = before;
    pg_status status = pg_source_open(path, options, &source, &err);
    if (status == PG_OK) status = pg_records_init(&all, pg_source_schema(source), 100, &err);
    if (status != PG_OK) {
        is_int(-1, count, "%s: is opened: %s", what, err.message);
        return;
    }
    status = pg_source_next(source, &all, &err);
    if (status == PG_OK && all.count) {
        pg_records rest_of_it;
        status = pg_records_init(&rest_of_it, pg_source_schema(source), 1, &err);
        if (status == PG_OK) status = pg_source_next(source, &rest_of_it, &err);
        pg_records_free(&rest_of_it);
    }
    const char *said = find_warning(source, remark);
    if (count < 0)
        ok(status == PG_ERR_FORMAT && err.message[0], "%s: refused: %s", what, err.message);
    else if (ok(status == PG_OK && (int)all.count == count, "%s: read %s", what, err.message))
        ok(remark ? said && strstr(said, suffix) : !said, "%s: remark: %s", what,
           said ? said : "none");
    pg_records_free(&all);
    pg_source_close(source);
}

static void test_rest(void)
{
    static const char zeros[600];
    make_idx_images(&file, 3, 4, 5, 1);
    expect_rest("r.idx", NULL, "IDX", "", 0, 3, NULL);
    expect_rest("r.idx", NULL, "IDX and zeros", zeros, 600, 3, "600 zeros after the IDX images");
    expect_rest("r.idx", NULL, "IDX and a zero", zeros, 1, 3, "1 zero after");
    expect_rest("r.idx", NULL, "IDX and a byte", "x", 1, -1, NULL);
    expect_rest("r.idx", NULL, "IDX, a zero and a byte", "\0x", 2, -1, NULL);
    gzip_bytes(&file);
    expect_rest("r.gz", NULL, "gzip and zeros, which it has a right to", zeros, 600, 3, NULL);
    expect_rest("r.gz", NULL, "gzip and a word", "word", 4, 3, "not gzip");
    make_npy(&file, 3, 4, 5);
    expect_rest("r.npy", NULL, "an array and zeros", zeros, 64, 3, "64 zeros after an array");
    expect_rest("r.npy", NULL, "an array and a word", "word", 4, -1, NULL);
    make_cifar(&file, 3, 1);
    expect_rest("r.bin", NULL, "CIFAR and zeros", zeros, 600, 3, "600 zeros after the last record");
    expect_rest("r.bin", &(pg_source_options){.format = "cifar10"}, "CIFAR and half a record",
                "\1word", 5, -1, NULL);
    make_norb_images(&file, 3, 4, 5);
    expect_rest("r-dat.mat", NULL, "NORB and zeros", zeros, 10, 3,
                "10 zeros after the NORB matrix");
    expect_rest("r-dat.mat", NULL, "NORB and a word", "word", 4, -1, NULL);
    make_pgms(&file, 2, 4, 5);
    expect_rest("r.pgm", NULL, "PGM and line ends", "\n\r\n \t", 5, 2, NULL);
    expect_rest("r.pgm", NULL, "PGM and zeros", zeros, 600, 2, "600 zeros after an image");
    expect_rest("r.pgm", NULL, "PGM and a word", "word", 4, -1, NULL);
    expect_rest("r.pgm", NULL, "PGM, zeros and one more", "\0\0P5 5 4 255\nabcdefghijklmnopqrst",
                33, 3, "2 zeros after an image");
    make_pngs(&file, 2, 4, 5, 1);
    expect_rest("r.png", NULL, "PNG and a line end", "\n", 1, 2, NULL);
    expect_rest("r.png", NULL, "PNG and zeros", zeros, 600, 2, "600 zeros after an image");
    expect_rest("r.png", NULL, "PNG and a word", "word", 4, 2, "4 bytes after the PNG image");
    expect_rest("r.png", NULL, "PNG and a zip archive", "PK\3\4abc", 7, 2, "a zip archive");
    expect_rest("r.png", NULL, "PNG and a PGM", "P5 5 4 255\nabcdefghijklmnopqrst", 31, 3, NULL);
    expect_rest("r.png", NULL, "PNG and half a PGM", "P5 5 4 255\nabcde", 16, -1, NULL);
    expect_rest("r.png", NULL, "PNG and half a PNG", "\x89PNG\r\n\x1a\n\0\0", 10, -1, NULL);
    make_matlab(&file, 3, 4, 5, 1);
    expect_rest("r.mat", NULL, "MATLAB and zeros", zeros, 600, 3, "600 zeros after the last var");
    expect_rest("r.mat", NULL, "MATLAB and a word", "a word or two", 13, -1, NULL);
}

/* Sides beyond those of a stream, which are fine where they will be made smaller. */
static void test_large(void)
{
    const pg_source_options small = {.height = 2, .width = 3};
    const char *path = temporary_path("large");
    pg_records all;
    pg_error png = {.message = ""}, pgm = {.message = ""}, err;
    for (int format = 0; format < 4; format++) {
        if (format == 0) make_pngs(&file, 1, 2, 5000, 1);
        if (format == 1) make_pgms(&file, 1, 2, 5000);
        if (format == 2) make_idx_images(&file, 1, 2, 5000, 1);
        if (format == 3) make_npy(&file, 1, 2, 5000);
        write_bytes(path, &file, file.size);
        is_int(read_all(path, NULL, &all, format ? &pgm : &png), PG_ERR_LIMIT, "2 x 5000, kind %d",
               format);
        ok(format == 0 || strcmp(png.message, pgm.message) == 0, "has one message: %s",
           format ? pgm.message : png.message);
        ok(strstr(png.message, "2 x 5000 x 1; sides are 1 to 4096") &&
               strstr(png.message, "--resize"),
           "with the limit and a remedy");
        ok(read_all(path, &small, &all, &err) == PG_OK && all.count == 1 && all.schema.width == 3,
           "and can be resized");
        pg_records_free(&all);
    }
    make_pngs(&file, 1, 1, 40000, 1);
    write_bytes(path, &file, file.size);
    is_int(read_all(path, &small, &all, &png), PG_ERR_LIMIT, "beyond all limits: %s", png.message);
}

static void test_npy(void)
{
    make_npy(&file, 4, 3, 5);
    check_plain_and_gzip("npy", NULL, 0, (expectation){"an array", 4, 3, 5, 1, false, 0, 0});
}

static void test_cifar(void)
{
    pg_source_options coarse = {.format = "cifar100-coarse"}, ten = {.format = "cifar10"};
    make_cifar(&file, 3, 1);
    check_plain_and_gzip("a.bin", NULL, 3073, (expectation){"CIFAR-10", 3, 32, 32, 3, true, 0, 0});
    make_cifar(&file, 3, 2);
    check_file("b.bin", NULL, 3074, (expectation){"CIFAR-100", 3, 32, 32, 3, true, 0, 0});
    check_file("c", &coarse, 3074, (expectation){"CIFAR-100 coarse", 3, 32, 32, 3, true, 0, 10});
    pg_records all;
    pg_error err;
    const char *path = temporary_path("d.bin");
    make_cifar(&file, 20, 2);
    write_bytes(path, &file, file.size);
    is_int(read_all(path, &ten, &all, &err), PG_ERR_FORMAT, "CIFAR-100 is not CIFAR-10: %s",
           err.message);
}

static void test_norb(void)
{
    pg_source_options right = {.view = "right"}, both = {.view = "both", .info = true};
    const char *dat = temporary_path("x-dat.mat"), *cat = temporary_path("x-cat.mat");
    char cat_path[4096], info_path[4096];
    snprintf(cat_path, sizeof cat_path, "%.*s-cat.mat", (int)(strlen(dat) - 8), dat);
    snprintf(info_path, sizeof info_path, "%.*s-info.mat.gz", (int)(strlen(dat) - 8), dat);
    ok(strcmp(cat, cat_path) == 0, "names of a kind");
    make_norb_images(&file, 3, 4, 5);
    check_file("y-dat.mat", NULL, 0, (expectation){"NORB alone", 3, 4, 5, 1, false, 0, 0});
    write_bytes(dat, &file, file.size);
    make_norb_numbers(&file, 3, 0);
    write_bytes(cat, &file, file.size);
    make_norb_numbers(&file, 3, 4);
    gzip_bytes(&file);
    write_bytes(info_path, &file, file.size);
    expect(dat, NULL, (expectation){"NORB, left", 3, 4, 5, 1, true, 0, 0});
    expect(dat, &right, (expectation){"NORB, right", 3, 4, 5, 1, true, 1, 0});
    expect(dat, &both, (expectation){"NORB, both", 3, 4, 5, 2, true, 0, 0});
    pg_records all;
    pg_error err;
    if (ok(read_all(dat, &both, &all, &err) == PG_OK && all.schema.scalar_count == 4,
           "with info")) {
        is_string(all.schema.scalar_names[2], "azimuth", "its third field");
        is_close((double)all.scalar[2 * 4 + 2], 22, 0, "of the third example");
    }
    pg_records_free(&all);
    make_norb_numbers(&file, 4, 0);
    write_bytes(cat, &file, file.size);
    is_int(read_all(dat, NULL, &all, &err), PG_ERR_FORMAT, "one category too many: %s",
           err.message);
    unlink(info_path);
}

/* y's class is in its flags, the first part of the element. */
static void make_matlab_class(uint8_t kind, bool compressed)
{
    enum { TAGS = 16 }; /* of the element and of its flags */
    size_t y = make_matlab(&file, 4, 5, 3, 0);
    file.data[y + TAGS] = kind;
    if (compressed) compress_element(&file, y);
}

static void test_matlab_class(const char *what, uint8_t kind, bool compressed)
{
    pg_records all;
    pg_error err = {.message = ""};
    const char *path = temporary_path("y.mat");
    make_matlab_class(kind, compressed);
    write_bytes(path, &file, file.size);
    is_int(read_all(path, NULL, &all, &err), PG_ERR_UNSUPPORTED, "labels in a %s: %s", what,
           err.message);
}

/* Labels of every class of numbers, each stored in bytes as MATLAB does with small ones. */
static void test_matlab_numbers(bool compressed)
{
    enum { FIRST_CLASS = 6, LAST_CLASS = 15 };
    const char *path = temporary_path("y.mat");
    for (uint8_t kind = FIRST_CLASS; kind <= LAST_CLASS; kind++) {
        char name[64];
        snprintf(name, sizeof name, "labels of class %d%s", kind, compressed ? ", compressed" : "");
        make_matlab_class(kind, compressed);
        write_bytes(path, &file, file.size);
        expect(path, NULL, (expectation){name, 4, 5, 3, 3, true, 0, 0});
    }
}

static void expect_refused(const char *what, bool compressed, pg_status status)
{
    pg_records all;
    pg_error err = {.message = ""};
    static const char *path; /* one for all of them */
    if (!path) path = temporary_path("broken.mat");
    write_bytes(path, &file, file.size);
    is_int(read_all(path, NULL, &all, &err), status, "%s%s: %s", what,
           compressed ? ", compressed" : "", err.message);
}

/* One byte of a variable y that does not fit the others. */
static void test_matlab_byte(const char *what, size_t at, uint8_t value, bool compressed)
{
    size_t y = make_matlab(&file, 4, 5, 3, 0);
    file.data[y + at] = value;
    if (compressed) compress_element(&file, y);
    expect_refused(what, compressed, PG_ERR_FORMAT);
}

static void test_broken_matlab(bool compressed)
{
    /* y's parts, each after eight bytes of tag: flags at 16, dimensions 32, name 48, data 64 */
    test_matlab_byte("no variable", 0, 13, compressed);
    test_matlab_byte("flags of another type", 8, 5, compressed);
    test_matlab_byte("flags of another size", 12, 16, compressed);
    test_matlab_byte("no class", 16, 0, compressed);
    test_matlab_byte("dimensions of another type", 24, 6, compressed);
    test_matlab_byte("dimensions past the end", 29, 1, compressed);
    test_matlab_byte("half a dimension", 28, 10, compressed);
    test_matlab_byte("more numbers than there are", 32, 5, compressed);
    test_matlab_byte("dimensions far too large", 39, 64, compressed);
    test_matlab_byte("name of another type", 40, 2, compressed);
    test_matlab_byte("name of 64 characters", 44, 64, compressed);
    test_matlab_byte("data of no type", 56, 14, compressed);
    test_matlab_byte("data of wider numbers", 56, 4, compressed);
    test_matlab_byte("data of another size", 60, 3, compressed);
    test_matlab_byte("data past the end", 61, 1, compressed);
}

/* Streams that end well but too early, that have another checksum, that never end. */
static void test_broken_packing(void)
{
    size_t y = make_matlab(&file, 4, 5, 3, 0);
    file.size -= 8; /* the data, padded */
    compress_element(&file, y);
    expect_refused("without its data", true, PG_ERR_FORMAT);
    make_matlab(&file, 4, 5, 3, 1);
    file.data[file.size - 1] ^= 1;
    expect_refused("another checksum", true, PG_ERR_FORMAT);
    y = make_matlab(&file, 4, 5, 3, 1);
    file.size -= 1;
    file.data[y + 4] -= 1; /* the element's size, too */
    expect_refused("without the end of its checksum", true, PG_ERR_FORMAT);
    y = make_matlab(&file, 4, 5, 3, 1);
    file.data[y + 8] = 0;
    expect_refused("not zlib's", true, PG_ERR_FORMAT);
    make_matlab(&file, 4, 5, 3, 0);
    file.data[125] = 2;
    expect_refused("header of version 7.3", false, PG_ERR_UNSUPPORTED);
    file.data[125] = 1;
    file.data[126] = 'X';
    expect_refused("header of no byte order", false, PG_ERR_UNSUPPORTED);
}

/* The labels of four examples, which the file stores from y + 64 on. */
static void test_matlab_labels(const char *what, const uint8_t stored[4], const int32_t expected[4],
                               bool is_told)
{
    pg_source *source;
    pg_records chunk;
    pg_error err = {.message = ""};
    static const char *path;
    if (!path) path = temporary_path("labels.mat");
    size_t y = make_matlab(&file, 4, 5, 3, 0);
    memcpy(file.data + y + 64, stored, 4);
    write_bytes(path, &file, file.size);
    if (pg_source_open(path, NULL, &source, &err) != PG_OK ||
        pg_records_init(&chunk, pg_source_schema(source), 4, &err) != PG_OK ||
        pg_source_next(source, &chunk, &err) != PG_OK) {
        diag("%s", err.message);
        bail_out("cannot read labels");
    }
    ok(chunk.count == 4 && memcmp(chunk.label, expected, 4 * sizeof *expected) == 0,
       "%s: %d %d %d %d", what, (int)chunk.label[0], (int)chunk.label[1], (int)chunk.label[2],
       (int)chunk.label[3]);
    const pg_remark *remark = pg_source_remark(source, 0);
    is_int(remark != NULL, is_told, "%s: %s", what, is_told ? "is told" : "is not told");
    ok(!remark || (!remark->is_warning && strstr(remark->text, path)), "which is no warning");
    pg_records_free(&chunk);
    pg_source_close(source);
}

static void test_zero_digit(void)
{
    test_matlab_labels("digits as SVHN has them", (const uint8_t[]){10, 1, 9, 10},
                       (const int32_t[]){0, 1, 9, 0}, true);
    test_matlab_labels("digits without a zero", (const uint8_t[]){1, 2, 9, 3},
                       (const int32_t[]){1, 2, 9, 3}, false);
    test_matlab_labels("twelve classes from 1", (const uint8_t[]){10, 1, 11, 12},
                       (const int32_t[]){10, 1, 11, 12}, false);
    test_matlab_labels("classes from 0", (const uint8_t[]){10, 0, 1, 2},
                       (const int32_t[]){10, 0, 1, 2}, false);
    test_matlab_labels("classes from 0, larger", (const uint8_t[]){10, 11, 0, 255},
                       (const int32_t[]){10, 11, 0, 255}, false);
}

/* Three dimensions are one image in colour, not a stack of grey ones taken for its channels. */
static void test_matlab_stack(int channels, pg_status expected)
{
    static bytes x;
    pg_records all;
    pg_error err = {.message = ""};
    const char *path = temporary_path("stack.mat");
    make_matlab(&file, 4, 5, 3, 0);
    file.size = 128;
    x.size = 0;
    for (int i = 0; i < 5 * 3 * channels; i++)
        put_byte(&x, (unsigned)i);
    put_matrix(&file, "X", (const int[]){5, 3, channels}, 3, &x);
    write_bytes(path, &file, file.size);
    is_int(read_all(path, NULL, &all, &err), expected, "X of 5 x 3 x %d: %s", channels,
           err.message);
    if (expected == PG_OK) pg_records_free(&all);
}

/* Labels from elsewhere: the file's own are not looked at, so nothing is told of them. */
static void test_matlab_other_labels(void)
{
    pg_source *source;
    const char *path = temporary_path("other.mat"), *labels = temporary_path("other.txt");
    make_text_labels(&file, 4);
    write_bytes(labels, &file, file.size);
    make_matlab(&file, 4, 5, 3, 0);
    write_bytes(path, &file, file.size);
    pg_source_options options = {.labels = labels};
    expect(path, &options, (expectation){"MATLAB, other labels", 4, 5, 3, 3, true, 0, 0});
    if (pg_source_open(path, &options, &source, NULL) != PG_OK) bail_out("cannot open");
    ok(!pg_source_remark(source, 0), "nothing is told of labels that are not used");
    pg_source_close(source);
}

static void test_big_endian_matlab(void)
{
    size_t y = make_big_endian_matlab(&file, 4, 5, 3);
    check_file("x.mat", NULL, y, (expectation){"MATLAB, big-endian", 4, 5, 3, 3, true, 0, 0});
}

/* A variable of any class that is neither X nor y. */
static void test_matlab_others(uint8_t kind, bool compressed)
{
    enum { TAGS = 16, NAME_AT = 48 };
    char name[64];
    const char *path = temporary_path("others.mat");
    size_t y = make_matlab(&file, 4, 5, 3, 0);
    file.data[y + TAGS] = kind;
    file.data[y + NAME_AT] = 'z';
    if (compressed) compress_element(&file, y);
    write_bytes(path, &file, file.size);
    snprintf(name, sizeof name, "beside a variable of class %d%s", kind,
             compressed ? ", compressed" : "");
    expect(path, NULL, (expectation){name, 4, 5, 3, 3, false, 0, 0});
}

static void test_matlab(void)
{
    for (int compressed = 0; compressed < 2; compressed++) {
        test_matlab_class("cell array", 1, compressed);
        test_matlab_class("structure", 2, compressed);
        test_matlab_class("text", 4, compressed);
        test_matlab_class("sparse matrix", 5, compressed);
        test_matlab_numbers(compressed);
        test_matlab_class("function", 16, compressed);
        test_broken_matlab(compressed);
        for (uint8_t kind = 1; kind <= 17; kind++)
            test_matlab_others(kind, compressed);
        size_t without_y = make_matlab(&file, 4, 5, 3, compressed); /* whole, but unlabelled */
        check_file("x.mat", NULL, without_y, (expectation){"MATLAB", 4, 5, 3, 3, true, 0, 0});
    }
    test_broken_packing();
    test_big_endian_matlab();
    test_zero_digit();
    test_matlab_stack(3, PG_OK);
    test_matlab_stack(10, PG_ERR_UNSUPPORTED);
    test_matlab_other_labels();
}

static void test_labels(void)
{
    const char *images = temporary_path("images"), *labels = temporary_path("labels");
    pg_source_options options = {.labels = labels};
    expectation e = {"images with labels", 5, 4, 3, 1, true, 0, 0};
    make_idx_images(&file, 5, 4, 3, 1);
    write_bytes(images, &file, file.size);
    void (*const kinds[])(bytes *, int) = {make_idx_labels, make_text_labels};
    for (int kind = 0; kind < 2; kind++) {
        kinds[kind](&file, 5);
        write_bytes(labels, &file, file.size);
        expect(images, &options, e);
        gzip_bytes(&file);
        write_bytes(labels, &file, file.size);
        expect(images, &options, e);
        for (int count = 3; count < 9; count += 3) {
            pg_records all;
            pg_error err = {.message = ""};
            char counts[64];
            kinds[kind](&file, count);
            write_bytes(labels, &file, file.size);
            snprintf(counts, sizeof counts, "%d labels", count);
            is_int(read_all(images, &options, &all, &err), PG_ERR_FORMAT, "%d labels for 5", count);
            ok(strstr(err.message, counts) && strstr(err.message, "5 images"),
               "both counts are named: %s", err.message);
        }
    }
}

static void refused(const char *what, const char *text, size_t size,
                    const pg_source_options *options, pg_status expected)
{
    pg_records all;
    pg_error err = {.message = ""};
    const char *path = temporary_path("hostile");
    file.size = 0;
    put(&file, text, size);
    write_bytes(path, &file, size);
    is_int(read_all(path, options, &all, &err), expected, "%s: %s", what, err.message);
    ok(strncmp(err.message, path, strlen(path)) == 0, "names the file");
}

#define REFUSED(what, text, as, expected)                                                          \
    refused(what, text, sizeof(text) - 1, &(pg_source_options){.format = as}, expected)

static void test_hostile(void)
{
    REFUSED("an empty file", "", NULL, PG_ERR_FORMAT);
    REFUSED("text", "hello, world\n", NULL, PG_ERR_FORMAT);
    REFUSED("text as IDX", "hello, world\n", "idx", PG_ERR_FORMAT);
    REFUSED("text as NORB", "hello, world\n", "norb", PG_ERR_FORMAT);
    REFUSED("text as PNM", "hello, world\n", "pnm", PG_ERR_FORMAT);
    REFUSED("a file as a folder", "hello, world\n", "folder", PG_ERR_FORMAT);
    REFUSED("huge IDX", "\0\0\10\3\377\377\377\377\377\377\377\377\377\377\377\377x", NULL,
            PG_ERR_LIMIT);
    REFUSED("huge count of IDX", "\0\0\10\3\377\377\377\377\0\0\0\2\0\0\0\2abcd", NULL,
            PG_ERR_FORMAT);
    REFUSED("flat IDX", "\0\0\10\3\0\0\0\1\0\0\0\0\0\0\0\2", NULL, PG_ERR_LIMIT);
    REFUSED("IDX of floats", "\0\0\15\3\0\0\0\1\0\0\0\1\0\0\0\1abcd", NULL, PG_ERR_UNSUPPORTED);
    REFUSED("IDX with more", "\0\0\10\3\0\0\0\1\0\0\0\1\0\0\0\1ab", NULL, PG_ERR_FORMAT);
    REFUSED("labels", "\0\0\10\1\0\0\0\1a", NULL, PG_ERR_FORMAT);
    REFUSED("NORB of floats", "\x51\x4c\x3d\x1e\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0abcd", NULL,
            PG_ERR_UNSUPPORTED);
    REFUSED("NORB of rank 9", "\x55\x4c\x3d\x1e\11\0\0\0", NULL, PG_ERR_FORMAT);
    REFUSED("NORB of rank -1", "\x55\x4c\x3d\x1e\377\377\377\377", NULL, PG_ERR_FORMAT);
    REFUSED("three cameras", "\x55\x4c\x3d\x1e\4\0\0\0\1\0\0\0\3\0\0\0\1\0\0\0\1\0\0\0abc", NULL,
            PG_ERR_FORMAT);
    REFUSED("huge NORB", "\x55\x4c\x3d\x1e\4\0\0\0\1\0\0\0\2\0\0\0\377\377\377\377\377\377\377\177",
            NULL, PG_ERR_LIMIT);
    REFUSED("an image of another size", "P5 1 1 255\nAP5 1 2 255\nAB", NULL, PG_ERR_FORMAT);
    REFUSED("no image at all", "P5 1 1 255\nAnd then?", NULL, PG_ERR_FORMAT);
}

static void test_gzip(void)
{
    static bytes whole;
    expectation e = {"gzip of two members", 5, 4, 3, 1, false, 0, 0};
    const char *path = temporary_path("members.gz");
    make_idx_images(&whole, 5, 4, 3, 1);
    static bytes first, second;
    first.size = second.size = 0;
    put(&first, whole.data, 30);
    put(&second, whole.data + 30, whole.size - 30);
    gzip_bytes(&first);
    gzip_bytes(&second);
    put(&first, second.data, second.size);
    write_bytes(path, &first, first.size);
    expect(path, NULL, e);

    e.name = "gzip padded with zeros";
    for (int i = 0; i < 100; i++)
        put_byte(&first, 0);
    write_bytes(path, &first, first.size);
    expect(path, NULL, e);

    e.name = "gzip with something behind";
    put_text(&first, "something");
    write_bytes(path, &first, first.size);
    expect(path, NULL, e);
    pg_source *source;
    pg_records chunk;
    if (pg_source_open(path, NULL, &source, NULL) != PG_OK ||
        pg_records_init(&chunk, pg_source_schema(source), 9, NULL) != PG_OK)
        bail_out("cannot open");
    do
        if (pg_source_next(source, &chunk, NULL) != PG_OK) break;
    while (chunk.count);
    const pg_remark *remark = pg_source_remark(source, 0);
    ok(remark && remark->is_warning && strstr(remark->text, path), "of which there is a remark");
    ok(!pg_source_remark(source, 1), "just one");
    pg_records_free(&chunk);
    pg_source_close(source);

    pg_records all;
    pg_error err;
    gzip_bytes(&whole);
    whole.data[whole.size - 6] ^= 1; /* of the checksum */
    write_bytes(path, &whole, whole.size);
    is_int(read_all(path, NULL, &all, &err), PG_ERR_FORMAT, "a wrong checksum: %s", err.message);
}

/* A child writes the file in two halves, some time after it is waited for. */
static pid_t write_late(int fd)
{
    pid_t child = fork();
    if (child != 0) return child;
    for (size_t half = 0, begin = 0; half < 2; half++, begin = file.size / 2) {
        size_t size = half ? file.size - begin : file.size / 2;
        usleep(20000);
        if (write(fd, file.data + begin, size) != (ssize_t)size) _exit(1);
    }
    _exit(0);
}

/* Standard input that another process made non-blocking, and nothing there yet. */
static void test_not_ready(void)
{
    int ends[2], before = dup(STDIN_FILENO);
    make_idx_images(&file, 5, 4, 3, 1);
    gzip_bytes(&file);
    fflush(NULL);
    if (pipe(ends) != 0 || dup2(ends[0], STDIN_FILENO) < 0) bail_out("no pipe");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    pid_t child = write_late(ends[1]);
    close(ends[1]);
    expect("-", NULL, (expectation){"input that is not ready", 5, 4, 3, 1, false, 0, 0});
    waitpid(child, NULL, 0);
    dup2(before, STDIN_FILENO);
    close(before);
    close(ends[0]);
}

static void test_no_file(void)
{
    pg_records all;
    pg_error err;
    is_int(read_all("/nonexistent", NULL, &all, &err), PG_ERR_IO, "no such file: %s", err.message);
    pg_source_options idx = {.format = "idx"}, none = {.format = "nonsense"};
    is_int(read_all("/", &idx, &all, &err), PG_ERR_FORMAT, "a folder as IDX: %s", err.message);
    is_int(read_all("/dev/null", NULL, &all, &err), PG_ERR_FORMAT, "nothing: %s", err.message);
    is_int(read_all("/dev/null", &none, &all, &err), PG_ERR_ARGUMENT, "no format: %s", err.message);
    int formats = 0;
    while (pg_source_format_name(formats) && pg_source_format_summary(formats))
        formats++;
    int optional = 0;
#if HAVE_JPEG
    optional++;
#endif
#if HAVE_WEBP
    optional++;
#endif
#if HAVE_TIFF
    optional++;
#endif
    is_int(formats, 10 + optional, "the formats");
}

int main(void)
{
    test_idx();
    test_pictures();
    test_interlaced();
    test_rest();
    test_large();
    test_npy();
    test_cifar();
    test_norb();
    test_matlab();
    test_labels();
    test_hostile();
    test_gzip();
    test_not_ready();
    test_no_file();
    return done_testing();
}
