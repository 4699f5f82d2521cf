#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/outfile.h"
#include "pixelgan/stream.h"
#include "stream/fdio.h"
#include "stream/npy.h"
#include "stream/schema.h"

struct pg_writer {
    char *name;
    pg_schema schema;
    pg_outfile out; /* not in use where a descriptor was given */
    int fd;
    bool one_array; /* the header is written last, else every chunk has one */
    size_t header_size;
    size_t record_size;
    size_t capacity; /* examples the buffer has room for */
    size_t filled;   /* examples in it */
    uint64_t count;  /* examples in all */
    uint8_t *buffer; /* room for a header, then examples as they are written */
};

/* A place where the header can be filled in when the count is known. */
static bool can_patch(int fd)
{
    struct stat info;
    int flags = fcntl(fd, F_GETFL);
    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && flags >= 0 && !(flags & O_APPEND) &&
           lseek(fd, 0, SEEK_CUR) == 0;
}

static pg_status write_bytes(const pg_writer *writer, const void *data, size_t size, pg_error *err)
{
    int why = pg_write_all(writer->fd, data, size);
    return why ? pg_fail_errno(err, why, "%s: cannot write", writer->name) : PG_OK;
}

static pg_status write_header(const pg_writer *writer, uint64_t count, pg_error *err)
{
    char header[PG_NPY_OWN_HEADER];
    return write_bytes(writer, header, pg_npy_format(&writer->schema, count, header), err);
}

/* Zeros hold the header's place, so that an unfinished file is recognised as one. */
static pg_status write_start(const pg_writer *writer, pg_error *err)
{
    char header[PG_NPY_OWN_HEADER];
    if (!writer->one_array)
        return write_bytes(writer, header, pg_npy_format_opening(&writer->schema, header), err);
    return write_bytes(writer, writer->buffer, writer->header_size, err);
}

/* Writes the examples in the buffer, with a header of their own in a chunked stream. */
static pg_status flush_chunk(pg_writer *writer, pg_error *err)
{
    if (writer->filled == 0) return PG_OK;
    size_t size = writer->filled * writer->record_size;
    uint8_t *start = writer->buffer + writer->header_size;
    if (!writer->one_array) {
        char header[PG_NPY_OWN_HEADER];
        pg_npy_format(&writer->schema, writer->filled, header);
        start = memcpy(writer->buffer, header, writer->header_size);
        size += writer->header_size;
    }
    writer->filled = 0;
    return write_bytes(writer, start, size, err);
}

/* count 32-bit numbers in little-endian order. */
static uint8_t *store_words(uint8_t *to, const void *from, size_t count)
{
    memcpy(to, from, 4 * count);
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
        for (size_t i = 0; i < count; i++) {
            uint32_t word;
            memcpy(&word, to + 4 * i, 4);
            word = __builtin_bswap32(word);
            memcpy(to + 4 * i, &word, 4);
        }
    return to + 4 * count;
}

static uint8_t *store_text(uint8_t *to, const char *text, int size)
{
    return (uint8_t *)memcpy(to, text, (size_t)size) + size;
}

static void store_example(uint8_t *to, const pg_records *records, size_t i)
{
    const pg_schema *schema = &records->schema;
    size_t image = pg_schema_image_size(schema);
    size_t dim = (size_t)schema->code_dim, scalars = (size_t)schema->scalar_count;
    if (image) to = (uint8_t *)memcpy(to, records->image + i * image, image) + image;
    if (schema->has_label) to = store_words(to, records->label + i, 1);
    if (dim) to = store_words(to, records->code + i * dim, dim);
    if (scalars) to = store_words(to, records->scalar + i * scalars, scalars);
    if (records->name) to = store_text(to, pg_records_name(records, i), schema->name_size);
    if (records->class_name) store_text(to, pg_records_class(records, i), schema->class_size);
}

pg_status pg_writer_put(pg_writer *writer, const pg_records *records, pg_error *err)
{
    if (!pg_schema_equal(&writer->schema, &records->schema))
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: examples with other fields than the stream's",
                       writer->name);
    for (size_t i = 0; i < records->count; i++) {
        size_t place = writer->header_size + writer->filled * writer->record_size;
        store_example(writer->buffer + place, records, i);
        writer->count++;
        if (++writer->filled < writer->capacity) continue;
        pg_status status = flush_chunk(writer, err);
        if (status) return status;
    }
    return PG_OK;
}

/* The header with its count. */
static pg_status patch_header(const pg_writer *writer, pg_error *err)
{
    char header[PG_NPY_OWN_HEADER];
    pg_npy_format(&writer->schema, writer->count, header);
    for (size_t done = 0; done < writer->header_size;) {
        ssize_t put = pwrite(writer->fd, header + done, writer->header_size - done, (off_t)done);
        if (put < 0 && errno != EINTR)
            return pg_fail_errno(err, errno, "%s: cannot write", writer->name);
        if (put > 0) done += (size_t)put;
    }
    return PG_OK;
}

static void free_writer(pg_writer *writer)
{
    free(writer->buffer);
    free(writer->name);
    free(writer);
}

pg_status pg_writer_close(pg_writer *writer, pg_error *err)
{
    pg_status status = flush_chunk(writer, err);
    if (!status)
        status = writer->one_array ? patch_header(writer, err) : write_header(writer, 0, err);
    if (!status && writer->out.output) status = pg_outfile_commit(&writer->out, err);
    if (status)
        pg_writer_abandon(writer);
    else
        free_writer(writer);
    return status;
}

void pg_writer_abandon(pg_writer *writer)
{
    if (!writer) return;
    if (writer->one_array && !writer->out.target && lseek(writer->fd, 0, SEEK_SET) == 0)
        (void)!ftruncate(writer->fd, 0);
    pg_outfile_abandon(&writer->out);
    free_writer(writer);
}

/* Everything but the output itself. */
static pg_status create_writer(const char *name, const pg_schema *schema, pg_writer **writer,
                               pg_error *err)
{
    char header[PG_NPY_OWN_HEADER];
    pg_status status = pg_schema_check(schema, name, err);
    if (status) return status;
    pg_writer *made = calloc(1, sizeof *made);
    if (!made) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", name);
    made->name = strdup(name);
    made->schema = *schema;
    made->fd = -1;
    made->header_size = pg_npy_format(schema, 0, header);
    made->record_size = pg_schema_record_size(schema);
    made->capacity = pg_schema_chunk_capacity(schema);
    made->buffer = calloc(1, made->header_size + made->capacity * made->record_size);
    if (!made->name || !made->buffer) {
        free_writer(made);
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", name);
    }
    *writer = made;
    return PG_OK;
}

/* Takes the descriptor into use. */
static pg_status start_writing(pg_writer *writer, int fd, pg_error *err)
{
    writer->fd = fd;
    writer->one_array = can_patch(fd);
    return write_start(writer, err);
}

pg_status pg_writer_open_fd(int fd, const char *name, const pg_schema *schema, pg_writer **writer,
                            pg_error *err)
{
    *writer = NULL;
    pg_writer *made;
    pg_status status = create_writer(name, schema, &made, err);
    if (status) return status;
    status = start_writing(made, fd, err);
    if (status)
        pg_writer_abandon(made);
    else
        *writer = made;
    return status;
}

pg_status pg_writer_open(const char *path, const pg_schema *schema, pg_writer **writer,
                         pg_error *err)
{
    *writer = NULL;
    pg_writer *made;
    const char *name = strcmp(path, "-") == 0 ? "standard output" : path;
    pg_status status = create_writer(name, schema, &made, err);
    if (status) return status;
    status = pg_outfile_open(&made->out, path, err);
    if (status) {
        free_writer(made);
        return status;
    }
    status = start_writing(made, made->out.output->fd, err);
    if (status)
        pg_writer_abandon(made);
    else
        *writer = made;
    return status;
}
