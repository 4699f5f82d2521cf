/* MATLAB version 5 files as SVHN's cropped digits have them (Netzer et al. 2011):
 * X is 32 x 32 x 3 x N uint8 in column-major order, y is N x 1; digit 0 has
 * label 10 there, so labels within 1 to 10 become 0 to 9. matio wants a file it can seek in. */
#include <config.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "dataset/matlab_check.h"
#include "dataset/source.h"
#include "stream/schema.h"

static bool matlab_matches(const pg_probe *probe)
{
    static const char start[] = "MATLAB 5.0";
    return probe->available >= sizeof start - 1 &&
           memcmp(probe->bytes, start, sizeof start - 1) == 0;
}

#if HAVE_MATIO

#include <matio.h>

enum {
    MOST_COLOURS = 4,      /* channels of a single image, whose N is left out by MATLAB */
    ZERO_DIGIT = 10,       /* how the digit 0 is labelled */
    SLAB_BYTES = 64 << 20, /* read at once: a compressed variable is unpacked from its start
                              for each slab, so these are few and large */
};

typedef struct matlab_source {
    mat_t *file;
    matvar_t *images;
    char *path;
    int32_t *labels; /* of all examples, or NULL */
    int count, done;
    int dims[4];   /* H, W, C, N */
    size_t size;   /* bytes of an image */
    uint8_t *slab; /* images slab_begin .. slab_end-1, column-major */
    int slab_begin, slab_end, slab_room;
    pg_remarks remarks;
} matlab_source;

/* A char * in matio 1.5.23, const in 1.5.28: as the header that is here declares it. */
typedef __typeof__(_Generic(&Mat_LogInitFunc, int (*)(const char *, void (*)(int, char *))
                            : (char *)0, default
                            : (const char *)0)) log_message;

static void ignore_log(int level, log_message message)
{
    (void)level;
    (void)message;
}

static void matlab_close(void *state)
{
    matlab_source *m = state;
    if (m->images) Mat_VarFree(m->images);
    if (m->file) Mat_Close(m->file);
    free(m->labels);
    free(m->slab);
    free(m->path);
    pg_remarks_free(&m->remarks);
    free(m);
}

static pg_status broken(const matlab_source *m, const char *what, pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: variable %s cannot be read, the file is broken or cut "
                   "short",
                   m->path, what);
}

/* The next slab of whole images. They are read as one run of elements: matio
 * 1.5.23 mixes up the elements of a slab in four dimensions. */
static pg_status read_slab(matlab_source *m, pg_error *err)
{
    int count = m->count - m->slab_end < m->slab_room ? m->count - m->slab_end : m->slab_room;
    int size = (int)m->size; /* the product with count is an int: see check_images */
    if (Mat_VarReadDataLinear(m->file, m->images, m->slab, m->slab_end * size, 1, count * size) !=
        0)
        return broken(m, "X", err);
    m->slab_begin = m->slab_end;
    m->slab_end += count;
    return PG_OK;
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
        if (m->done == m->slab_end) {
            pg_status status = read_slab(m, err);
            if (status != PG_OK) return status;
        }
        transpose(m, m->slab + (size_t)(m->done - m->slab_begin) * m->size,
                  chunk->image + chunk->count * m->size);
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

static pg_status check_images(matlab_source *m, bool will_be_resized, pg_error *err)
{
    const matvar_t *x = m->images;
    if (x->rank < 3 || x->rank > 4 || x->class_type != MAT_C_UINT8 || x->isComplex)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: variable X is not an array H x W x C x N of uint8", m->path);
    if (x->rank == 3 && x->dims[2] > MOST_COLOURS)
        return pg_fail(err, PG_ERR_UNSUPPORTED,
                       "%s: variable X has three dimensions, and the third is %zu: store grey "
                       "images as H x W x 1 x N",
                       m->path, x->dims[2]);
    size_t dims[4] = {x->dims[0], x->dims[1], x->dims[2], x->rank == 4 ? x->dims[3] : 1};
    for (int i = 0; i < 4; i++)
        if (dims[i] > INT_MAX) dims[i] = INT_MAX; /* too large in any place */
    pg_status status = pg_shape_check(m->path, (int64_t)dims[0], (int64_t)dims[1], (int64_t)dims[2],
                                      will_be_resized, err);
    if (status != PG_OK) return status;
    for (int i = 0; i < 4; i++)
        m->dims[i] = (int)dims[i];
    m->count = m->dims[3];
    m->size = dims[0] * dims[1] * dims[2];
    uint64_t bytes = (uint64_t)dims[3] * m->size;
    if (bytes > INT_MAX)
        return pg_fail(err, PG_ERR_LIMIT, "%s: variable X has %llu bytes, read are up to %d",
                       m->path, (unsigned long long)bytes, INT_MAX);
    return PG_OK;
}

static pg_status open_images(matlab_source *m, bool will_be_resized, pg_error *err)
{
    m->images = Mat_VarReadInfo(m->file, "X");
    if (!m->images)
        return pg_fail(err, PG_ERR_FORMAT, "%s: has no variable X, or is cut short", m->path);
    pg_status status = check_images(m, will_be_resized, err);
    if (status != PG_OK) return status;
    size_t room = SLAB_BYTES / m->size + 1;
    m->slab_room = room < (size_t)m->count ? (int)room : m->count;
    m->slab = malloc((size_t)m->slab_room * m->size + 1);
    return m->slab ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", m->path);
}

/* ---- Labels ---- */

static bool has_numbers(const matvar_t *y)
{
    switch (y->class_type) {
    case MAT_C_DOUBLE:
    case MAT_C_SINGLE:
    case MAT_C_UINT8:
    case MAT_C_INT8:
    case MAT_C_UINT16:
    case MAT_C_INT16:
    case MAT_C_UINT32:
    case MAT_C_INT32:
    case MAT_C_UINT64:
    case MAT_C_INT64:
        return !y->isComplex;
    default:
        return false; /* also cells and structures, which would be read as pointers */
    }
}

/* Element i of an array that has numbers. */
static double element(const matvar_t *y, size_t i)
{
    switch (y->class_type) {
    case MAT_C_DOUBLE:
        return ((const double *)y->data)[i];
    case MAT_C_SINGLE:
        return (double)((const float *)y->data)[i];
    case MAT_C_UINT8:
        return ((const uint8_t *)y->data)[i];
    case MAT_C_INT8:
        return ((const int8_t *)y->data)[i];
    case MAT_C_UINT16:
        return ((const uint16_t *)y->data)[i];
    case MAT_C_INT16:
        return ((const int16_t *)y->data)[i];
    case MAT_C_UINT32:
        return ((const uint32_t *)y->data)[i];
    case MAT_C_INT32:
        return ((const int32_t *)y->data)[i];
    case MAT_C_UINT64: /* one too large for a double is no label anyway */
        return (double)((const uint64_t *)y->data)[i];
    default:
        return (double)((const int64_t *)y->data)[i];
    }
}

/* The ten digits as SVHN has them, and no other classes: all labels are 1 to 10. */
static bool are_digits(const matlab_source *m)
{
    for (int i = 0; i < m->count; i++)
        if (m->labels[i] != PG_LABEL_NONE && (m->labels[i] < 1 || m->labels[i] > ZERO_DIGIT))
            return false;
    return true;
}

static void restore_zero(matlab_source *m)
{
    int changed = 0;
    for (int i = 0; i < m->count; i++)
        if (m->labels[i] == ZERO_DIGIT) {
            m->labels[i] = 0;
            changed++;
        }
    if (changed)
        pg_remarks_add(&m->remarks, false,
                       "%s: label %d became 0, as SVHN's digit 0, because all labels are 1 to %d",
                       m->path, ZERO_DIGIT, ZERO_DIGIT);
}

static pg_status convert_labels(matlab_source *m, const matvar_t *y, pg_error *err)
{
    for (int i = 0; i < m->count; i++) {
        double value = element(y, (size_t)i);
        if (!(value >= PG_LABEL_NONE && value <= INT32_MAX) || value != (double)(int32_t)value)
            return pg_fail(err, PG_ERR_FORMAT, "%s: y(%d) is not a label", m->path, i + 1);
        m->labels[i] = (int32_t)value;
    }
    if (are_digits(m)) restore_zero(m);
    return PG_OK;
}

static pg_status check_labels(const matlab_source *m, const matvar_t *y, pg_error *err)
{
    size_t elements = 1;
    if (!has_numbers(y))
        return pg_fail(err, PG_ERR_UNSUPPORTED, "%s: y is not an array of numbers", m->path);
    for (int i = 0; i < y->rank; i++)
        if (!pg_size_multiply(elements, y->dims[i], &elements)) elements = SIZE_MAX;
    if (elements == (size_t)m->count) return PG_OK;
    return pg_fail(err, PG_ERR_FORMAT, "%s: y has %zu labels, and X has %d images", m->path,
                   elements, m->count);
}

/* y is small: it is read at once. A file without it has no labels. */
static pg_status read_labels(matlab_source *m, pg_error *err)
{
    matvar_t *y = Mat_VarReadInfo(m->file, "y");
    if (!y) return PG_OK;
    pg_status status = check_labels(m, y, err);
    if (status == PG_OK && (Mat_VarReadDataAll(m->file, y) != 0 || !y->data))
        status = broken(m, "y", err);
    if (status == PG_OK) {
        m->labels = pg_allocate((size_t)m->count, sizeof *m->labels);
        status = m->labels ? convert_labels(m, y, err)
                           : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", m->path);
    }
    Mat_VarFree(y);
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
    status = pg_matlab_check(m->path, &padding, err);
    if (status != PG_OK) return status;
    if (padding) pg_datafile_note_padding(opening->input, padding, "the last variable");
    Mat_LogInitFunc("pixelgan", ignore_log); /* its own log prints, and may abort */
    m->file = Mat_Open(m->path, MAT_ACC_RDONLY);
    if (!m->file) return pg_fail(err, PG_ERR_FORMAT, "%s: matio cannot open it", m->path);
    status = open_images(m, opening->options->height > 0, err);
    if (status != PG_OK || opening->options->labels) return status; /* others are put over them */
    return read_labels(m, err);
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

#else

static pg_status matlab_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    (void)source;
    return pg_fail(err, PG_ERR_UNSUPPORTED,
                   "%s: a MATLAB file, and this build has no matio; install it (Debian: "
                   "libmatio-dev), configure and build again",
                   pg_datafile_name(opening->input));
}

#endif

const pg_format pg_format_matlab = {"matlab", "MATLAB version 5 file with X and y (SVHN)",
                                    matlab_matches, matlab_open, NULL};
