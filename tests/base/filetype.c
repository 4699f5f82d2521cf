/* Every kind of file has a name and a remedy, whatever it was to be. */
#include <config.h>

#include "../tap.h"
#include "base/filetype.h"

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

/* Pictures that are read where their library is there. */
#define READ "without --from it is read"
#if HAVE_JPEG
#define JPEG_REMEDY READ
#else
#define JPEG_REMEDY "'djpeg FILE | pg-prep'"
#endif
#if HAVE_WEBP
#define WEBP_REMEDY READ
#else
#define WEBP_REMEDY "this build lacks the library that reads it; 'dwebp FILE -ppm"
#endif
#if HAVE_TIFF
#define TIFF_REMEDY READ
#else
#define TIFF_REMEDY "tifftopnm FILE"
#endif

enum { USES = PG_USE_MODEL + 1 };

typedef struct kind {
    const uint8_t *bytes;
    size_t count;
    const char *name;   /* part of it */
    const char *remedy; /* part of it, where images are wanted */
} kind;

static const kind kinds[] = {
    {BYTES("\xff\xd8\xff\xe0\0\x10JFIF"), "a JPEG picture", JPEG_REMEDY},
    {BYTES("GIF89a\1\0"), "a GIF picture", "'giftopnm FILE | pg-prep'"},
    {BYTES("RIFF\x24\0\0\0WEBPVP8 "), "a WebP picture", WEBP_REMEDY},
    {BYTES("II*\0\x08\0\0\0"), "a TIFF picture", TIFF_REMEDY},
    {BYTES("MM\0*\0\0\0\x08"), "a TIFF picture", TIFF_REMEDY},
    {BYTES("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0"), "a BMP picture", "bmptopnm FILE"},
    {BYTES("<svg xmlns='http://www.w3.org/2000/svg'>"), "an SVG drawing", "rsvg-convert"},
    {BYTES("<?xml version='1.0'?>\n<svg>"), "an SVG drawing", "rsvg-convert"},
    {BYTES("<?xml version='1.0'?>\n<data>"), "XML text", "--from list"},
    {BYTES("\0\0\0\x0cjP  \r\n\x87\n"), "a JPEG 2000 picture", "| pg-prep"},
    {BYTES("\0\0\0\x1c"
           "ftypavif"),
     "an AVIF picture", "| pg-prep"},
    {BYTES("%PDF-1.7\n%\xe2\xe3"), "a PDF document", "pdftoppm FILE"},
    {BYTES("PK\3\4\x14\0\0\0\0\0"), "a zip archive", "unzip FILE"},
    {BYTES("PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0arr_0.npy"), ".npz",
     "numpy.load('FILE')['NAME']"},
    {BYTES("PK\5\6\0\0"), "an empty zip archive", "again"},
    {BYTES("\x1f\x8b\x08\0"), "gzip data", "gunzip FILE"},
    {BYTES("BZh91AY&SY"), "bzip2 data", "bunzip2 FILE"},
    {BYTES("\3757zXZ\0\0"), "xz data", "unxz FILE"},
    {BYTES("(\xb5/\xfd\x04"), "zstd data", "unzstd FILE"},
    {BYTES("7z\xbc\xaf\x27\x1c\0\4"), "a 7z archive", "7z x FILE"},
    {BYTES("\x80\4\x95\x10\0\0\0"), "a Python pickle", "allow_pickle=True"},
    {BYTES("\x80\2}q\1(U"), "a Python pickle", "numpy.save"},
    {BYTES("\x89HDF\r\n\x1a\n"), "HDF5 data", "h5py.File('FILE')"},
    {BYTES("MATLAB 7.3 MAT-file, Platform"), "of version 7.3", "-v7"},
    {BYTES("MATLAB 5.0 MAT-file, Platform"), "a MATLAB file", "without --from"},
    {BYTES("CDF\1"), "NetCDF data", "numpy.save"},
    {BYTES("PAR1\x15"), "a Parquet table", "pandas.read_parquet('FILE')"},
    {BYTES("ARROW1\0\0"), "an Arrow table", "pandas.read_feather('FILE')"},
    {BYTES("SQLite format 3\0"), "SQLite", "--from list"},
    {BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"), "a Git LFS pointer",
     "'git lfs pull'"},
    {BYTES("<!DOCTYPE html>\n<html>"), "a web page (HTML)", "download that again"},
    {BYTES("\n  <HTML><head>"), "a web page (HTML)", "download that again"},
    {BYTES("\xef\xbb\xbf<!doctype HTML>"), "a web page (HTML)", "download that again"},
    {BYTES("\x41\0\0\0\0\0\0\0{\"__metadata__\":{"), "a model file", "pg-sample -m FILE"},
    {BYTES("\x93NUMPY\1\0"), "a tensor stream", "without --from"},
    {BYTES("\x89PNG\r\n\x1a\n"), "a PNG picture", "without --from"},
    {BYTES("P6\n1 1\n255\n"), "a PNM picture", "without --from"},
    {BYTES("\0\0\x08\3\0\0"), "IDX data", "without --from"},
    {BYTES("\x55\x4c\x3d\x1e"), "a NORB matrix", "without --from"},
    {BYTES("\x7f"
           "ELF\2\1\1"),
     "ELF", "--from list"},
    {BYTES("#!/bin/sh\n"), "a script", "--from list"},
    {BYTES("import numpy as np\n"), "Python source", "--from list"},
    {BYTES("{\"images\": [1, 2]}\n"), "JSON text", "--from list"},
    {BYTES("5\n0\n4\n"), "numbers as text", "--labels"},
    {BYTES("label,pixel0,pixel1\n5,0,0\n"), "a table as text (CSV)", "numpy.loadtxt('FILE'"},
    {BYTES("Dear reader,\nthis is a letter.\n"), "plain text", "--from list"},
    {BYTES("\xc3\xa4hnlich\n"), "plain text", "--from list"},
    {BYTES("\xff\xfeh\0i\0"), "UTF-16", "--from list"},
    {BYTES("\0\0\0\0\0\0\0\0\0"), "never finished", "make it again"},
};

/* One line that can be printed, with all its parts. */
static bool is_sound(const char *message, const char *name)
{
    for (const char *c = message; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f) return false;
    return strncmp(message, "FILE.x: ", 8) == 0 && strstr(message, name) && strchr(message, ';');
}

static void test_kinds(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const kind *k = &kinds[i];
        pg_error err = {.message = ""};
        int sound = 0;
        for (int use = 0; use < USES; use++) {
            pg_status status =
                pg_refuse_file("FILE.x", NULL, (pg_file_use)use, k->bytes, k->count, &err);
            sound += status == PG_ERR_FORMAT && is_sound(err.message, k->name);
            if (use == PG_USE_IMAGES)
                ok(strstr(err.message, k->remedy), "%s: %s", k->name, err.message);
        }
        if (!is_int(sound, USES, "%s, whatever was wanted", k->name)) diag("%s", err.message);
    }
}

/* What was wanted decides on the remedy. */
static void test_uses(void)
{
    static const struct {
        pg_file_use use;
        const char *gif, *array;
    } cases[] = {
        {PG_USE_PICTURE, "'giftopnm FILE > FILE.ppm'", "by its name"},
        {PG_USE_LABELS, "labels are IDX of rank 1", "numpy.savetxt('labels.txt'"},
        {PG_USE_STREAM, "'giftopnm FILE | pg-prep'", "pg-prep"},
        {PG_USE_MODEL, "'pg-train -o FILE'", "'pg-train -o FILE'"},
    };
    pg_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pg_refuse_file("x", NULL, cases[i].use, BYTES("GIF89a"), &err);
        ok(strstr(err.message, cases[i].gif), "a GIF: %s", err.message);
        pg_refuse_file("x", NULL, cases[i].use, BYTES("\x93NUMPY\1\0"), &err);
        ok(strstr(err.message, cases[i].array), "an array: %s", err.message);
        pg_refuse_file("x", NULL, cases[i].use, NULL, 0, &err);
        ok(strstr(err.message, "x: empty"), "nothing: %s", err.message);
    }
    pg_refuse_file("x", "an IDX file", PG_USE_IMAGES, BYTES("\xff\xd8\xff"), &err);
    ok(strstr(err.message, ", not an IDX file;"), "what the caller wanted: %s", err.message);
}

/* What is further on, and what only looks like something. */
static void test_places(void)
{
    uint8_t bytes[2048] = {1};
    pg_error err;
    ok(!pg_filetype_name(bytes, sizeof bytes), "bytes of no kind");
    pg_refuse_file("x", NULL, PG_USE_IMAGES, bytes, sizeof bytes, &err);
    ok(strstr(err.message, "it begins with 01 00 00 00 00 00 00 00;"), "are shown: %s",
       err.message);
    memcpy(bytes + 257, "ustar", 5);
    is_string(pg_filetype_name(bytes, sizeof bytes), "a tar archive", "tar");
    ok(!pg_filetype_name(bytes, 260), "which is not told by less");
    memset(bytes + 257, 0, 5);
    memcpy(bytes + 512, "\x89HDF\r\n\x1a\n", 8);
    is_string(pg_filetype_name(bytes, sizeof bytes), "HDF5 data", "HDF5 behind a user block");
    static const struct {
        const uint8_t *bytes;
        size_t count;
    } none[] = {{BYTES("BM\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e")},
                {BYTES("\x80\x80\x80\x80")},
                {BYTES("\x89\x50\xff")},
                {BYTES("P8 \1")},
                {BYTES("BZ\1\2")}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ok(!pg_filetype_name(none[i].bytes, none[i].count), "no kind, %zu", i);
}

/* Every start of everything: a name or none, nothing read beyond. */
static void test_truncations(void)
{
    int wrong = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t n = 1; n < kinds[i].count; n++) {
            pg_error err = {.message = ""};
            uint8_t *copy = malloc(n);
            memcpy(copy, kinds[i].bytes, n);
            pg_refuse_file("x", NULL, PG_USE_STREAM, copy, n, &err);
            wrong += strchr(err.message, ';') == NULL || strchr(err.message, '\n') != NULL;
            free(copy);
        }
    is_int(wrong, 0, "each start of each of them has a message");
}

int main(void)
{
    test_kinds();
    test_uses();
    test_places();
    test_truncations();
    return done_testing();
}
