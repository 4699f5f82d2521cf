/* A MATLAB version 5 file ("MAT-File Format", The MathWorks): a header of 128 bytes, then
 * elements. An element has its type and size in front; it is a variable, or packs one. A
 * variable has parts: flags, dimensions, name, data; each has its type and size in front too. */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <matio.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/filetype.h"
#include "dataset/bytes.h"
#include "dataset/matlab_check.h"

enum {
    HEADER_BYTES = 128,
    ORDER_AT = 124, /* version and byte order, the header's last four bytes */
    TAG_BYTES = 8,
    FLAGS_BYTES = 8,
    MOST_DIMS = 32,
    MOST_NAME = 63,    /* characters, of MATLAB itself */
    START_BYTES = 512, /* more than all parts up to the tag of the data have */
    BUFFER_BYTES = 16384
};

typedef uint32_t take_32(const uint8_t bytes[4]);

typedef struct matlab_file {
    const char *path;
    FILE *stream;
    off_t size;
    take_32 *take; /* in the file's byte order */
} matlab_file;

/* A variable, unpacked. */
typedef struct variable {
    take_32 *take;
    uint8_t start[START_BYTES];
    size_t count;  /* of the bytes in start */
    uint64_t size; /* of all its bytes, those of its own tag too */
} variable;

/* ---- Parts ---- */

typedef struct part {
    uint32_t type, size;
    bool is_short;       /* four bytes of tag, up to four of data */
    uint64_t data, next; /* places in the variable: of its data, of the next part */
} part;

/* The part at a place; false where its tag is not all there. */
static bool read_part(const variable *v, uint64_t at, part *p)
{
    if (at + TAG_BYTES > v->count) return false;
    uint32_t first = v->take(v->start + at);
    p->is_short = first >> 16 != 0;
    p->type = first & 0xffff;
    p->size = p->is_short ? first >> 16 : v->take(v->start + at + 4);
    p->data = at + (p->is_short ? 4 : TAG_BYTES);
    p->next = at + TAG_BYTES + (p->is_short ? 0 : (p->size + (uint64_t)7) / 8 * 8);
    return !p->is_short || p->size <= 4;
}

/* The same of a part that has to be of one type and, the name aside, a long one. */
static bool read_typed(const variable *v, uint64_t at, uint32_t type, part *p)
{
    return read_part(v, at, p) && p->type == type && (!p->is_short || type == MAT_T_INT8);
}

/* Bytes of a number or character of a type of data; 0 for what is none. */
static size_t width_of(uint32_t type)
{
    static const uint8_t widths[] = {
        [MAT_T_INT8] = 1,  [MAT_T_UINT8] = 1,  [MAT_T_INT16] = 2,  [MAT_T_UINT16] = 2,
        [MAT_T_INT32] = 4, [MAT_T_UINT32] = 4, [MAT_T_SINGLE] = 4, [MAT_T_DOUBLE] = 8,
        [MAT_T_INT64] = 8, [MAT_T_UINT64] = 8, [MAT_T_UTF8] = 1,   [MAT_T_UTF16] = 2,
        [MAT_T_UTF32] = 4};
    return type < sizeof widths ? widths[type] : 0;
}

/* Whether the data are as large as the dimensions say. */
static bool fills(const variable *v, const part *dims, const part *data)
{
    size_t bytes = width_of(data->type);
    for (uint32_t at = 0; at < dims->size; at += 4)
        if (!pg_size_multiply(bytes, v->take(v->start + dims->data + at), &bytes)) return false;
    return bytes == data->size;
}

static pg_status broken(const matlab_file *f, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: a variable is broken, its parts are not what it says; save it again",
                   f->path);
}

static bool read_flags(const variable *v, part *flags)
{
    part whole;
    return read_typed(v, 0, MAT_T_MATRIX, &whole) &&
           read_typed(v, whole.data, MAT_T_UINT32, flags) && flags->size == FLAGS_BYTES;
}

/* Whether the parts after the flags are sound. */
static bool is_sound(const variable *v, uint64_t at, uint32_t class)
{
    part dims, name, data;
    if (!read_typed(v, at, MAT_T_INT32, &dims) || dims.size > 4 * MOST_DIMS || dims.size % 4 != 0)
        return false;
    if (!read_typed(v, dims.next, MAT_T_INT8, &name) || name.size > MOST_NAME) return false;
    if (!read_part(v, name.next, &data) || width_of(data.type) == 0 ||
        data.data + data.size > v->size)
        return false;
    return class == MAT_C_CHAR || class == MAT_C_SPARSE || fills(v, &dims, &data);
}

static pg_status check_variable(const matlab_file *f, const variable *v, pg_error *err)
{
    part flags;
    uint32_t class = read_flags(v, &flags) ? v->take(v->start + flags.data) & 0xff : 0;
    if (class >= MAT_C_CHAR && class <= MAT_C_UINT64)
        return is_sound(v, flags.next, class) ? PG_OK : broken(f, err);
    if (class == 0) return broken(f, err);
    return pg_fail(err, PG_ERR_UNSUPPORTED,
                   "%s: holds a cell array, a structure or a function; save X and y alone",
                   f->path);
}

/* ---- Elements ---- */

static void take_unpacked(variable *v, const uint8_t *bytes, size_t count)
{
    size_t room = START_BYTES - v->count, kept = count < room ? count : room;
    memcpy(v->start + v->count, bytes, kept);
    v->count += kept;
    v->size += count;
}

static bool refill(const matlab_file *f, uint64_t *left, uint8_t *buffer, z_stream *zlib)
{
    size_t count = *left < BUFFER_BYTES ? (size_t)*left : BUFFER_BYTES;
    *left -= count;
    zlib->next_in = buffer;
    zlib->avail_in = (uInt)count;
    return count > 0 && fread(buffer, 1, count, f->stream) == count;
}

/* Unpacks all `left` bytes that come next; false where they are broken. */
static bool unpack(const matlab_file *f, uint64_t left, variable *v)
{
    uint8_t in[BUFFER_BYTES], out[BUFFER_BYTES];
    z_stream zlib = {0};
    if (inflateInit(&zlib) != Z_OK) return false;
    int state = Z_OK;
    while ((state == Z_OK || state == Z_BUF_ERROR) && refill(f, &left, in, &zlib))
        do {
            zlib.next_out = out;
            zlib.avail_out = sizeof out;
            state = inflate(&zlib, Z_NO_FLUSH);
            take_unpacked(v, out, sizeof out - zlib.avail_out);
        } while (state == Z_OK && zlib.avail_out == 0);
    inflateEnd(&zlib);
    return state == Z_STREAM_END;
}

/* The tag of the element at a place, and the bytes that follow. */
static pg_status read_tag(const matlab_file *f, off_t at, uint8_t tag[TAG_BYTES], off_t *size,
                          pg_error *err)
{
    if (fseeko(f->stream, at, SEEK_SET) != 0)
        return pg_fail_errno(err, errno, "%s: cannot read", f->path);
    bool whole = fread(tag, 1, TAG_BYTES, f->stream) == TAG_BYTES;
    *size = whole ? (off_t)f->take(tag + 4) : f->size;
    if (*size > f->size - at - TAG_BYTES)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: truncated, an element does not fit in the %lld bytes of the file",
                       f->path, (long long)f->size);
    if (*size > INT_MAX)
        return pg_fail(err, PG_ERR_UNSUPPORTED, "%s: a variable has more than 2 GiB", f->path);
    return PG_OK;
}

static pg_status check_element(const matlab_file *f, off_t at, off_t *next, pg_error *err)
{
    variable v = {.take = f->take};
    uint8_t tag[TAG_BYTES];
    off_t size = 0;
    pg_status status = read_tag(f, at, tag, &size, err);
    if (status != PG_OK) return status;
    *next = at + TAG_BYTES + size;
    if (f->take(tag) == MAT_T_COMPRESSED) {
        if (!unpack(f, (uint64_t)size, &v))
            return pg_fail(err, PG_ERR_FORMAT,
                           "%s: a compressed variable is broken or cut short; save it again",
                           f->path);
    } else {
        take_unpacked(&v, tag, TAG_BYTES);
        v.count += fread(v.start + v.count, 1, START_BYTES - v.count, f->stream);
        v.size += (uint64_t)size;
    }
    return check_variable(f, &v, err);
}

/* matio takes what has another version or order for a file of version 4 or 7.3. */
static pg_status check_header(matlab_file *f, pg_error *err)
{
    static const char start[] = "MATLAB 5.0";
    uint8_t header[HEADER_BYTES];
    struct stat info;
    if (fstat(fileno(f->stream), &info) != 0)
        return pg_fail_errno(err, errno, "%s: cannot read", f->path);
    f->size = info.st_size;
    size_t count = fread(header, 1, sizeof header, f->stream);
    if (count < sizeof start - 1 || memcmp(header, start, sizeof start - 1) != 0)
        return pg_refuse_file(f->path, "a MATLAB version 5 file", PG_USE_IMAGES, header, count,
                              err);
    if (count == sizeof header) {
        const uint8_t *order = header + ORDER_AT;
        if (memcmp(order, "\x00\x01IM", 4) == 0) f->take = pg_little_endian_32;
        if (memcmp(order, "\x01\x00MI", 4) == 0) f->take = pg_big_endian_32;
    }
    return f->take ? PG_OK
                   : pg_fail(err, PG_ERR_UNSUPPORTED,
                             "%s: not a MATLAB version 5 file; save it with -v7 or -v6", f->path);
}

/* Nothing but zeros from there on: they pad the file. */
static bool is_padding(const matlab_file *f, off_t at)
{
    uint8_t bytes[BUFFER_BYTES];
    size_t count;
    if (f->size - at < TAG_BYTES) return false; /* the start of a tag may be zero, too */
    if (fseeko(f->stream, at, SEEK_SET) != 0) return false;
    while ((count = fread(bytes, 1, sizeof bytes, f->stream)) > 0)
        for (size_t i = 0; i < count; i++)
            if (bytes[i]) return false;
    return feof(f->stream);
}

static pg_status check_all(matlab_file *f, uint64_t *padding, pg_error *err)
{
    off_t at = HEADER_BYTES;
    pg_status status = check_header(f, err);
    while (status == PG_OK && at != f->size && (at == HEADER_BYTES || !is_padding(f, at)))
        status = check_element(f, at, &at, err);
    *padding = status == PG_OK ? (uint64_t)(f->size - at) : 0;
    return status;
}

pg_status pg_matlab_check(const char *path, uint64_t *padding, pg_error *err)
{
    matlab_file file = {.path = path, .stream = fopen(path, "rb")};
    if (!file.stream) return pg_fail_errno(err, errno, "%s: cannot open", path);
    pg_status status = check_all(&file, padding, err);
    fclose(file.stream);
    return status;
}
