/* Small data sets of every format, made byte by byte from their definitions, so
 * that they owe nothing to the code under test. All hold the same kind of
 * examples: value_at() gives each byte, example i has label i % 3.
 */
#ifndef TESTS_FIXTURES_H
#define TESTS_FIXTURES_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { CLASSES = 3 };

typedef struct bytes {
    uint8_t data[65536];
    size_t size;
} bytes;

/* Pixel (y, x), channel c, of example i: all differ nearby. */
static inline uint8_t value_at(int i, int y, int x, int c)
{
    return (uint8_t)(i * 101 + y * 31 + x * 7 + c * 59 + (i * y + x * c) % 5);
}

static inline void put_byte(bytes *b, unsigned value)
{
    if (b->size == sizeof b->data) abort();
    b->data[b->size++] = (uint8_t)value;
}

static inline void put(bytes *b, const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put_byte(b, ((const uint8_t *)data)[i]);
}

static inline void put_text(bytes *b, const char *text)
{
    put(b, text, strlen(text));
}

static inline void put_big(bytes *b, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        put_byte(b, value >> shift & 255);
}

static inline void put_little(bytes *b, uint32_t value)
{
    for (int shift = 0; shift < 32; shift += 8)
        put_byte(b, value >> shift & 255);
}

/* H x W x C pixels of example i. */
static inline void put_image(bytes *b, int i, int height, int width, int channels)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                put_byte(b, value_at(i, y, x, c));
}

static inline void make_idx_images(bytes *b, int count, int height, int width, int channels)
{
    b->size = 0;
    put_big(b, channels == 1 ? 0x0803 : 0x0804);
    put_big(b, (uint32_t)count);
    put_big(b, (uint32_t)height);
    put_big(b, (uint32_t)width);
    if (channels != 1) put_big(b, (uint32_t)channels);
    for (int i = 0; i < count; i++)
        put_image(b, i, height, width, channels);
}

static inline void make_idx_labels(bytes *b, int count)
{
    b->size = 0;
    put_big(b, 0x0801);
    put_big(b, (uint32_t)count);
    for (int i = 0; i < count; i++)
        put_byte(b, (unsigned)(i % CLASSES));
}

static inline void make_text_labels(bytes *b, int count)
{
    b->size = 0;
    for (int i = 0; i < count; i++) {
        put_byte(b, (unsigned)('0' + i % CLASSES));
        put_byte(b, '\n');
    }
}

static inline void make_norb_images(bytes *b, int count, int height, int width)
{
    b->size = 0;
    put_little(b, 0x1E3D4C55);
    put_little(b, 4);
    put_little(b, (uint32_t)count);
    put_little(b, 2);
    put_little(b, (uint32_t)height);
    put_little(b, (uint32_t)width);
    for (int i = 0; i < count; i++)
        for (int camera = 0; camera < 2; camera++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    put_byte(b, value_at(i, y, x, camera));
}

/* columns 0: -cat, of rank 1; else -info. A NORB header has three sizes at least. */
static inline void make_norb_numbers(bytes *b, int count, int columns)
{
    b->size = 0;
    put_little(b, 0x1E3D4C54);
    put_little(b, columns ? 2 : 1);
    put_little(b, (uint32_t)count);
    put_little(b, columns ? (uint32_t)columns : 1);
    put_little(b, 1);
    for (int i = 0; i < count; i++)
        for (int c = 0; c < (columns ? columns : 1); c++)
            put_little(b, (uint32_t)(columns ? 10 * i + c : i % CLASSES));
}

/* label_bytes 1: CIFAR-10; 2: CIFAR-100, whose coarse label is 1 less than the fine one. */
static inline void make_cifar(bytes *b, int count, int label_bytes)
{
    b->size = 0;
    for (int i = 0; i < count; i++) {
        if (label_bytes == 2) put_byte(b, (unsigned)(i % CLASSES + 10));
        put_byte(b, (unsigned)(i % CLASSES));
        for (int c = 0; c < 3; c++)
            for (int y = 0; y < 32; y++)
                for (int x = 0; x < 32; x++)
                    put_byte(b, value_at(i, y, x, c));
    }
}

static inline void make_pgms(bytes *b, int count, int height, int width)
{
    char header[64];
    b->size = 0;
    for (int i = 0; i < count; i++) {
        snprintf(header, sizeof header, "P5\n%d %d\n255\n", width, height);
        put_text(b, header);
        put_image(b, i, height, width, 1);
    }
}

static inline void put_png_chunk(bytes *b, const char *name, const uint8_t *data, size_t size)
{
    put_big(b, (uint32_t)size);
    size_t start = b->size;
    put_text(b, name);
    put(b, data, size);
    put_big(b, (uint32_t)crc32(0, b->data + start, (uInt)(b->size - start)));
}

/* Every dy-th row from y0 on, of it every dx-th pixel from x0 on; no filter. The channel
 * after RGB is opaque. */
static inline void put_png_pass(bytes *rows, int i, int height, int width, int channels,
                                const int start[2], const int step[2])
{
    for (int y = start[0]; y < height && start[1] < width; y += step[0]) {
        put_byte(rows, 0);
        for (int x = start[1]; x < width; x += step[1])
            for (int c = 0; c < channels; c++)
                put_byte(rows, c == 3 ? 255 : value_at(i, y, x, c));
    }
}

/* One 8-bit PNG, grey, RGB or RGBA; the passes are Adam7's. */
static inline void put_any_png(bytes *b, int i, int height, int width, int channels, int interlaced)
{
    static const int starts[][2] = {{0, 0}, {0, 4}, {4, 0}, {0, 2}, {2, 0}, {0, 1}, {1, 0}};
    static const int steps[][2] = {{8, 8}, {8, 8}, {8, 4}, {4, 4}, {4, 2}, {2, 2}, {2, 1}};
    static const int all[2] = {0, 0}, each[2] = {1, 1};
    static bytes rows, header;
    static uint8_t packed[32768];
    uLongf packed_size = sizeof packed;
    rows.size = header.size = 0;
    put_big(&header, (uint32_t)width);
    put_big(&header, (uint32_t)height);
    put(&header,
        (const uint8_t[]){8,
                          channels == 4   ? 6
                          : channels == 3 ? 2
                                          : 0,
                          0, 0, interlaced != 0},
        5);
    for (int pass = 0; interlaced && pass < 7; pass++)
        put_png_pass(&rows, i, height, width, channels, starts[pass], steps[pass]);
    if (!interlaced) put_png_pass(&rows, i, height, width, channels, all, each);
    if (compress(packed, &packed_size, rows.data, rows.size) != Z_OK) abort();
    put(b, "\x89PNG\r\n\x1a\n", 8);
    put_png_chunk(b, "IHDR", header.data, header.size);
    put_png_chunk(b, "IDAT", packed, packed_size);
    put_png_chunk(b, "IEND", NULL, 0);
}

static inline void put_png(bytes *b, int i, int height, int width, int channels)
{
    put_any_png(b, i, height, width, channels, 0);
}

static inline void make_pngs(bytes *b, int count, int height, int width, int channels)
{
    b->size = 0;
    for (int i = 0; i < count; i++)
        put_png(b, i, height, width, channels);
}

/* A plain .npy array of bytes, N x H x W. */
static inline void make_npy(bytes *b, int count, int height, int width)
{
    char header[119];
    b->size = 0;
    int used = snprintf(header, sizeof header,
                        "{'descr': '|u1', 'fortran_order': False, 'shape': (%d, %d, %d), }", count,
                        height, width);
    put(b, "\x93NUMPY\x01\x00\x76\x00", 10);
    for (int i = 0; i < 118; i++)
        put_byte(b, i == 117 ? '\n' : i < used ? (uint8_t)header[i] : ' ');
    for (int i = 0; i < count; i++)
        put_image(b, i, height, width, 1);
}

/* ---- MATLAB version 5 ---- */

static inline void put_tagged(bytes *b, uint32_t type, const uint8_t *data, size_t size)
{
    put_little(b, type);
    put_little(b, (uint32_t)size);
    put(b, data, size);
    while (b->size % 8)
        put_byte(b, 0);
}

/* A miMATRIX element of class uint8. */
static inline void put_matrix(bytes *b, const char *name, const int *dims, int rank,
                              const bytes *data)
{
    static bytes matrix, sizes;
    matrix.size = sizes.size = 0;
    for (int i = 0; i < rank; i++)
        put_little(&sizes, (uint32_t)dims[i]);
    put_tagged(&matrix, 6, (const uint8_t[]){9, 0, 0, 0, 0, 0, 0, 0}, 8); /* flags: mxUINT8 */
    put_tagged(&matrix, 5, sizes.data, sizes.size);
    put_tagged(&matrix, 1, (const uint8_t *)name, strlen(name));
    put_tagged(&matrix, 2, data->data, data->size);
    put_tagged(b, 14, matrix.data, matrix.size);
}

/* Replaces the last element, which begins at `start`, by itself compressed. */
static inline void compress_element(bytes *b, size_t start)
{
    static bytes plain;
    uint8_t packed[16384];
    uLongf packed_size = sizeof packed;
    plain.size = 0;
    put(&plain, b->data + start, b->size - start);
    if (compress(packed, &packed_size, plain.data, plain.size) != Z_OK) abort();
    b->size = start;
    put_little(b, 15);
    put_little(b, (uint32_t)packed_size);
    put(b, packed, packed_size); /* not padded */
}

/* X is H x W x 3 x N in column-major order; y has 10 for label 0. Returns where y begins. */
static inline size_t make_matlab(bytes *b, int count, int height, int width, int compressed)
{
    static bytes x, y;
    x.size = y.size = b->size = 0;
    put_text(b, "MATLAB 5.0 MAT-file, Platform: none, Created on: no day");
    while (b->size < 124)
        put_byte(b, b->size < 116 ? ' ' : 0);
    put(b, "\x00\x01IM", 4);
    for (int i = 0; i < count; i++) {
        put_byte(&y, i % CLASSES ? (unsigned)(i % CLASSES) : 10);
        for (int c = 0; c < 3; c++)
            for (int column = 0; column < width; column++)
                for (int row = 0; row < height; row++)
                    put_byte(&x, value_at(i, row, column, c));
    }
    size_t start = b->size;
    put_matrix(b, "X", (const int[]){height, width, 3, count}, 4, &x);
    if (compressed) compress_element(b, start);
    start = b->size;
    put_matrix(b, "y", (const int[]){count, 1}, 2, &y);
    if (compressed) compress_element(b, start);
    return start;
}

static inline void swap_words(uint8_t *bytes, int count)
{
    for (; count > 0; count--, bytes += 4)
        for (int i = 0; i < 2; i++) {
            uint8_t kept = bytes[i];
            bytes[i] = bytes[3 - i];
            bytes[3 - i] = kept;
        }
}

/* The same as a big-endian machine writes it: tags, flags and dimensions turned round. */
static inline size_t make_big_endian_matlab(bytes *b, int count, int height, int width)
{
    size_t y = make_matlab(b, count, height, width, 0);
    memcpy(b->data + 124, "\x01\x00MI", 4);
    swap_words(b->data + 128, 14); /* up to X's name, then the tag of its data */
    swap_words(b->data + 128 + 64, 2);
    swap_words(b->data + y, 12);
    swap_words(b->data + y + 56, 2);
    return y;
}

/* ---- Files ---- */

static inline void gzip_bytes(bytes *b)
{
    static bytes packed;
    z_stream zlib = {0};
    if (deflateInit2(&zlib, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) abort();
    zlib.next_in = b->data;
    zlib.avail_in = (uInt)b->size;
    zlib.next_out = packed.data;
    zlib.avail_out = sizeof packed.data;
    if (deflate(&zlib, Z_FINISH) != Z_STREAM_END) abort();
    packed.size = sizeof packed.data - zlib.avail_out;
    deflateEnd(&zlib);
    *b = packed;
}

static inline void write_bytes(const char *path, const bytes *b, size_t size)
{
    FILE *stream = fopen(path, "wb");
    if (!stream || fwrite(b->data, 1, size, stream) != size || fclose(stream) != 0) {
        perror(path);
        exit(1);
    }
}

#endif
