#include <config.h>

#include "dataset/labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/filetype.h"
#include "dataset/bytes.h"
#include "dataset/datafile.h"
#include "dataset/idx.h"
#include "dataset/keyed.h"
#include "dataset/norb_header.h"

struct pg_labels {
    pg_datafile *input;
    size_t width;    /* bytes of a label; 0: text */
    bool big_endian; /* IDX */
    bool is_signed;
    uint64_t total, left; /* of a binary file */
    uint64_t line;        /* of a text, lines read so far */
    pg_keyed *keyed;      /* of a text with keys, all of it; else NULL */
};

/* ---- Open ---- */

static pg_status wrong_rank(const pg_datafile *input, const char *kind, int rank, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: %s of rank %d, labels have rank 1; is it one of images?",
                   pg_datafile_name(input), kind, rank);
}

static pg_status open_idx(pg_labels *labels, pg_error *err)
{
    pg_idx_header header;
    pg_status status = pg_idx_read_header(labels->input, &header, err);
    if (status != PG_OK) return status;
    if (header.rank != 1) return wrong_rank(labels->input, "an IDX file", header.rank, err);
    labels->width = pg_idx_element_size(header.type);
    if (!labels->width)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: IDX labels of element type 0x%02x, not integers",
                       pg_datafile_name(labels->input), (unsigned)header.type);
    labels->big_endian = true;
    labels->is_signed = header.type != PG_IDX_U8;
    labels->total = labels->left = header.dims[0];
    return PG_OK;
}

static pg_status open_norb(pg_labels *labels, pg_error *err)
{
    pg_norb_header header;
    pg_status status = pg_norb_read_header(labels->input, &header, err);
    if (status != PG_OK) return status;
    if (header.rank != 1) return wrong_rank(labels->input, "a NORB matrix", header.rank, err);
    labels->width = header.magic == PG_NORB_INT32 ? 4 : 1;
    labels->is_signed = labels->width == 4;
    labels->total = labels->left = header.dims[0];
    return PG_OK;
}

/* Text is told by its first byte, so that a binary file of another kind is not
 * reported as a bad number. */
static pg_status open_text(pg_labels *labels, const uint8_t *bytes, size_t available, pg_error *err)
{
    char mark[3]; /* that some editors put in front of UTF-8 */
    size_t skipped = available > 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (available && bytes[skipped] && strchr("-0123456789 \t\r\n", bytes[skipped]))
        return pg_datafile_read(labels->input, mark, skipped, &skipped, err);
    return pg_refuse_file(pg_datafile_name(labels->input), NULL, PG_USE_LABELS, bytes, available,
                          err);
}

static pg_status detect(pg_labels *labels, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    pg_status status = pg_datafile_peek(labels->input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status != PG_OK) return status;
    if (pg_idx_is_magic(bytes, available)) return open_idx(labels, err);
    if (pg_norb_is_magic(bytes, available)) return open_norb(labels, err);
    if (pg_keyed_is_header(bytes, available))
        return pg_keyed_read(labels->input, &labels->keyed, err);
    return open_text(labels, bytes, available, err);
}

/* Takes the input over. */
static pg_status open_labels(pg_datafile *input, pg_labels **labels, pg_error *err)
{
    *labels = calloc(1, sizeof **labels);
    if (!*labels) {
        pg_datafile_close(input);
        return pg_fail(err, PG_ERR_MEMORY, "labels: out of memory");
    }
    (*labels)->input = input;
    pg_status status = detect(*labels, err);
    if (status == PG_OK) return PG_OK;
    pg_labels_close(*labels);
    *labels = NULL;
    return status;
}

pg_status pg_labels_open(const char *path, pg_labels **labels, pg_error *err)
{
    pg_datafile *input;
    *labels = NULL;
    pg_status status = pg_datafile_open(path, &input, err);
    return status == PG_OK ? open_labels(input, labels, err) : status;
}

pg_status pg_labels_open_found(const char *path, pg_labels **labels, pg_error *err)
{
    pg_datafile *input;
    *labels = NULL;
    pg_status status = pg_datafile_open_found(path, &input, err);
    return status == PG_OK ? open_labels(input, labels, err) : status;
}

void pg_labels_close(pg_labels *labels)
{
    if (!labels) return;
    pg_datafile_close(labels->input);
    pg_keyed_free(labels->keyed);
    free(labels);
}

const pg_remark *pg_labels_remark(const pg_labels *labels)
{
    return pg_datafile_remark(labels->input);
}

struct pg_keyed *pg_labels_keyed(const pg_labels *labels)
{
    return labels->keyed;
}

int64_t pg_labels_known_count(const pg_labels *labels)
{
    return labels->width ? (int64_t)labels->total : -1;
}

/* ---- Binary ---- */

/* Sign-extended from width bytes in either order. */
static int32_t decode(const pg_labels *labels, const uint8_t *bytes)
{
    uint32_t value = 0;
    for (size_t i = 0; i < labels->width; i++)
        value = value << 8 | bytes[labels->big_endian ? i : labels->width - 1 - i];
    if (labels->is_signed && labels->width == 1) return (int8_t)value;
    if (labels->is_signed && labels->width == 2) return (int16_t)value;
    return (int32_t)value;
}

static pg_status check_label(const pg_labels *labels, int64_t value, uint64_t where, pg_error *err)
{
    if (value >= PG_LABEL_NONE) return PG_OK;
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: label %lld is %lld, they are 0 and above, or -1 for none",
                   pg_datafile_name(labels->input), (long long)where, (long long)value);
}

static pg_status read_binary(pg_labels *labels, int32_t *values, size_t count, size_t *got,
                             pg_error *err)
{
    uint8_t bytes[4];
    for (*got = 0; *got < count && labels->left; ++*got, labels->left--) {
        pg_status status =
            pg_datafile_read_exactly(labels->input, bytes, labels->width, "the labels", err);
        if (status != PG_OK) return status;
        values[*got] = decode(labels, bytes);
        status = check_label(labels, values[*got], labels->total - labels->left, err);
        if (status != PG_OK) return status;
    }
    return labels->left || *got == count ? PG_OK
                                         : pg_datafile_expect_end(labels->input, "the labels", err);
}

/* ---- Text ---- */

/* A line without its end in text, or *found false at the end of the input. */
static pg_status read_line(pg_labels *labels, char *text, size_t room, bool *found, pg_error *err)
{
    size_t length = 0, got;
    for (;;) {
        char c;
        pg_status status = pg_datafile_read(labels->input, &c, 1, &got, err);
        if (status != PG_OK) return status;
        *found = got || length;
        if (!got || c == '\n') break;
        if (length + 1 < room)
            text[length++] = c;
        else
            text[0] = '?'; /* too long for a number: refused below */
    }
    if (length && text[length - 1] == '\r') length--;
    text[length] = 0;
    labels->line += *found;
    return PG_OK;
}

/* Blanks, an optional minus sign, digits, blanks; value within int32 or false. */
static bool parse_label(const char *text, int64_t *value)
{
    text += strspn(text, " \t");
    bool negative = *text == '-';
    text += negative;
    size_t digits = strspn(text, "0123456789");
    if (digits < 1 || digits > 10 || text[digits + strspn(text + digits, " \t")]) return false;
    *value = 0;
    for (size_t i = 0; i < digits; i++)
        *value = 10 * *value + (text[i] - '0');
    if (negative) *value = -*value;
    return *value <= INT32_MAX && *value >= INT32_MIN;
}

static size_t count_blanks(const uint8_t *bytes, size_t available)
{
    size_t count = 0;
    while (count < available && bytes[count] && strchr(" \t\r\n", bytes[count]))
        count++;
    return count;
}

/* True where only blank lines, and zeros that pad the file, are left: they are taken. */
static pg_status is_at_end(pg_labels *labels, bool *at_end, pg_error *err)
{
    const uint8_t *bytes;
    size_t available = 0, blanks = 0;
    for (size_t wanted = 64; blanks == available && wanted <= PG_BUFFER_BYTES; wanted *= 8) {
        pg_status status = pg_datafile_peek(labels->input, wanted, &bytes, &available, err);
        if (status != PG_OK) return status;
        blanks = count_blanks(bytes, available);
        if (available < wanted) break;
    }
    *at_end = blanks < available ? bytes[blanks] == 0 : available < PG_BUFFER_BYTES;
    if (!*at_end) return PG_OK;
    pg_datafile_take(labels->input, blanks);
    return pg_datafile_expect_end(labels->input, "the labels", err);
}

static pg_status read_text(pg_labels *labels, int32_t *values, size_t count, size_t *got,
                           pg_error *err)
{
    char text[64];
    int64_t value;
    for (*got = 0; *got < count; ++*got) {
        bool found, at_end;
        pg_status status = is_at_end(labels, &at_end, err);
        if (status != PG_OK || at_end) return status;
        status = read_line(labels, text, sizeof text, &found, err);
        if (status != PG_OK || !found) return status;
        if (!parse_label(text, &value) || value < PG_LABEL_NONE)
            return pg_fail(err, PG_ERR_FORMAT,
                           "%s: line %llu is '%.20s', not a label (an integer from 0, or -1 for "
                           "none)",
                           pg_datafile_name(labels->input), (unsigned long long)labels->line, text);
        values[*got] = (int32_t)value;
    }
    return PG_OK;
}

pg_status pg_labels_read(pg_labels *labels, int32_t *values, size_t count, size_t *got,
                         pg_error *err)
{
    if (labels->keyed)
        return pg_fail(err, PG_ERR_FORMAT, "%s: labels of some images by key, not one for each",
                       pg_datafile_name(labels->input));
    if (labels->width) return read_binary(labels, values, count, got, err);
    return read_text(labels, values, count, got, err);
}
