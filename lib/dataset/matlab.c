/* MATLAB version 5 files as SVHN's cropped digits have them (Netzer et al. 2011):
 * X is 32 x 32 x 3 x N uint8 in column-major order, y is N x 1; digit 0 has
 * label 10 there, so labels within 1 to 10 become 0 to 9. y comes after X: it takes a file that one
 * can seek in. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "dataset/matlab_file.h"
#include "dataset/source.h"
#include "stream/schema.h"

static bool matlab_matches(const pg_probe *probe)
{
    static const char start[] = "MATLAB 5.0";
    return probe->available >= sizeof start - 1 &&
           memcmp(probe->bytes, start, sizeof start - 1) == 0;
}

enum {
    MOST_COLOURS = 4, /* channels of a single image, whose N is left out by MATLAB */
    ZERO_DIGIT = 10   /* how the digit 0 is labelled */
};

typedef struct matlab_source {
    pg_matlab_file *file;
    const pg_matlab_variable *images;
    char *path;
    int32_t *labels; /* of all examples, or NULL */
    size_t count, done;
    int dims[3];      /* H, W, C */
    size_t size;      /* bytes of an image */
    uint8_t *columns; /* an image as it is stored, column-major */
    pg_remarks remarks;
} matlab_source;

static void matlab_close(void *state)
{
    matlab_source *m = state;
    pg_matlab_close(m->file);
    free(m->labels);
    free(m->columns);
    free(m->path);
    pg_remarks_free(&m->remarks);
    free(m);
}

/* C planes of W columns of H to H x W x C. */
static void transpose(const matlab_source *m, const uint8_t *columns, uint8_t *out)
{
    int height = m->dims[0], width = m->dims[1], channels = m->dims[2];
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < channels; c++)
                *out++ = columns[(c * width + x) * height + y];
}

static pg_status matlab_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    matlab_source *m = source->state;
    for (; chunk->count < chunk->capacity && m->done < m->count; m->done++, chunk->count++) {
        pg_status status = pg_matlab_read(m->file, m->columns, m->size, err);
        if (status != PG_OK) return status;
        transpose(m, m->columns, chunk->image + chunk->count * m->size);
        if (m->labels) chunk->label[chunk->count] = m->labels[m->done];
    }
    return PG_OK;
}

static const pg_remark *matlab_remark(const pg_source *source, size_t i)
{
    const matlab_source *m = source->state;
    return pg_remarks_get(&m->remarks, i);
}

static const pg_source_class matlab_class = {
    .next = matlab_next, .remark = matlab_remark, .close = matlab_close};

static pg_status check_images(matlab_source *m, const pg_matlab_variable *x, bool will_be_resized,
                              pg_error *err)
{
    if (x->rank < 3 || x->rank > 4 || x->class != PG_MATLAB_UINT8 || x->is_complex ||
        x->type != PG_MATLAB_BYTES)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: variable X is not an array H x W x C x N of uint8", m->path);
    if (x->rank == 3 && x->dims[2] > MOST_COLOURS)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: variable X has three dimensions, and the third is %zu: store grey "
                       "images as H x W x 1 x N",
                       m->path, x->dims[2]);
    pg_status status = pg_shape_check(m->path, (int64_t)x->dims[0], (int64_t)x->dims[1],
                                      (int64_t)x->dims[2], will_be_resized, err);
    if (status != PG_OK) return status;
    m->size = 1;
    for (int i = 0; i < 3; i++) {
        m->dims[i] = (int)x->dims[i];
        m->size *= x->dims[i];
    }
    m->count = x->rank == 4 ? x->dims[3] : 1;
    return PG_OK;
}

static pg_status open_images(matlab_source *m, bool will_be_resized, pg_error *err)
{
    const pg_matlab_variable *x = m->images = pg_matlab_find(m->file, "X");
    if (!x) return pg_fail(err, PG_ERR_FORMAT, "%s: has no variable X", m->path);
    pg_status status = check_images(m, x, will_be_resized, err);
    if (status != PG_OK) return status;
    m->columns = malloc(m->size + 1);
    return m->columns ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", m->path);
}

/* ---- Labels ---- */

/* The ten digits as SVHN has them, and no other classes: all labels are 1 to 10. */
static bool are_digits(const matlab_source *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->labels[i] != PG_LABEL_NONE && (m->labels[i] < 1 || m->labels[i] > ZERO_DIGIT))
            return false;
    return true;
}

static void restore_zero(matlab_source *m)
{
    int changed = 0;
    for (size_t i = 0; i < m->count; i++)
        if (m->labels[i] == ZERO_DIGIT) {
            m->labels[i] = 0;
            changed++;
        }
    if (changed)
        pg_remarks_add(&m->remarks, false,
                       "%s: label %d became 0, as SVHN's digit 0, because all labels are 1 to %d",
                       m->path, ZERO_DIGIT, ZERO_DIGIT);
}

static pg_status check_labels(const matlab_source *m, const pg_matlab_variable *y, pg_error *err)
{
    size_t elements = 1;
    if (y->class < PG_MATLAB_DOUBLE || y->class > PG_MATLAB_UINT64 || y->is_complex)
        return pg_fail(err, PG_ERR_UNSUPPORTED, "%s: y is not an array of numbers", m->path);
    for (int i = 0; i < y->rank; i++)
        elements *= y->dims[i]; /* as many as are stored: see pg_matlab_open */
    if (elements == m->count) return PG_OK;
    return pg_fail(err, PG_ERR_FORMAT, "%s: y has %zu labels, and X has %zu images", m->path,
                   elements, m->count);
}

static pg_status read_label(matlab_source *m, const pg_matlab_variable *y, size_t i, pg_error *err)
{
    uint8_t bytes[8];
    pg_status status = pg_matlab_read(m->file, bytes, y->width, err);
    if (status != PG_OK) return status;
    double value = pg_matlab_number(m->file, y, bytes);
    if (!(value >= PG_LABEL_NONE && value <= INT32_MAX) || value != (double)(int32_t)value)
        return pg_fail(err, PG_ERR_FORMAT, "%s: y(%zu) is not a label", m->path, i + 1);
    m->labels[i] = (int32_t)value;
    return PG_OK;
}

/* y is small: it is read at once. A file without it has no labels. */
static pg_status read_labels(matlab_source *m, pg_error *err)
{
    const pg_matlab_variable *y = pg_matlab_find(m->file, "y");
    if (!y) return PG_OK;
    pg_status status = check_labels(m, y, err);
    if (status != PG_OK) return status;
    m->labels = pg_allocate(m->count, sizeof *m->labels);
    if (!m->labels) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", m->path);
    status = pg_matlab_start(m->file, y, err);
    for (size_t i = 0; status == PG_OK && i < m->count; i++)
        status = read_label(m, y, i, err);
    if (status == PG_OK && are_digits(m)) restore_zero(m);
    return status;
}

/* ---- Open ---- */

static pg_status check_file(const pg_opening *opening, pg_error *err)
{
    struct stat info;
    if (strcmp(opening->path, "-") == 0 || stat(opening->path, &info) != 0 ||
        !S_ISREG(info.st_mode))
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: a MATLAB file cannot be read from a pipe; give its name",
                       pg_datafile_name(opening->input));
    if (pg_datafile_is_gzip(opening->input))
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: a MATLAB file that is compressed by gzip; unpack it", opening->path);
    return PG_OK;
}

static pg_status open_file(matlab_source *m, const pg_opening *opening, pg_error *err)
{
    pg_status status = check_file(opening, err);
    if (status != PG_OK) return status;
    m->path = strdup(opening->path);
    if (!m->path) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    uint64_t padding;
    status = pg_matlab_open(m->path, &m->file, &padding, err);
    if (status != PG_OK) return status;
    if (padding) pg_datafile_note_padding(opening->input, padding, "the last variable");
    status = open_images(m, opening->options->height > 0, err);
    if (status == PG_OK && !opening->options->labels) /* others are put over these */
        status = read_labels(m, err);
    return status == PG_OK ? pg_matlab_start(m->file, m->images, err) : status;
}

static pg_status matlab_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    matlab_source *m = calloc(1, sizeof *m);
    if (!m) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    pg_status status = open_file(m, opening, err);
    if (status != PG_OK) {
        matlab_close(m);
        return status;
    }
    pg_schema schema = {.height = m->dims[0],
                        .width = m->dims[1],
                        .channels = m->dims[2],
                        .has_label = m->labels != NULL};
    return pg_source_create(&matlab_class, m, &schema, m->count, source, err);
}

const pg_format pg_format_matlab = {"matlab", "MATLAB version 5 file with X and y (SVHN)",
                                    matlab_matches, matlab_open, NULL};
