/* A header of 128 bytes, then elements. An element has its type and size in front; it is a
 * variable, or packs one. A variable has parts: flags, dimensions, name, data; each has its type
 * and size in front too. */
#include <config.h>

#include "dataset/matlab_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/filetype.h"
#include "dataset/bytes.h"

enum {
    HEADER_BYTES = 128,
    ORDER_AT = 124, /* version and byte order, the header's last four bytes */
    TAG_BYTES = 8,
    FLAGS_BYTES = 8,
    COMPLEX_FLAG = 0x800,
    START_BYTES = 512, /* more than all parts up to the tag of the data have */
    BUFFER_BYTES = 16384,
    MOST_VARIABLES = 65536
};

/* Types of stored data (mi...). */
enum {
    INT8 = 1,
    UINT8,
    INT16,
    UINT16,
    INT32,
    UINT32,
    SINGLE,
    DOUBLE = 9,
    INT64 = 12,
    UINT64,
    MATRIX,
    COMPRESSED,
    UTF8,
    UTF16,
    UTF32
};

typedef uint32_t take_32(const uint8_t bytes[4]);

/* Elements are unpacked, or passed on as they are, through here. */
typedef struct unpacker {
    z_stream zlib;
    bool is_compressed, is_open, at_end;
    uint64_t left; /* bytes of the element in the file that were not read yet */
    uint8_t in[BUFFER_BYTES];
} unpacker;

struct pg_matlab_file {
    char *path;
    FILE *stream;
    int64_t size;
    take_32 *take; /* in the file's byte order */
    pg_matlab_variable *variable;
    size_t count, room;
    unpacker unpacker;
};

/* The start of a variable, unpacked. */
typedef struct start {
    take_32 *take;
    uint8_t bytes[START_BYTES];
    size_t count;  /* of the bytes that are there */
    uint64_t size; /* of the whole variable, its own tag too */
} start;

/* ---- Bytes of an element ---- */

static void stop(unpacker *u)
{
    if (u->is_open) inflateEnd(&u->zlib);
    u->is_open = false;
}

static bool begin(pg_matlab_file *f, int64_t at, uint64_t size, bool is_compressed)
{
    unpacker *u = &f->unpacker;
    stop(u);
    u->zlib = (z_stream){0};
    u->is_compressed = is_compressed;
    u->at_end = false;
    u->left = size;
    if (fseeko(f->stream, (off_t)at, SEEK_SET) != 0) return false;
    u->is_open = is_compressed && inflateInit(&u->zlib) == Z_OK;
    return u->is_open == is_compressed;
}

static bool refill(pg_matlab_file *f)
{
    unpacker *u = &f->unpacker;
    size_t count = u->left < BUFFER_BYTES ? (size_t)u->left : BUFFER_BYTES;
    u->left -= count;
    u->zlib.next_in = u->in;
    u->zlib.avail_in = (uInt)count;
    return count > 0 && fread(u->in, 1, count, f->stream) == count;
}

/* Unpacks up to `count` bytes; fewer at the end, which at_end confirms, or where it is broken. */
static size_t inflate_bytes(pg_matlab_file *f, uint8_t *bytes, size_t count)
{
    unpacker *u = &f->unpacker;
    u->zlib.next_out = bytes;
    u->zlib.avail_out = (uInt)count;
    while (u->zlib.avail_out && !u->at_end) {
        if (!u->zlib.avail_in && !refill(f)) break;
        int state = inflate(&u->zlib, Z_NO_FLUSH);
        u->at_end = state == Z_STREAM_END;
        if (state != Z_OK && !u->at_end) break;
    }
    return count - u->zlib.avail_out;
}

static size_t copy_bytes(pg_matlab_file *f, uint8_t *bytes, size_t count)
{
    unpacker *u = &f->unpacker;
    size_t got = fread(bytes, 1, count < u->left ? count : (size_t)u->left, f->stream);
    u->left -= got;
    u->at_end = u->left == 0;
    return got;
}

/* The next bytes of the element: up to `count`, at most BUFFER_BYTES. */
static size_t next_bytes(pg_matlab_file *f, uint8_t *bytes, size_t count)
{
    return f->unpacker.is_compressed ? inflate_bytes(f, bytes, count) : copy_bytes(f, bytes, count);
}

/* ---- Parts ---- */

typedef struct part {
    uint32_t type, size;
    bool is_short;       /* four bytes of tag, up to four of data */
    uint64_t data, next; /* places in the variable: of its data, of the next part */
} part;

/* The part at a place; false where its tag is not all there. */
static bool read_part(const start *v, uint64_t at, part *p)
{
    if (at + TAG_BYTES > v->count) return false;
    uint32_t first = v->take(v->bytes + at);
    p->is_short = first >> 16 != 0;
    p->type = first & 0xffff;
    p->size = p->is_short ? first >> 16 : v->take(v->bytes + at + 4);
    p->data = at + (p->is_short ? 4 : TAG_BYTES);
    p->next = at + TAG_BYTES + (p->is_short ? 0 : (p->size + (uint64_t)7) / 8 * 8);
    return !p->is_short || p->size <= 4;
}

/* The same of a part that has to be of one type and, the name aside, a long one. */
static bool read_typed(const start *v, uint64_t at, uint32_t type, part *p)
{
    return read_part(v, at, p) && p->type == type && (!p->is_short || type == INT8);
}

/* Bytes of a number or character of a type of data; 0 for what is none. */
static size_t width_of(uint32_t type)
{
    static const uint8_t widths[] = {
        [INT8] = 1,   [UINT8] = 1,  [INT16] = 2,  [UINT16] = 2, [INT32] = 4,
        [UINT32] = 4, [SINGLE] = 4, [DOUBLE] = 8, [INT64] = 8,  [UINT64] = 8,
        [UTF8] = 1,   [UTF16] = 2,  [UTF32] = 4};
    return type < sizeof widths ? widths[type] : 0;
}

/* Whether the data are as large as the dimensions say. */
static bool fills(const pg_matlab_variable *a, const part *data)
{
    size_t bytes = a->width;
    for (int i = 0; i < a->rank; i++)
        if (!pg_size_multiply(bytes, a->dims[i], &bytes)) return false;
    return bytes == data->size;
}

static bool read_flags(const start *v, pg_matlab_variable *a, part *flags)
{
    part whole;
    if (!read_typed(v, 0, MATRIX, &whole) || !read_typed(v, whole.data, UINT32, flags) ||
        flags->size != FLAGS_BYTES || flags->next > v->count)
        return false;
    uint32_t word = v->take(v->bytes + flags->data);
    a->class = (int)(word & 0xff);
    a->is_complex = word & COMPLEX_FLAG;
    return a->class != 0;
}

static bool read_dims(const start *v, uint64_t at, pg_matlab_variable *a, part *dims)
{
    if (!read_typed(v, at, INT32, dims) || dims->size > 4 * PG_MATLAB_MOST_DIMS ||
        dims->size % 4 != 0 || dims->next > v->count)
        return false;
    a->rank = (int)(dims->size / 4);
    for (int i = 0; i < a->rank; i++)
        a->dims[i] = v->take(v->bytes + dims->data + 4 * (size_t)i);
    return true;
}

static bool read_name(const start *v, uint64_t at, pg_matlab_variable *a, part *name)
{
    if (!read_typed(v, at, INT8, name) || name->size > PG_MATLAB_MOST_NAME || name->next > v->count)
        return false;
    memcpy(a->name, v->bytes + name->data, name->size);
    a->name[name->size] = '\0';
    return true;
}

static bool has_data(const pg_matlab_variable *a)
{
    return a->class >= PG_MATLAB_CHAR && a->class <= PG_MATLAB_UINT64;
}

/* Reads the parts of an array; false where they are not what they say. Cell arrays and the like
 * are not looked into, and an object has other parts. */
static bool read_parts(const start *v, pg_matlab_variable *a)
{
    part flags, dims, name, data;
    if (!read_flags(v, a, &flags)) return false;
    bool ok = read_dims(v, flags.next, a, &dims) && read_name(v, dims.next, a, &name);
    if (!has_data(a)) return true;
    if (!ok || !read_part(v, name.next, &data)) return false;
    a->type = (int)data.type;
    a->width = width_of(data.type);
    a->data = (size_t)data.data;
    if (!a->width || data.data + data.size > v->size) return false;
    return a->class == PG_MATLAB_CHAR || a->class == PG_MATLAB_SPARSE || fills(a, &data);
}

/* ---- Elements ---- */

/* Reads an element through and keeps its start; false where it does not unpack. */
static bool read_through(pg_matlab_file *f, start *v)
{
    uint8_t bytes[BUFFER_BYTES];
    size_t got;
    while ((got = next_bytes(f, bytes, sizeof bytes)) > 0) {
        size_t room = START_BYTES - v->count, kept = got < room ? got : room;
        memcpy(v->bytes + v->count, bytes, kept);
        v->count += kept;
        v->size += got;
        if (!f->unpacker.is_compressed && !kept) break; /* nothing in the rest can be wrong */
    }
    return f->unpacker.at_end || !f->unpacker.is_compressed;
}

/* The tag of the element at a place, and the bytes that follow. */
static pg_status read_tag(pg_matlab_file *f, int64_t at, uint32_t *type, int64_t *size,
                          pg_error *err)
{
    uint8_t tag[TAG_BYTES];
    if (fseeko(f->stream, (off_t)at, SEEK_SET) != 0)
        return pg_fail_errno(err, errno, "%s: cannot read", f->path);
    bool whole = fread(tag, 1, TAG_BYTES, f->stream) == TAG_BYTES;
    *type = whole ? f->take(tag) : 0;
    *size = whole ? (int64_t)f->take(tag + 4) : f->size;
    if (*size > f->size - at - TAG_BYTES)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: truncated, an element does not fit in the %lld bytes of the file",
                       f->path, (long long)f->size);
    return PG_OK;
}

static pg_status keep(pg_matlab_file *f, const pg_matlab_variable *variable, pg_error *err)
{
    if (f->count == MOST_VARIABLES)
        return pg_fail(err, PG_ERR_LIMIT, "%s: more than %d variables; save X and y alone", f->path,
                       MOST_VARIABLES);
    if (f->count == f->room) {
        size_t room = 2 * f->room + 4;
        pg_matlab_variable *grown = realloc(f->variable, room * sizeof *grown);
        if (!grown) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", f->path);
        f->variable = grown;
        f->room = room;
    }
    f->variable[f->count++] = *variable;
    return PG_OK;
}

/* Reads the variable at a place and moves on to the next. */
static pg_status read_element(pg_matlab_file *f, int64_t *at, pg_error *err)
{
    pg_matlab_variable variable = {0};
    start v = {.take = f->take};
    uint32_t type = 0;
    pg_status status = read_tag(f, *at, &type, &variable.size, err);
    if (status != PG_OK) return status;
    int64_t end = *at + TAG_BYTES + variable.size;
    variable.is_compressed = type == COMPRESSED;
    variable.at = variable.is_compressed ? *at + TAG_BYTES : *at;
    variable.size = end - variable.at;
    if (!begin(f, variable.at, (uint64_t)variable.size, variable.is_compressed) ||
        !read_through(f, &v))
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: a compressed variable is broken or cut short; save it again", f->path);
    if (!variable.is_compressed) v.size = (uint64_t)variable.size;
    if (!read_parts(&v, &variable))
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: a variable is broken, its parts are not what it says; save it again",
                       f->path);
    *at = end;
    return keep(f, &variable, err);
}

/* ---- The file ---- */

static pg_status check_header(pg_matlab_file *f, pg_error *err)
{
    static const char words[] = "MATLAB 5.0";
    uint8_t header[HEADER_BYTES];
    struct stat info;
    if (fstat(fileno(f->stream), &info) != 0)
        return pg_fail_errno(err, errno, "%s: cannot read", f->path);
    f->size = info.st_size;
    size_t count = fread(header, 1, sizeof header, f->stream);
    if (count < sizeof words - 1 || memcmp(header, words, sizeof words - 1) != 0)
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
static bool is_padding(pg_matlab_file *f, int64_t at)
{
    uint8_t bytes[BUFFER_BYTES];
    size_t count;
    if (f->size - at < TAG_BYTES) return false; /* the start of a tag may be zero, too */
    if (fseeko(f->stream, (off_t)at, SEEK_SET) != 0) return false;
    while ((count = fread(bytes, 1, sizeof bytes, f->stream)) > 0)
        for (size_t i = 0; i < count; i++)
            if (bytes[i]) return false;
    return feof(f->stream);
}

static pg_status read_all(pg_matlab_file *f, uint64_t *padding, pg_error *err)
{
    int64_t at = HEADER_BYTES;
    pg_status status = check_header(f, err);
    while (status == PG_OK && at != f->size && (at == HEADER_BYTES || !is_padding(f, at)))
        status = read_element(f, &at, err);
    *padding = status == PG_OK ? (uint64_t)(f->size - at) : 0;
    return status;
}

pg_status pg_matlab_open(const char *path, pg_matlab_file **file, uint64_t *padding, pg_error *err)
{
    *file = NULL;
    pg_matlab_file *f = calloc(1, sizeof *f);
    if (!f || !(f->path = strdup(path))) {
        free(f);
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    }
    f->stream = fopen(path, "rb");
    pg_status status =
        f->stream ? read_all(f, padding, err) : pg_fail_errno(err, errno, "%s: cannot open", path);
    if (status == PG_OK)
        *file = f;
    else
        pg_matlab_close(f);
    return status;
}

void pg_matlab_close(pg_matlab_file *f)
{
    if (!f) return;
    stop(&f->unpacker);
    if (f->stream) fclose(f->stream);
    free(f->variable);
    free(f->path);
    free(f);
}

const pg_matlab_variable *pg_matlab_find(const pg_matlab_file *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->variable[i].name, name) == 0) return &f->variable[i];
    return NULL;
}

/* ---- Numbers ---- */

pg_status pg_matlab_read(pg_matlab_file *f, void *bytes, size_t count, pg_error *err)
{
    uint8_t *next = bytes;
    while (count > 0) {
        size_t got = next_bytes(f, next, count < BUFFER_BYTES ? count : BUFFER_BYTES);
        if (!got)
            return pg_fail(err, PG_ERR_FORMAT, "%s: changed while it was read; try again", f->path);
        next += got;
        count -= got;
    }
    return PG_OK;
}

pg_status pg_matlab_start(pg_matlab_file *f, const pg_matlab_variable *v, pg_error *err)
{
    uint8_t before[START_BYTES];
    if (!begin(f, v->at, (uint64_t)v->size, v->is_compressed))
        return pg_fail(err, PG_ERR_IO, "%s: cannot read", f->path);
    return pg_matlab_read(f, before, v->data, err);
}

/* The bits of a number, which has that many bytes in the file's order. */
static uint64_t take_bits(const pg_matlab_file *f, const uint8_t *bytes, size_t width)
{
    uint64_t bits = 0;
    bool big = f->take == pg_big_endian_32;
    for (size_t i = 0; i < width; i++)
        bits = bits << 8 | bytes[big ? i : width - 1 - i];
    return bits;
}

static double float_of(uint64_t bits)
{
    float value;
    uint32_t half = (uint32_t)bits;
    memcpy(&value, &half, sizeof value);
    return (double)value;
}

static double double_of(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double pg_matlab_number(const pg_matlab_file *f, const pg_matlab_variable *v, const uint8_t *bytes)
{
    uint64_t bits = take_bits(f, bytes, v->width);
    switch (v->type) {
    case INT8:
        return (int8_t)bits;
    case INT16:
        return (int16_t)bits;
    case INT32:
        return (int32_t)bits;
    case INT64:
        return (double)(int64_t)bits;
    case SINGLE:
        return float_of(bits);
    case DOUBLE:
        return double_of(bits);
    default: /* unsigned; what is too large for a double is rounded */
        return (double)bits;
    }
}
