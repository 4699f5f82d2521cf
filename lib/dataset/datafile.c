#include <config.h>

#include "dataset/datafile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

enum { MOST_PADDING = 1 << 24 }; /* zeros at the end of a file that are passed over */

struct pg_datafile {
    int fd;
    char *name;
    bool gzip, at_end, zlib_ready;
    bool member_ended; /* the next raw byte begins a gzip member, padding, or neither */
    bool failed;
    pg_error error;
    pg_remarks remarks;  /* one at most */
    uint64_t offset;     /* decoded bytes handed out */
    uint64_t raw_offset; /* bytes read from fd */
    z_stream zlib;
    uint8_t *raw;    /* what was read and not decoded: raw[raw_begin, raw_end) */
    uint8_t *buffer; /* what was decoded and not handed out: buffer[begin, end) */
    size_t raw_begin, raw_end, begin, end;
};

/* ---- Raw bytes ---- */

static pg_status read_some(pg_datafile *in, void *bytes, size_t count, size_t *got, pg_error *err)
{
    ssize_t n = pg_read_some(in->fd, bytes, count);
    if (n < 0) return pg_fail_errno(err, errno, "%s: cannot read", in->name);
    *got = (size_t)n;
    in->raw_offset += (size_t)n;
    return PG_OK;
}

/* Makes at least count raw bytes present unless the file ends before. */
static pg_status refill(pg_datafile *in, size_t count, pg_error *err)
{
    if (in->raw_begin == in->raw_end) in->raw_begin = in->raw_end = 0;
    while (in->raw_end - in->raw_begin < count) {
        if (in->raw_begin) {
            memmove(in->raw, in->raw + in->raw_begin, in->raw_end - in->raw_begin);
            in->raw_end -= in->raw_begin;
            in->raw_begin = 0;
        }
        size_t got = 0;
        pg_status status =
            read_some(in, in->raw + in->raw_end, PG_BUFFER_BYTES - in->raw_end, &got, err);
        if (status != PG_OK) return status;
        if (got == 0) break;
        in->raw_end += got;
    }
    return PG_OK;
}

static bool gzip_magic(const pg_datafile *in)
{
    const uint8_t *raw = in->raw + in->raw_begin;
    return in->raw_end - in->raw_begin >= 2 && raw[0] == 0x1f && raw[1] == 0x8b;
}

/* ---- gzip ---- */

/* After a member: another one begins, or only what gzip itself ignores is left:
 * zeros that pad the file to a block, silently; anything else with a remark. */
static pg_status begin_next_member(pg_datafile *in, pg_error *err)
{
    pg_status status = refill(in, 2, err);
    if (status != PG_OK) return status;
    if (gzip_magic(in)) {
        in->member_ended = false;
        inflateReset(&in->zlib);
        return PG_OK;
    }
    in->at_end = true;
    bool zeros = true;
    while (in->raw_begin < in->raw_end) {
        for (; in->raw_begin < in->raw_end; in->raw_begin++)
            zeros &= in->raw[in->raw_begin] == 0;
        status = refill(in, 1, err);
        if (status != PG_OK) return status;
    }
    if (!zeros) pg_datafile_note(in, "what follows the gzip data is not gzip and was left out");
    return PG_OK;
}

static pg_status truncated_gzip(const pg_datafile *in, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: truncated gzip data, the file ends after %llu bytes; get it again",
                   in->name, (unsigned long long)in->raw_offset);
}

static pg_status inflate_failed(const pg_datafile *in, int code, pg_error *err)
{
    if (code == Z_MEM_ERROR) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", in->name);
    return pg_fail(err, PG_ERR_FORMAT, "%s: broken gzip data before byte %llu: %s", in->name,
                   (unsigned long long)(in->raw_offset - (in->raw_end - in->raw_begin)),
                   in->zlib.msg ? in->zlib.msg : "it cannot be decoded");
}

/* One call of inflate into [bytes, bytes + count); *got may be 0 before the end. */
static pg_status inflate_some(pg_datafile *in, uint8_t *bytes, size_t count, size_t *got,
                              pg_error *err)
{
    *got = 0;
    if (in->member_ended) return begin_next_member(in, err);
    pg_status status = refill(in, 1, err);
    if (status != PG_OK) return status;
    if (in->raw_begin == in->raw_end) return truncated_gzip(in, err);
    uInt room = count > INT32_MAX ? INT32_MAX : (uInt)count;
    in->zlib.next_in = in->raw + in->raw_begin;
    in->zlib.avail_in = (uInt)(in->raw_end - in->raw_begin);
    in->zlib.next_out = bytes;
    in->zlib.avail_out = room;
    int code = inflate(&in->zlib, Z_NO_FLUSH);
    in->raw_begin = in->raw_end - in->zlib.avail_in;
    *got = room - in->zlib.avail_out;
    if (code == Z_STREAM_END)
        in->member_ended = true;
    else if (code != Z_OK && code != Z_BUF_ERROR)
        return inflate_failed(in, code, err);
    return PG_OK;
}

/* ---- Decoded bytes ---- */

static pg_status copy_some(pg_datafile *in, uint8_t *bytes, size_t count, size_t *got,
                           pg_error *err)
{
    size_t have = in->raw_end - in->raw_begin;
    if (!have) {
        pg_status status = read_some(in, bytes, count, got, err);
        in->at_end = status == PG_OK && *got == 0;
        return status;
    }
    *got = have < count ? have : count;
    memcpy(bytes, in->raw + in->raw_begin, *got);
    in->raw_begin += *got;
    return PG_OK;
}

/* Decodes up to count bytes; 0 only at the end. The first error stays. */
static pg_status decode_some(pg_datafile *in, uint8_t *bytes, size_t count, size_t *got,
                             pg_error *err)
{
    *got = 0;
    pg_status status = in->failed ? in->error.status : PG_OK;
    while (status == PG_OK && *got == 0 && !in->at_end)
        status = in->gzip ? inflate_some(in, bytes, count, got, &in->error)
                          : copy_some(in, bytes, count, got, &in->error);
    if (status == PG_OK) return PG_OK;
    in->failed = true;
    if (err) *err = in->error;
    return status;
}

pg_status pg_datafile_peek(pg_datafile *in, size_t count, const uint8_t **bytes, size_t *available,
                           pg_error *err)
{
    if (in->begin && in->end - in->begin < count) {
        memmove(in->buffer, in->buffer + in->begin, in->end - in->begin);
        in->end -= in->begin;
        in->begin = 0;
    }
    while (in->end - in->begin < count && in->end < PG_BUFFER_BYTES) {
        size_t got;
        pg_status status =
            decode_some(in, in->buffer + in->end, PG_BUFFER_BYTES - in->end, &got, err);
        if (status != PG_OK) return status;
        if (got == 0) break;
        in->end += got;
    }
    *bytes = in->buffer + in->begin;
    *available = in->end - in->begin;
    return PG_OK;
}

void pg_datafile_take(pg_datafile *in, size_t count)
{
    in->begin += count;
    in->offset += count;
}

/* Small reads go through the buffer, large ones are decoded where they are wanted. */
pg_status pg_datafile_read(pg_datafile *in, void *bytes, size_t count, size_t *got, pg_error *err)
{
    uint8_t *out = bytes;
    *got = 0;
    while (*got < count) {
        size_t wanted = count - *got, n = in->end - in->begin;
        pg_status status = PG_OK;
        if (n) {
            n = n < wanted ? n : wanted;
            memcpy(out + *got, in->buffer + in->begin, n);
            in->begin += n;
        } else if (wanted >= PG_BUFFER_BYTES) {
            status = decode_some(in, out + *got, wanted, &n, err);
        } else {
            in->begin = in->end = 0;
            status = decode_some(in, in->buffer, PG_BUFFER_BYTES, &in->end, err);
            if (status == PG_OK && in->end) continue;
        }
        if (status != PG_OK) return status;
        if (!n) break;
        *got += n;
        in->offset += n;
    }
    return PG_OK;
}

pg_status pg_datafile_read_exactly(pg_datafile *in, void *bytes, size_t count, const char *what,
                                   pg_error *err)
{
    size_t got;
    pg_status status = pg_datafile_read(in, bytes, count, &got, err);
    if (status != PG_OK || got == count) return status;
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: truncated in %s, the data ends after %llu bytes; get it again", in->name,
                   what, (unsigned long long)in->offset);
}

pg_status pg_datafile_skip_zeros(pg_datafile *in, uint64_t *count, pg_error *err)
{
    const uint8_t *bytes;
    size_t available, n;
    *count = 0;
    do {
        pg_status status = pg_datafile_peek(in, 1, &bytes, &available, err);
        if (status != PG_OK) return status;
        for (n = 0; n < available && bytes[n] == 0; n++)
            ;
        pg_datafile_take(in, n);
        *count += n;
    } while (n && n == available && *count < MOST_PADDING);
    return PG_OK;
}

void pg_datafile_note(pg_datafile *in, const char *fmt, ...)
{
    char text[256];
    va_list args;
    if (in->remarks.count) return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    pg_remarks_add(&in->remarks, true, "%s: %s", in->name, text);
}

void pg_datafile_note_padding(pg_datafile *in, uint64_t zeros, const char *what)
{
    pg_datafile_note(in, "%llu zero%s after %s %s padding and left out", (unsigned long long)zeros,
                     zeros == 1 ? "" : "s", what, zeros == 1 ? "was" : "were");
}

const pg_remark *pg_datafile_remark(const pg_datafile *in)
{
    return pg_remarks_get(&in->remarks, 0);
}

pg_status pg_datafile_expect_end(pg_datafile *in, const char *what, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    uint64_t end = in->offset, zeros;
    pg_status status = pg_datafile_skip_zeros(in, &zeros, err);
    if (status == PG_OK) status = pg_datafile_peek(in, 1, &bytes, &available, err);
    if (status != PG_OK) return status;
    if (available == 0) {
        if (zeros) pg_datafile_note_padding(in, zeros, what);
        return PG_OK;
    }
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: more bytes after %s, which should end at byte %llu; get the file again, or "
                   "cut off what is too much",
                   in->name, what, (unsigned long long)end);
}

/* ---- stdio ---- */

static ssize_t cookie_read(void *cookie, char *bytes, size_t count)
{
    size_t got;
    if (pg_datafile_read(cookie, bytes, count, &got, NULL) == PG_OK) return (ssize_t)got;
    errno = EIO;
    return -1;
}

FILE *pg_datafile_stream(pg_datafile *in)
{
    FILE *stream = fopencookie(in, "rb", (cookie_io_functions_t){.read = cookie_read});
    if (stream) setvbuf(stream, NULL, _IONBF, 0);
    return stream;
}

/* ---- Open and close ---- */

bool pg_path_can_reopen(const char *path)
{
    struct stat info;
    return strcmp(path, "-") != 0 && stat(path, &info) == 0 &&
           (S_ISREG(info.st_mode) || S_ISDIR(info.st_mode));
}

const char *pg_file_kind(mode_t mode)
{
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    return "no regular file";
}

pg_status pg_path_look(const char *path, struct stat *info, pg_error *err)
{
    struct stat link;
    if (stat(path, info) == 0) return PG_OK;
    int why = errno;
    if ((why == ENOENT || why == ENOTDIR || why == ELOOP) && lstat(path, &link) == 0 &&
        S_ISLNK(link.st_mode))
        return pg_fail(err, PG_ERR_IO, "%s: is a link %s; mend the link or remove it", path,
                       why == ELOOP ? "that leads back to itself"
                                    : "to something that is not there");
    return pg_fail_errno(err, why, "%s: cannot open", path);
}

static pg_status check_descriptor(const pg_datafile *in, pg_error *err)
{
    struct stat info;
    if (fstat(in->fd, &info) != 0) return pg_fail_errno(err, errno, "%s: cannot read", in->name);
    if (S_ISDIR(info.st_mode)) return pg_fail_errno(err, EISDIR, "%s: cannot read", in->name);
    if (isatty(in->fd))
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: is a terminal, and the data is binary; name a file or pipe it in",
                       in->name);
    return PG_OK;
}

static pg_status check_regular(const char *path, const struct stat *info, pg_error *err)
{
    if (S_ISREG(info->st_mode)) return PG_OK;
    return pg_fail(err, PG_ERR_IO, "%s: is %s where a regular file belongs; remove it", path,
                   pg_file_kind(info->st_mode));
}

/* Looked at before it is opened, because opening alone can change a device or wake
 * a writer, and again afterwards: the name may have passed to something else. */
static pg_status open_regular(const char *path, int *fd, pg_error *err)
{
    struct stat info;
    pg_status status = pg_path_look(path, &info, err);
    if (status == PG_OK) status = check_regular(path, &info, err);
    if (status != PG_OK) return status;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*fd < 0 || fstat(*fd, &info) != 0)
        return pg_fail_errno(err, errno, "%s: cannot open", path);
    return check_regular(path, &info, err);
}

static pg_status open_any(const char *path, int *fd, pg_error *err)
{
    *fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return *fd < 0 ? pg_fail_errno(err, errno, "%s: cannot open", path) : PG_OK;
}

static pg_status open_descriptor(pg_datafile *in, const char *path, bool found, pg_error *err)
{
    in->name = strdup(!found && strcmp(path, "-") == 0 ? "standard input" : path);
    in->raw = malloc(PG_BUFFER_BYTES);
    in->buffer = malloc(PG_BUFFER_BYTES);
    if (!in->name || !in->raw || !in->buffer)
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    if (found) return open_regular(path, &in->fd, err);
    pg_status status = open_any(path, &in->fd, err);
    return status == PG_OK ? check_descriptor(in, err) : status;
}

static pg_status detect_gzip(pg_datafile *in, pg_error *err)
{
    pg_status status = refill(in, 2, err);
    if (status != PG_OK || !gzip_magic(in)) return status;
    if (inflateInit2(&in->zlib, MAX_WBITS + 16) != Z_OK)
        return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", in->name);
    in->gzip = in->zlib_ready = true;
    return PG_OK;
}

static pg_status open_datafile(const char *path, bool found, pg_datafile **input, pg_error *err)
{
    pg_datafile *in = calloc(1, sizeof *in);
    *input = NULL;
    if (!in) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    in->fd = -1;
    pg_status status = open_descriptor(in, path, found, err);
    if (status == PG_OK) status = detect_gzip(in, err);
    if (status == PG_OK)
        *input = in;
    else
        pg_datafile_close(in);
    return status;
}

pg_status pg_datafile_open(const char *path, pg_datafile **input, pg_error *err)
{
    return open_datafile(path, false, input, err);
}

pg_status pg_datafile_open_found(const char *path, pg_datafile **input, pg_error *err)
{
    return open_datafile(path, true, input, err);
}

void pg_datafile_close(pg_datafile *in)
{
    if (!in) return;
    if (in->fd > STDIN_FILENO) close(in->fd);
    if (in->zlib_ready) inflateEnd(&in->zlib);
    free(in->raw);
    free(in->buffer);
    pg_remarks_free(&in->remarks);
    free(in->name);
    free(in);
}

const char *pg_datafile_name(const pg_datafile *in)
{
    return in->name;
}

bool pg_datafile_is_gzip(const pg_datafile *in)
{
    return in->gzip;
}

uint64_t pg_datafile_offset(const pg_datafile *in)
{
    return in->offset;
}

const pg_error *pg_datafile_error(const pg_datafile *in)
{
    return in->failed ? &in->error : NULL;
}
