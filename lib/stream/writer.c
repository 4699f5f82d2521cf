#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
    bool continues; /* an array that is there; its header is there, too */
    int header_fd;  /* reads and writes headers of the file, -1: there is none */
    uint64_t start; /* byte of a regular file where our bytes begin */
    size_t header_size;
    size_t record_size;
    size_t capacity; /* examples the buffer has room for */
    size_t filled;   /* examples in it */
    uint64_t count;  /* examples in all */
    uint8_t *buffer; /* room for a header, then examples as they are written */
};

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
    if (writer->continues) return PG_OK;
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

/* --- the header ---------------------------------------------------------- */

/* The file once more: a descriptor that appends writes no header, and one of a shell's > reads
 * none. -1: that cannot be done. */
static int reopen(int fd)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_RDWR | O_CLOEXEC);
}

/* The header that the file begins with: at most as long as one of ours. */
static bool read_first_header(const pg_writer *writer, char bytes[PG_NPY_OWN_HEADER], pg_npy *npy)
{
    const size_t prefix = PG_NPY_MAGIC + 2;
    const pg_reading as_it_is = {0};
    ssize_t got = pread(writer->header_fd, bytes, PG_NPY_OWN_HEADER, 0);
    if (got < (ssize_t)prefix || memcmp(bytes, "\x93NUMPY\x01\x00", PG_NPY_MAGIC) != 0)
        return false;
    size_t length = (uint8_t)bytes[PG_NPY_MAGIC] | (size_t)(uint8_t)bytes[PG_NPY_MAGIC + 1] << 8;
    return length <= (size_t)got - prefix &&
           pg_npy_parse(npy, bytes + prefix, length, writer->name, &as_it_is, NULL) == PG_OK;
}

/* Whether the file begins with an array that this writer could have written; its examples. */
static bool read_own_header(const pg_writer *writer, uint64_t *count)
{
    char found[PG_NPY_OWN_HEADER], own[PG_NPY_OWN_HEADER];
    pg_npy npy;
    if (!read_first_header(writer, found, &npy) || npy.opens) return false;
    *count = npy.count;
    size_t size = pg_npy_format(&writer->schema, npy.count, own);
    return memcmp(found, own, size) == 0;
}

static pg_status put_header(const pg_writer *writer, uint64_t count, pg_error *err)
{
    char header[PG_NPY_OWN_HEADER];
    pg_npy_format(&writer->schema, count, header);
    for (size_t done = 0; done < writer->header_size;) {
        ssize_t put =
            pwrite(writer->header_fd, header + done, writer->header_size - done, (off_t)done);
        if (put < 0 && errno != EINTR)
            return pg_fail_errno(err, errno, "%s: cannot write", writer->name);
        if (put > 0) done += (size_t)put;
    }
    return PG_OK;
}

/* The header with its count. Others may append to the array that is continued, each its examples.
 */
static pg_status patch_header(const pg_writer *writer, pg_error *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    uint64_t before = 0;
    if (!writer->continues) return put_header(writer, writer->count, err);
    (void)fcntl(writer->header_fd, F_SETLKW, &whole);
    pg_status status =
        read_own_header(writer, &before)
            ? put_header(writer, before + writer->count, err)
            : pg_fail(err, PG_ERR_FORMAT, "%s: another program changed the file", writer->name);
    whole.l_type = F_UNLCK;
    (void)fcntl(writer->header_fd, F_SETLK, &whole);
    return status;
}

static void free_writer(pg_writer *writer)
{
    if (writer->header_fd >= 0 && writer->header_fd != writer->fd) close(writer->header_fd);
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

/* What was written to a file of somebody else. */
static void take_back(const pg_writer *writer)
{
    struct stat info;
    off_t start = (off_t)writer->start;
    if (!writer->one_array || writer->out.target || fstat(writer->fd, &info) != 0) return;
    uint64_t most = writer->start + (writer->continues ? 0 : writer->header_size) +
                    writer->count * writer->record_size;
    if (writer->continues && (uint64_t)info.st_size > most) return; /* others wrote, too */
    if (ftruncate(writer->fd, start) == 0) (void)lseek(writer->fd, start, SEEK_SET);
}

void pg_writer_abandon(pg_writer *writer)
{
    if (!writer) return;
    take_back(writer);
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
    made->fd = made->header_fd = -1;
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

static pg_status refuse_second_array(const pg_writer *writer, pg_error *err)
{
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "%s: the file begins with an array that cannot be continued, and NumPy would "
                   "not see another; write to a file of its own, and join them with 'pg-prep "
                   "FILE FILE -o ARRAY'",
                   writer->name);
}

/* Behind what a file holds already: its array goes on, or a chunked stream follows. An array that
 * does not go on would hide what follows from NumPy. */
static pg_status continue_file(pg_writer *writer, pg_error *err)
{
    char first[PG_NPY_OWN_HEADER];
    pg_npy npy;
    uint64_t count;
    writer->header_fd = reopen(writer->fd);
    if (writer->header_fd < 0)
        return pg_fail_errno(err, errno, "%s: cannot read what the file holds already",
                             writer->name);
    if (pread(writer->header_fd, first, PG_NPY_MAGIC, 0) != PG_NPY_MAGIC ||
        memcmp(first, "\x93NUMPY", 6) != 0 || (read_first_header(writer, first, &npy) && npy.opens))
        return PG_OK;
    if (!read_own_header(writer, &count) ||
        writer->start != writer->header_size + count * writer->record_size)
        return refuse_second_array(writer, err);
    writer->continues = writer->one_array = true;
    return PG_OK;
}

/* Takes the descriptor into use. */
static pg_status start_writing(pg_writer *writer, int fd, pg_error *err)
{
    struct stat info;
    int flags = fcntl(fd, F_GETFL);
    off_t at = lseek(fd, 0, SEEK_CUR);
    pg_status status = PG_OK;
    writer->fd = fd;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && flags >= 0 && at >= 0) {
        writer->start = (uint64_t)(flags & O_APPEND ? info.st_size : at);
        writer->one_array = writer->start == 0 && !(flags & O_APPEND);
        if (writer->one_array) writer->header_fd = fd;
        if (writer->start) status = continue_file(writer, err);
    }
    return status ? status : write_start(writer, err);
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
