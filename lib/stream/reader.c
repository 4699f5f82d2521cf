#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/filetype.h"
#include "pixelgan/stream.h"
#include "stream/fdio.h"
#include "stream/mapping.h"
#include "stream/npy.h"
#include "stream/reader.h"
#include "stream/schema.h"
#include "stream/values.h"

enum {
    REMARK_BYTES = 512,
    MOST_OF_DARK = 63,     /* of 255, in all images */
    MOST_PADDING = 1 << 24 /* zeros at the end that are passed over */
};

struct pg_reader {
    char *name;
    bool owns_fd;
    pg_input input;
    pg_schema schema;  /* of the first array and so of all */
    pg_npy npy;        /* layout of the array being read */
    uint64_t array_at; /* byte where its header starts */
    uint64_t left;     /* examples of it still to come */
    uint64_t index;    /* examples handed out */
    unsigned opened;   /* chunked streams opened and not yet ended */
    pg_reading reading;
    bool ended;
    /* Of images that are converted. */
    pg_range range;
    uint8_t most;   /* of bytes that were taken as they are */
    bool has_bytes; /* there were some */
    uint8_t *raw;   /* examples as they came */
    double *values; /* of one example, or of the first chunk */
    size_t raw_room, values_room;
    char layout_note[REMARK_BYTES], values_note[REMARK_BYTES]; /* empty: none */
    char remark[REMARK_BYTES];                                 /* empty: none */
};

/* --- headers ------------------------------------------------------------- */

/* Why fewer bytes came than needed. */
static pg_status refuse_short(const pg_reader *reader, const char *what, pg_error *err)
{
    if (reader->input.error)
        return pg_fail_errno(err, reader->input.error, "%s: cannot read", reader->name);
    return pg_fail(err, PG_ERR_FORMAT, "%s: truncated at byte %" PRIu64 ": %s", reader->name,
                   reader->input.offset, what);
}

/* Bytes that are no header, after an array or at the start. */
static pg_status refuse_bytes(pg_reader *reader, pg_error *err)
{
    size_t count;
    const uint8_t *bytes = pg_input_peek(&reader->input, PG_FILETYPE_BYTES, &count);
    if (reader->input.error) return refuse_short(reader, "", err);
    if (reader->input.offset == 0)
        return pg_refuse_file(reader->name, NULL, PG_USE_STREAM, bytes, count, err);
    const char *what = pg_filetype_name(bytes, count);
    uint8_t first[4] = {0};
    memcpy(first, bytes, count < 4 ? count : 4);
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: byte %" PRIu64
                   ": found %02x %02x %02x %02x%s%s%s where an array has to start "
                   "with 93 4e 55 4d, or the data to end; cut off what is too much",
                   reader->name, reader->input.offset, first[0], first[1], first[2], first[3],
                   what ? " (" : "", what ? what : "", what ? ")" : "");
}

static pg_status check_magic(pg_reader *reader, const uint8_t *bytes, size_t size, pg_error *err)
{
    static const char magic[] = "\x93NUMPY";
    if (memcmp(bytes, magic, size < 6 ? size : 6) != 0) return refuse_bytes(reader, err);
    if (size < PG_NPY_MAGIC) {
        (void)pg_input_read(&reader->input, (uint8_t[PG_NPY_MAGIC]){0}, size);
        return refuse_short(reader, "no whole header", err);
    }
    if (bytes[6] >= 1 && bytes[6] <= 3 && bytes[7] == 0) return PG_OK;
    return pg_fail(err, PG_ERR_UNSUPPORTED,
                   "%s: .npy format version %d.%d; 1.0, 2.0 and 3.0 can be read", reader->name,
                   bytes[6], bytes[7]);
}

/* The length of the literal: two bytes in version 1, then four. */
static pg_status read_length(pg_reader *reader, int version, size_t *length, pg_error *err)
{
    uint8_t bytes[4] = {0};
    size_t size = version == 1 ? 2 : 4;
    if (pg_input_read(&reader->input, bytes, size) < size)
        return refuse_short(reader, "no whole header", err);
    *length = bytes[0] | (size_t)bytes[1] << 8 | (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
    if (*length > PG_NPY_MAX_HEADER)
        return pg_fail(err, PG_ERR_LIMIT, "%s: a header of %zu bytes; at most %d are accepted",
                       reader->name, *length, PG_NPY_MAX_HEADER);
    return PG_OK;
}

static pg_status read_literal(pg_reader *reader, size_t length, pg_error *err)
{
    char *text = malloc(length + 1);
    if (!text) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", reader->name);
    pg_status status =
        pg_input_read(&reader->input, text, length) < length
            ? refuse_short(reader, "no whole header", err)
            : pg_npy_parse(&reader->npy, text, length, reader->name, &reader->reading, err);
    free(text);
    return status;
}

/* End of data between arrays: an error in the middle of a chunked stream. */
static pg_status end_of_data(pg_reader *reader, pg_error *err)
{
    if (reader->input.error) return refuse_short(reader, "", err);
    if (reader->opened)
        return refuse_short(reader, "the empty array that ends a chunked stream is missing", err);
    reader->ended = true;
    return PG_OK;
}

static pg_status refuse_schema(const pg_reader *reader, pg_error *err)
{
    char other[256], first[256];
    const pg_schema *now = &reader->npy.schema, *before = &reader->schema;
    bool longer = now->name_size > before->name_size || now->class_size > before->class_size;
    bool both = !now->name_size == !before->name_size && !now->class_size == !before->class_size;
    if (longer && both)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: the array at byte %" PRIu64
                       " has longer names or classes than the first; put it first",
                       reader->name, reader->array_at);
    pg_schema_describe(&reader->npy.schema, other, sizeof other);
    pg_schema_describe(&reader->schema, first, sizeof first);
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: the array at byte %" PRIu64 " has other fields (%s) than the first (%s)",
                   reader->name, reader->array_at, other, first);
}

/* Names of a later array may be shorter, but not missing. */
static bool may_follow(const pg_schema *first, const pg_schema *next)
{
    return pg_schema_fits(next, first) && !next->name_size == !first->name_size &&
           !next->class_size == !first->class_size;
}

/* Zeros up to the end of the data: what a block device, an archive or a transfer in
 * blocks adds. Taken away as far as they go. */
static void skip_padding(pg_reader *reader)
{
    uint64_t start = reader->input.offset, count;
    uint8_t zero;
    size_t available;
    const uint8_t *next = pg_input_peek(&reader->input, 1, &available);
    while (available && *next == 0 && reader->input.offset - start < MOST_PADDING) {
        pg_input_read(&reader->input, &zero, 1);
        next = pg_input_peek(&reader->input, 1, &available);
    }
    count = reader->input.offset - start;
    if (count && (!available || *next == 0x93))
        snprintf(reader->remark, sizeof reader->remark,
                 "%.200s: %" PRIu64 " zero%s after an array %s padding and left out", reader->name,
                 count, count == 1 ? "" : "s", count == 1 ? "was" : "were");
}

/* Takes note of an array without examples: it may open or end a chunked stream. */
static void count_opened(pg_reader *reader)
{
    if (reader->npy.opens)
        reader->opened++;
    else if (reader->npy.count == 0 && reader->opened)
        reader->opened--;
}

/* Reads a header, or finds the end. */
static pg_status read_header(pg_reader *reader, pg_error *err)
{
    uint8_t magic[PG_NPY_MAGIC];
    size_t length = 0, available;
    if (reader->input.offset) skip_padding(reader);
    const uint8_t *start = pg_input_peek(&reader->input, PG_NPY_MAGIC, &available);
    reader->array_at = reader->input.offset;
    if (available == 0) return end_of_data(reader, err);
    pg_status status = check_magic(reader, start, available, err);
    if (status) return status;
    (void)pg_input_read(&reader->input, magic, sizeof magic); /* it is there */
    status = read_length(reader, magic[6], &length, err);
    if (!status) status = read_literal(reader, length, err);
    if (status) return status;
    if (reader->array_at == 0) reader->schema = reader->npy.schema;
    if (!may_follow(&reader->schema, &reader->npy.schema)) return refuse_schema(reader, err);
    reader->left = reader->npy.count;
    if (reader->npy.note[0] && !reader->layout_note[0])
        snprintf(reader->layout_note, sizeof reader->layout_note, "%.150s: %s", reader->name,
                 reader->npy.note);
    count_opened(reader);
    return PG_OK;
}

/* Goes to the next example, if there is one. */
static pg_status advance(pg_reader *reader, pg_error *err)
{
    pg_status status = PG_OK;
    while (!status && reader->left == 0 && !reader->ended)
        status = read_header(reader, err);
    return status;
}

/* --- examples ------------------------------------------------------------ */

/* The data end within an array. */
static pg_status refuse_short_array(const pg_reader *reader, pg_error *err)
{
    char what[160];
    uint64_t declared = reader->npy.count;
    snprintf(what, sizeof what,
             "the array that starts at byte %" PRIu64 " declares %" PRIu64
             " example%s of %zu bytes",
             reader->array_at, declared, declared == 1 ? "" : "s", reader->npy.record_size);
    return refuse_short(reader, what, err);
}

static pg_status read_bytes(pg_reader *reader, void *to, size_t size, pg_error *err)
{
    if (pg_input_read(&reader->input, to, size) == size) return PG_OK;
    return refuse_short_array(reader, err);
}

static void swap_bytes(uint8_t *bytes, size_t size, size_t width)
{
    for (uint8_t *element = bytes; element < bytes + size; element += width)
        for (size_t i = 0; i < width / 2; i++) {
            uint8_t kept = element[i];
            element[i] = element[width - 1 - i];
            element[width - 1 - i] = kept;
        }
}

/* Doubles to floats; false where one is too large for that. */
static bool narrow(const double *from, float *to, size_t count)
{
    bool fits = true;
    for (size_t i = 0; i < count; i++) {
        to[i] = (float)from[i];
        fits &= isfinite(to[i]) || !isfinite(from[i]);
    }
    return fits;
}

/* count floats, from four or eight bytes each. */
static pg_status read_floats(pg_reader *reader, const pg_npy_field *field, float *to, size_t count,
                             pg_error *err)
{
    double piece[512];
    if (field->width == sizeof *to) {
        pg_status status = read_bytes(reader, to, count * sizeof *to, err);
        if (!status && field->swapped) swap_bytes((uint8_t *)to, count * sizeof *to, sizeof *to);
        return status;
    }
    while (count > 0) {
        size_t n = count < 512 ? count : 512;
        pg_status status = read_bytes(reader, piece, n * sizeof *piece, err);
        if (status) return status;
        if (field->swapped) swap_bytes((uint8_t *)piece, n * sizeof *piece, sizeof *piece);
        if (!narrow(piece, to, n))
            return pg_fail(err, PG_ERR_LIMIT,
                           "%s: a number before byte %" PRIu64 " is too large for a 32-bit float",
                           reader->name, reader->input.offset);
        to += n;
        count -= n;
    }
    return PG_OK;
}

/* An integer of any width, little-endian in bytes. */
static bool decode_label(const uint8_t *bytes, const pg_npy_field *field, int64_t *label)
{
    uint64_t value = 0;
    for (size_t i = 0; i < field->width; i++) {
        size_t place = field->swapped == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
                           ? field->width - 1 - i
                           : i;
        value |= (uint64_t)bytes[i] << (8 * place);
    }
    unsigned unused = 64 - 8 * (unsigned)field->width;
    *label = field->type == 'i' ? (int64_t)(value << unused) >> unused : (int64_t)value;
    return field->type == 'i' || value <= INT64_MAX;
}

static pg_status store_label(const pg_reader *reader, const pg_npy_field *field,
                             const uint8_t *bytes, int32_t *to, uint64_t index, pg_error *err)
{
    int64_t label;
    bool fits = decode_label(bytes, field, &label);
    if (!fits || label < PG_LABEL_NONE || label > INT32_MAX)
        return pg_fail(
            err, PG_ERR_LIMIT,
            "%s: example %" PRIu64 " has label %s%" PRId64 "; labels are -1 (none) or from 0 to %d",
            reader->name, index, fits ? "" : "beyond ", fits ? label : INT64_MAX, INT32_MAX);
    *to = (int32_t)label;
    return PG_OK;
}

static pg_status read_label(pg_reader *reader, const pg_npy_field *field, int32_t *to,
                            uint64_t index, pg_error *err)
{
    uint8_t bytes[8];
    pg_status status = read_bytes(reader, bytes, field->width, err);
    return status ? status : store_label(reader, field, bytes, to, index, err);
}

static pg_status skip_bytes(pg_reader *reader, size_t size, pg_error *err)
{
    uint8_t ignored[256];
    pg_status status = PG_OK;
    while (!status && size > 0) {
        size_t n = size < sizeof ignored ? size : sizeof ignored;
        status = read_bytes(reader, ignored, n, err);
        size -= n;
    }
    return status;
}

/* A text to its place of size bytes and a zero; only zeros follow its end. */
static pg_status read_text(pg_reader *reader, const pg_npy_field *field, char *to, int size,
                           pg_error *err)
{
    pg_status status = read_bytes(reader, to, field->bytes, err);
    size_t length = status ? 0 : strnlen(to, field->bytes);
    memset(to + length, 0, (size_t)size + 1 - length);
    return status;
}

static pg_status read_texts(pg_reader *reader, const pg_npy_field *field, char *texts, int size,
                            size_t count, pg_error *err)
{
    pg_status status = PG_OK;
    if (!texts) return skip_bytes(reader, count * field->bytes, err);
    for (size_t i = 0; !status && i < count; i++)
        status = read_text(reader, field, texts + i * ((size_t)size + 1), size, err);
    return status;
}

/* ---- Images of other types and layouts ---- */

/* Grows memory to that many bytes; what it held is lost. */
static bool make_room(void *memory, size_t *room, size_t size)
{
    void **place = memory;
    if (size <= *room) return true;
    free(*place);
    *place = malloc(size);
    *room = *place ? size : 0;
    return *place != NULL;
}

/* C x H x W to H x W x C. */
static void put_channels_last(const pg_schema *schema, const uint8_t *from, uint8_t *to)
{
    size_t channels = (size_t)schema->channels;
    size_t pixels = (size_t)schema->height * (size_t)schema->width;
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < channels; c++)
            to[i * channels + c] = from[c * pixels + i];
}

/* Bytes that are values already, unless a range was given. */
static void take_bytes(pg_reader *reader, const uint8_t *bytes, size_t count)
{
    uint8_t most = reader->most;
    for (size_t i = 0; i < count; i++)
        if (bytes[i] > most) most = bytes[i];
    reader->most = most;
    reader->has_bytes |= count > 0;
}

/* The raw examples to bytes in their own memory, which are fewer. */
static pg_status convert_values(pg_reader *reader, const pg_npy_field *field, size_t count,
                                pg_error *err)
{
    size_t numbers = field->bytes / field->width, all = count * numbers;
    bool as_they_are = field->type == 'u' && field->width == 1 && !reader->range.given;
    pg_status status = PG_OK;
    if (as_they_are) {
        take_bytes(reader, reader->raw, all);
        return PG_OK;
    }
    size_t needed = (reader->range.known ? numbers : all) * sizeof *reader->values;
    if (!make_room(&reader->values, &reader->values_room, needed))
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", reader->name);
    if (field->swapped) swap_bytes(reader->raw, all * field->width, field->width);
    if (!reader->range.known) {
        pg_values_widen(field, reader->raw, reader->values, all);
        status = pg_range_find(&reader->range, reader->values, all, reader->name, err);
    }
    for (size_t i = 0; !status && i < count; i++) {
        pg_values_widen(field, reader->raw + i * field->bytes, reader->values, numbers);
        status = pg_range_apply(&reader->range, reader->values, numbers, reader->raw + i * numbers,
                                reader->name, reader->index + i, err);
    }
    return status;
}

static pg_status convert_images(pg_reader *reader, const pg_npy_field *field, pg_records *chunk,
                                size_t first, size_t count, pg_error *err)
{
    size_t size = pg_schema_image_size(&chunk->schema);
    if (!make_room(&reader->raw, &reader->raw_room, count * field->bytes))
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", reader->name);
    pg_status status = read_bytes(reader, reader->raw, count * field->bytes, err);
    if (!status) status = convert_values(reader, field, count, err);
    for (size_t i = 0; !status && i < count; i++) {
        uint8_t *to = chunk->image + (first + i) * size;
        if (field->channels_first)
            put_channels_last(&chunk->schema, reader->raw + i * size, to);
        else
            memcpy(to, reader->raw + i * size, size);
    }
    return status;
}

/* One field of `count` examples that follow each other without other fields. */
static pg_status read_field(pg_reader *reader, const pg_npy_field *field, pg_records *chunk,
                            size_t first, size_t count, pg_error *err)
{
    const pg_schema *schema = &chunk->schema;
    size_t dim = (size_t)schema->code_dim, scalars = (size_t)schema->scalar_count;
    pg_status status = PG_OK;
    switch (field->kind) {
    case PG_FIELD_IMAGE:
        if (field->converts) return convert_images(reader, field, chunk, first, count, err);
        return read_bytes(reader, chunk->image + first * field->bytes, count * field->bytes, err);
    case PG_FIELD_CODE:
        return read_floats(reader, field, chunk->code + first * dim, count * dim, err);
    case PG_FIELD_SCALAR:
        for (size_t i = first; !status && i < first + count; i++)
            status =
                read_floats(reader, field, chunk->scalar + i * scalars + field->scalar, 1, err);
        return status;
    case PG_FIELD_LABEL:
        for (size_t i = first; !status && i < first + count; i++)
            status = read_label(reader, field, chunk->label + i, reader->index + (i - first), err);
        return status;
    case PG_FIELD_NAME:
        return read_texts(reader, field,
                          chunk->name ? chunk->name + first * ((size_t)schema->name_size + 1)
                                      : NULL,
                          schema->name_size, count, err);
    case PG_FIELD_CLASS:
        return read_texts(
            reader, field,
            chunk->class_name ? chunk->class_name + first * ((size_t)schema->class_size + 1) : NULL,
            schema->class_size, count, err);
    case PG_FIELD_PADDING:
        return skip_bytes(reader, count * field->bytes, err);
    }
    return status;
}

/* count examples of the current array to the end of chunk. */
static pg_status read_examples(pg_reader *reader, pg_records *chunk, size_t count, pg_error *err)
{
    const pg_npy *npy = &reader->npy;
    size_t step = npy->field_count == 1 ? count : 1; /* a lone field lies in one piece */
    for (size_t done = 0; done < count; done += step) {
        for (int i = 0; i < npy->field_count; i++) {
            pg_status status = read_field(reader, &npy->fields[i], chunk, chunk->count, step, err);
            if (status) return status;
        }
        chunk->count += step;
        reader->index += step;
        reader->left -= step;
    }
    return PG_OK;
}

/* Fills chunk up to its capacity or to the end of the stream. */
static pg_status fill(pg_reader *reader, pg_records *chunk, pg_error *err)
{
    while (chunk->count < chunk->capacity) {
        pg_status status = advance(reader, err);
        if (status || reader->ended) return status;
        size_t room = chunk->capacity - chunk->count;
        status =
            read_examples(reader, chunk, room < reader->left ? room : (size_t)reader->left, err);
        if (status) return status;
    }
    return PG_OK;
}

pg_status pg_reader_next(pg_reader *reader, pg_records *chunk, pg_error *err)
{
    if (chunk->capacity == 0 || !pg_schema_fits(&reader->schema, &chunk->schema))
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: a chunk without room or with other fields",
                       reader->name);
    chunk->count = 0;
    return fill(reader, chunk, err);
}

/* Examples to make room for at once: never more than the bytes of a file allow. */
static size_t justified_room(const pg_reader *reader)
{
    struct stat info;
    uint64_t room = pg_schema_chunk_capacity(&reader->schema);
    if (fstat(reader->input.fd, &info) == 0 && S_ISREG(info.st_mode) &&
        (uint64_t)info.st_size > reader->input.offset)
        room = ((uint64_t)info.st_size - reader->input.offset) / reader->npy.record_size + 1;
    return reader->left < room ? (size_t)reader->left : (size_t)room;
}

pg_status pg_reader_read_all(pg_reader *reader, pg_records *records, pg_error *err)
{
    pg_status status = pg_records_init(records, &reader->schema, 0, err);
    while (!status) {
        status = advance(reader, err);
        if (status || reader->ended) break;
        size_t wanted = records->count + justified_room(reader);
        size_t larger = records->count + records->count / 2;
        if (wanted > records->capacity)
            status = pg_records_reserve(records, wanted > larger ? wanted : larger, err);
        if (!status) status = fill(reader, records, err);
    }
    if (status) pg_records_free(records);
    return status;
}

/* --- mapping ------------------------------------------------------------- */

/* Room for the labels of count more examples. */
static pg_status reserve_labels(pg_records *records, uint64_t count, pg_error *err)
{
    uint64_t needed = records->count + count, room = records->capacity;
    if (!records->schema.has_label || needed <= room) return PG_OK;
    if (needed < room + room / 2) needed = room + room / 2;
    int32_t *larger = needed <= SIZE_MAX / sizeof *larger
                          ? realloc(records->label, (size_t)needed * sizeof *larger)
                          : NULL;
    if (!larger) return pg_fail(err, PG_ERR_MEMORY, "out of memory for %" PRIu64 " labels", needed);
    records->label = larger;
    records->capacity = (size_t)needed;
    return PG_OK;
}

/* Labels of the count records at start, where they have one. */
static pg_status copy_labels(const pg_reader *reader, const uint8_t *start, size_t offset,
                             const pg_npy_field *field, pg_records *records, pg_error *err)
{
    pg_status status = PG_OK;
    for (uint64_t i = 0; !status && i < reader->left; i++)
        status = store_label(reader, field, start + i * reader->npy.record_size + offset,
                             records->label + records->count + i, reader->index + i, err);
    return status;
}

/* What is left of the current array: its images stay where they are. */
static pg_status map_array(pg_reader *reader, pg_records *records, pg_error *err)
{
    const pg_npy *npy = &reader->npy;
    size_t present = reader->input.end - reader->input.start, offset = 0;
    bool whole = reader->left * npy->record_size <= present; /* checked for overflow */
    const uint8_t *start =
        pg_input_take(&reader->input, whole ? (size_t)reader->left * npy->record_size : present);
    if (!whole) return refuse_short_array(reader, err);
    pg_mapped_field image = {0}, class_name = {0};
    pg_status status = reserve_labels(records, reader->left, err);
    for (int i = 0; !status && i < npy->field_count; offset += npy->fields[i++].bytes) {
        const pg_npy_field *field = &npy->fields[i];
        const pg_mapped_field here = {start + offset, field->bytes, npy->record_size};
        if (field->kind == PG_FIELD_LABEL)
            status = copy_labels(reader, start, offset, field, records, err);
        if (field->kind == PG_FIELD_IMAGE) image = here;
        if (field->kind == PG_FIELD_CLASS) class_name = here;
    }
    if (!status && !pg_mapping_add(records, records->count, &image, &class_name))
        status = pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", reader->name);
    if (status) return status;
    records->count += (size_t)reader->left;
    reader->index += reader->left;
    reader->left = 0;
    return PG_OK;
}

static pg_status map_arrays(pg_reader *reader, pg_records *records, pg_error *err)
{
    pg_status status = PG_OK;
    while (!status && !reader->ended) {
        if (reader->left) status = map_array(reader, records, err);
        if (!status) status = advance(reader, err);
    }
    return status;
}

/* Goes on in the mapped file from where its descriptor is. False: it cannot be mapped. */
static bool map_input(pg_reader *reader, pg_records *records)
{
    pg_input *input = &reader->input;
    off_t position = input->read ? -1 : lseek(input->fd, 0, SEEK_CUR);
    size_t size, ahead = input->end - input->start;
    if (position < 0 || (uint64_t)position < ahead) return false;
    const uint8_t *start =
        pg_mapping_add_file(records, input->fd, !reader->owns_fd, reader->name, &size);
    if (!start || (uint64_t)position > size) return false;
    pg_input_borrow(input, start, (size_t)position - ahead, size);
    return true;
}

/* Gives images and classes of records that were read to those that are mapped. */
static bool take_over(pg_records *records, pg_records *own)
{
    size_t size = pg_schema_image_size(&own->schema), text = (size_t)own->schema.class_size;
    const pg_mapped_field image = {own->image, size, size};
    const pg_mapped_field class_name = {(uint8_t *)own->class_name, text, text + 1};
    if (!pg_mapping_add(records, records->count, &image, &class_name)) return false;
    if (!pg_mapping_own(records, own->image)) return false;
    own->image = NULL;
    if (own->class_name && !pg_mapping_own(records, (uint8_t *)own->class_name)) return false;
    own->class_name = NULL;
    return true;
}

/* Copies what cannot be mapped. */
static pg_status copy_all(pg_reader *reader, pg_records *records, pg_error *err)
{
    pg_records own;
    pg_status status = pg_reader_read_all(reader, &own, err);
    if (status) return status;
    status = reserve_labels(records, own.count, err);
    if (!status && !take_over(records, &own))
        status = pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", reader->name);
    if (!status) {
        if (records->label)
            memcpy(records->label + records->count, own.label, own.count * sizeof *own.label);
        records->count += own.count;
    }
    pg_records_free(&own);
    return status;
}

/* What a data set keeps of a stream. */
static pg_schema image_and_label(const pg_schema *from)
{
    return (pg_schema){.height = from->height,
                       .width = from->width,
                       .channels = from->channels,
                       .has_label = from->has_label};
}

pg_status pg_reader_map_all(pg_reader *reader, pg_records *records, pg_error *err)
{
    pg_schema schema = image_and_label(&reader->schema);
    pg_status status = PG_OK;
    if (!records->mapping) *records = (pg_records){.schema = schema};
    if (!schema.channels)
        status = pg_fail(err, PG_ERR_ARGUMENT, "%s: has no images", reader->name);
    else if (!pg_schema_equal(&schema, &records->schema))
        status = pg_fail(err, PG_ERR_ARGUMENT,
                         "%s: has other images or labels than the stream before it", reader->name);
    else if (map_input(reader, records))
        status = map_arrays(reader, records, err);
    else
        status = copy_all(reader, records, err);
    if (status) pg_records_free(records);
    return status;
}

/* --- opening and closing ------------------------------------------------- */

static pg_status read_first_header(pg_reader *reader, pg_error *err)
{
    pg_status status = read_header(reader, err);
    if (!status && reader->ended)
        return pg_refuse_file(reader->name, NULL, PG_USE_STREAM, NULL, 0, err);
    return status;
}

/* Makes a reader of the input, which it takes over, or fails. */
static pg_status open_input(pg_input *input, const char *name, const pg_reading *reading,
                            pg_reader **reader, pg_error *err)
{
    *reader = NULL;
    pg_reader *opened = calloc(1, sizeof *opened);
    char *copy = strdup(name);
    if (!input->buffer || !opened || !copy) {
        pg_input_free(input);
        free(opened);
        free(copy);
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", name);
    }
    opened->name = copy;
    opened->input = *input;
    opened->reading = *reading;
    opened->range = (pg_range){reading->has_range, reading->has_range, reading->low, reading->high};
    pg_status status = read_first_header(opened, err);
    if (status)
        pg_reader_close(opened);
    else
        *reader = opened;
    return status;
}

pg_status pg_reader_open_prefixed(int fd, const void *prefix, size_t prefix_size, const char *name,
                                  pg_reader **reader, pg_error *err)
{
    const pg_reading as_it_is = {0};
    pg_input input;
    (void)pg_input_init(&input, fd, prefix, prefix_size); /* no buffer: open_input says so */
    return open_input(&input, name, &as_it_is, reader, err);
}

pg_status pg_reader_open_function(pg_read_function *read, void *context, const char *name,
                                  const pg_reading *reading, pg_reader **reader, pg_error *err)
{
    pg_input input;
    (void)pg_input_init(&input, -1, NULL, 0);
    input.read = read;
    input.context = context;
    return open_input(&input, name, reading, reader, err);
}

pg_status pg_reader_open_fd(int fd, const char *name, pg_reader **reader, pg_error *err)
{
    return pg_reader_open_prefixed(fd, NULL, 0, name, reader, err);
}

pg_status pg_reader_open(const char *path, pg_reader **reader, pg_error *err)
{
    *reader = NULL;
    if (strcmp(path, "-") == 0)
        return pg_reader_open_fd(STDIN_FILENO, "standard input", reader, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return pg_fail_errno(err, errno, "%s: cannot open", path);
    pg_status status = pg_reader_open_fd(fd, path, reader, err);
    if (status)
        close(fd);
    else
        (*reader)->owns_fd = true;
    return status;
}

const pg_schema *pg_reader_schema(const pg_reader *reader)
{
    return &reader->schema;
}

const char *pg_reader_remark(const pg_reader *reader)
{
    return reader->remark[0] ? reader->remark : NULL;
}

/* Values that were scaled without being told how, or bytes that hardly differ from black. */
static bool describe_values(pg_reader *reader)
{
    const pg_range *range = &reader->range;
    char *text = reader->values_note;
    if (reader->has_bytes && reader->most > 0 && reader->most <= MOST_OF_DARK) {
        snprintf(text, REMARK_BYTES,
                 "%.150s: no value is above %d, so all images are nearly black; --values 0..%d "
                 "makes %d white",
                 reader->name, reader->most, reader->most, reader->most);
        return true;
    }
    if (range->known && !range->given && range->high - range->low < 255)
        snprintf(text, REMARK_BYTES, "%.150s: values are taken as %g (black) to %g (white)",
                 reader->name, range->low, range->high);
    return false;
}

const char *pg_reader_note(pg_reader *reader, int i, bool *is_warning)
{
    const char *notes[] = {reader->layout_note, reader->values_note};
    bool looks_wrong = describe_values(reader);
    for (int k = 0; k < 2; k++) {
        if (!notes[k][0] || i-- > 0) continue;
        *is_warning = k == 1 && looks_wrong;
        return notes[k];
    }
    return NULL;
}

void pg_reader_close(pg_reader *reader)
{
    if (!reader) return;
    if (reader->owns_fd) close(reader->input.fd);
    pg_input_free(&reader->input);
    free(reader->raw);
    free(reader->values);
    free(reader->name);
    free(reader);
}
