#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/filetype.h"
#include "dataset/bytes.h"
#include "dataset/labels.h"
#include "dataset/norb_header.h"
#include "dataset/remarks.h"
#include "dataset/source.h"
#include "stream/schema.h"

enum { INFO_FIELDS = 4 };
static const char *const info_names[INFO_FIELDS] = {"instance", "elevation", "azimuth", "lighting"};

/* ---- Files beside a -dat file ---- */

/* Whatever it is: what is no regular file is refused when it is opened. A link
 * to a file that is not there counts, so that labels do not go missing. */
static bool is_there(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

static void toggle_gzip_suffix(char *path)
{
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".gz") == 0)
        path[length - 3] = 0;
    else
        strcpy(path + length, ".gz");
}

/* The path of the file whose last "-dat" is `kind` ("-cat", "-info"), gzip or
 * not; NULL where there is none, or memory is short. free() it. */
static char *find_beside(const char *path, const char *kind)
{
    const char *base = strrchr(path, '/');
    const char *mark = NULL;
    for (const char *at = base ? base : path; (at = strstr(at, "-dat")); at++)
        mark = at;
    if (!mark) return NULL;
    size_t size = strlen(path) + strlen(kind) + sizeof ".gz";
    char *beside = malloc(size);
    if (!beside) return NULL;
    snprintf(beside, size, "%.*s%s%s", (int)(mark - path), path, kind, mark + strlen("-dat"));
    if (is_there(beside)) return beside;
    toggle_gzip_suffix(beside);
    if (is_there(beside)) return beside;
    free(beside);
    return NULL;
}

/* ---- Images ---- */

typedef enum view { VIEW_LEFT, VIEW_RIGHT, VIEW_BOTH } view;

typedef struct norb_source {
    pg_datafile *input;
    pg_labels *labels; /* of the -cat file, or NULL */
    pg_datafile *info; /* of the -info file, or NULL */
    char *labels_path, *info_path;
    view view;
    int cameras;     /* images an example, 1 or 2 */
    size_t pixels;   /* of one of them */
    uint8_t *images; /* cameras x pixels */
    uint64_t left;   /* examples yet to come */
    pg_remarks remarks;
} norb_source;

static void norb_close(void *state)
{
    norb_source *norb = state;
    pg_labels_close(norb->labels);
    pg_datafile_close(norb->info);
    free(norb->labels_path);
    free(norb->info_path);
    free(norb->images);
    pg_remarks_free(&norb->remarks);
    free(norb);
}

/* cameras x pixels to pixels x channels. */
static void choose_views(const norb_source *norb, uint8_t *out)
{
    if (norb->view != VIEW_BOTH) {
        memcpy(out, norb->images + (norb->view == VIEW_RIGHT ? norb->pixels : 0), norb->pixels);
        return;
    }
    for (size_t i = 0; i < norb->pixels; i++) {
        out[2 * i] = norb->images[i];
        out[2 * i + 1] = norb->images[norb->pixels + i];
    }
}

static pg_status read_label(norb_source *norb, int32_t *label, pg_error *err)
{
    size_t got;
    pg_status status = pg_labels_read(norb->labels, label, 1, &got, err);
    if (status != PG_OK || got == 1) return status;
    return pg_fail(err, PG_ERR_FORMAT, "%s: fewer labels than %s has images", norb->labels_path,
                   pg_datafile_name(norb->input));
}

static pg_status read_info(norb_source *norb, float *values, pg_error *err)
{
    uint8_t bytes[4 * INFO_FIELDS];
    pg_status status = pg_datafile_read_exactly(norb->info, bytes, sizeof bytes, "the matrix", err);
    for (int i = 0; status == PG_OK && i < INFO_FIELDS; i++)
        values[i] = (float)(int32_t)pg_little_endian_32(bytes + 4 * i);
    return status;
}

/* The three files end together; that of labels sees to itself when asked for one more. */
static pg_status expect_ends(norb_source *norb, pg_error *err)
{
    int32_t label;
    size_t got;
    pg_status status = pg_datafile_expect_end(norb->input, "the NORB matrix", err);
    if (status == PG_OK && norb->labels)
        status = pg_labels_read(norb->labels, &label, 1, &got, err);
    if (status == PG_OK && norb->info)
        status = pg_datafile_expect_end(norb->info, "the NORB matrix", err);
    return status;
}

static pg_status norb_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    norb_source *norb = source->state;
    size_t size = pg_schema_image_size(&source->schema);
    if (norb->left == 0) return expect_ends(norb, err);
    for (; chunk->count < chunk->capacity && norb->left; chunk->count++, norb->left--) {
        size_t i = chunk->count;
        pg_status status =
            pg_datafile_read_exactly(norb->input, norb->images,
                                     (size_t)norb->cameras * norb->pixels, "the NORB matrix", err);
        if (status == PG_OK && norb->labels) status = read_label(norb, chunk->label + i, err);
        if (status == PG_OK && norb->info)
            status = read_info(norb, chunk->scalar + i * INFO_FIELDS, err);
        if (status != PG_OK) return status;
        choose_views(norb, chunk->image + i * size);
    }
    return PG_OK;
}

/* Its own, then those of the files beside the images; that of the images is told elsewhere. */
static const pg_remark *norb_remark(const pg_source *source, size_t i)
{
    const norb_source *norb = source->state;
    size_t count = norb->remarks.count;
    const pg_remark *of_labels = norb->labels ? pg_labels_remark(norb->labels) : NULL;
    if (i < count) return pg_remarks_get(&norb->remarks, i);
    if (of_labels && i == count) return of_labels;
    if (of_labels) count++;
    return norb->info && i == count ? pg_datafile_remark(norb->info) : NULL;
}

static const pg_source_class norb_class = {
    .next = norb_next, .remark = norb_remark, .close = norb_close};

static pg_status parse_view(const char *text, const pg_norb_header *header, const char *name,
                            view *view, pg_error *err)
{
    *view = VIEW_LEFT;
    if (!text || strcmp(text, "left") == 0) return PG_OK;
    *view = strcmp(text, "right") == 0 ? VIEW_RIGHT : VIEW_BOTH;
    if (*view == VIEW_BOTH && strcmp(text, "both") != 0)
        return pg_fail(err, PG_ERR_ARGUMENT, "view '%s': left, right or both", text);
    if (header->rank == 4) return PG_OK;
    return pg_fail(err, PG_ERR_ARGUMENT, "%s: has one image an example, not a stereo pair", name);
}

/* dat is N x 2 x H x W (stereo pairs) or N x H x W. */
static pg_status check_images(const pg_norb_header *header, const char *name, bool will_be_resized,
                              pg_error *err)
{
    if (header->rank < 3 || header->magic != PG_NORB_BYTES)
        return pg_fail(err, PG_ERR_FORMAT,
                       "%s: a NORB matrix of %s and rank %d, not one of images; give the -dat file",
                       name, header->magic == PG_NORB_BYTES ? "bytes" : "int32", header->rank);
    if (header->rank == 4 && header->dims[1] != 2)
        return pg_fail(err, PG_ERR_FORMAT, "%s: %u images an example, stereo pairs have 2", name,
                       header->dims[1]);
    return pg_shape_check(name, header->dims[header->rank - 2], header->dims[header->rank - 1], 1,
                          will_be_resized, err);
}

static pg_status count_mismatch(const char *beside, uint64_t there, const char *name, uint64_t here,
                                pg_error *err)
{
    return pg_fail(err, PG_ERR_FORMAT, "%s: %llu rows, and %s has %llu images", beside,
                   (unsigned long long)there, name, (unsigned long long)here);
}

static pg_status open_labels(norb_source *norb, const pg_opening *opening, pg_error *err)
{
    if (opening->options->labels) return PG_OK; /* these will be put over ours anyway */
    norb->labels_path = find_beside(opening->path, "-cat");
    if (!norb->labels_path) {
        pg_remarks_add(&norb->remarks, true, "%s: no -cat file was found beside it: no labels",
                       pg_datafile_name(norb->input));
        return PG_OK;
    }
    pg_status status = pg_labels_open_found(norb->labels_path, &norb->labels, err);
    if (status != PG_OK) return status;
    int64_t count = pg_labels_known_count(norb->labels);
    if (count < 0 || (uint64_t)count == norb->left) return PG_OK;
    return count_mismatch(norb->labels_path, (uint64_t)count, opening->path, norb->left, err);
}

static pg_status open_info(norb_source *norb, const pg_opening *opening, pg_error *err)
{
    pg_norb_header header;
    if (!opening->options->info) return PG_OK;
    norb->info_path = find_beside(opening->path, "-info");
    if (!norb->info_path)
        return pg_fail(err, PG_ERR_IO, "%s: no -info file was found beside it", opening->path);
    pg_status status = pg_datafile_open_found(norb->info_path, &norb->info, err);
    if (status == PG_OK) status = pg_norb_read_header(norb->info, &header, err);
    if (status != PG_OK) return status;
    if (header.magic != PG_NORB_INT32 || header.rank != 2 || header.dims[1] != INFO_FIELDS)
        return pg_fail(err, PG_ERR_FORMAT, "%s: not a NORB matrix of int32 with %d columns",
                       norb->info_path, INFO_FIELDS);
    if (header.dims[0] != norb->left)
        return count_mismatch(norb->info_path, header.dims[0], opening->path, norb->left, err);
    return PG_OK;
}

static pg_status prepare(norb_source *norb, pg_opening *opening, const pg_norb_header *header,
                         pg_error *err)
{
    const char *name = pg_datafile_name(opening->input);
    norb->input = opening->input;
    norb->cameras = header->rank == 4 ? 2 : 1;
    norb->pixels = (size_t)header->dims[header->rank - 2] * header->dims[header->rank - 1];
    norb->left = header->dims[0];
    pg_status status = parse_view(opening->options->view, header, name, &norb->view, err);
    if (status == PG_OK) status = open_labels(norb, opening, err);
    if (status == PG_OK) status = open_info(norb, opening, err);
    if (status != PG_OK) return status;
    norb->images = pg_allocate((size_t)norb->cameras, norb->pixels);
    return norb->images ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", name);
}

static pg_schema make_schema(const norb_source *norb, const pg_norb_header *header)
{
    pg_schema schema = {.height = (int)header->dims[header->rank - 2],
                        .width = (int)header->dims[header->rank - 1],
                        .channels = norb->view == VIEW_BOTH ? 2 : 1,
                        .has_label = norb->labels != NULL,
                        .scalar_count = norb->info ? INFO_FIELDS : 0};
    for (int i = 0; i < schema.scalar_count; i++)
        strcpy(schema.scalar_names[i], info_names[i]);
    return schema;
}

static pg_status norb_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    pg_norb_header header;
    pg_status status = pg_norb_read_header(opening->input, &header, err);
    if (status == PG_OK)
        status = check_images(&header, pg_datafile_name(opening->input),
                              opening->options->height > 0, err);
    if (status != PG_OK) return status;
    norb_source *norb = calloc(1, sizeof *norb);
    if (!norb) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    status = prepare(norb, opening, &header, err);
    if (status != PG_OK) {
        norb_close(norb);
        return status;
    }
    pg_schema schema = make_schema(norb, &header);
    return pg_source_create(&norb_class, norb, &schema, header.dims[0], source, err);
}

static bool norb_matches(const pg_probe *probe)
{
    return pg_norb_is_magic(probe->bytes, probe->available);
}

const pg_format pg_format_norb = {"norb", "small NORB's -dat matrix, with -cat and -info beside it",
                                  norb_matches, norb_open, NULL};
