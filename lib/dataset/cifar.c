/* CIFAR-10 and CIFAR-100 binary records (Krizhevsky 2009): one or two label
 * bytes, then the red, green and blue planes of 32 x 32 bytes. There is no
 * magic, so only files named .bin or .bin.gz are looked at, and every record in
 * sight must have possible labels. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/filetype.h"
#include "dataset/source.h"

enum { SIDE = 32, PIXELS = SIDE * SIDE, PLANES = 3, MAX_LABELS = 2 };

typedef struct variety {
    const char *name;
    size_t label_bytes;
    int classes[MAX_LABELS]; /* of each label byte */
    size_t label;            /* the one that is taken */
} variety;

static const variety cifar10 = {"CIFAR-10", 1, {10, 0}, 0};
static const variety cifar100 = {"CIFAR-100", 2, {20, 100}, 1};
static const variety cifar100_coarse = {"CIFAR-100", 2, {20, 100}, 0};

typedef struct cifar_source {
    pg_datafile *input;
    const variety *variety;
    uint64_t index;
} cifar_source;

static size_t record_size(const variety *v)
{
    return v->label_bytes + PLANES * PIXELS;
}

/* The first label byte that is out of range, or -1. */
static int wrong_label(const variety *v, const uint8_t *record)
{
    for (size_t i = 0; i < v->label_bytes; i++)
        if (record[i] >= v->classes[i]) return record[i];
    return -1;
}

static bool all_zero(const uint8_t *bytes, size_t count)
{
    while (count && bytes[count - 1] == 0)
        count--;
    return count == 0;
}

/* Planes to pixels x 3. */
static void interleave(const uint8_t *planes, uint8_t *out)
{
    for (int i = 0; i < PIXELS; i++)
        for (int c = 0; c < PLANES; c++)
            *out++ = planes[c * PIXELS + i];
}

/* The file has another kind where already the first record is none. */
static pg_status refuse_record(const cifar_source *cifar, const uint8_t *record, pg_error *err)
{
    const variety *v = cifar->variety;
    const char *name = pg_datafile_name(cifar->input);
    if (cifar->index == 0 && pg_filetype_name(record, record_size(v)))
        return pg_refuse_file(name, v->name, PG_USE_IMAGES, record, record_size(v), err);
    return pg_fail(err, PG_ERR_FORMAT, "%s: record %llu has label %d, so this is not %s", name,
                   (unsigned long long)cifar->index, wrong_label(v, record), v->name);
}

/* Zeros that are no whole record pad the file; anything else was cut off. */
static pg_status end_in_record(const cifar_source *cifar, const uint8_t *record, size_t got,
                               pg_error *err)
{
    const variety *v = cifar->variety;
    const char *name = pg_datafile_name(cifar->input);
    if (cifar->index > 0 && all_zero(record, got)) {
        pg_datafile_note_padding(cifar->input, got, "the last record");
        return PG_OK;
    }
    if (cifar->index == 0 && pg_filetype_name(record, got))
        return pg_refuse_file(name, v->name, PG_USE_IMAGES, record, got, err);
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: truncated, the last %s record has %zu bytes of %zu; get it again", name,
                   v->name, got, record_size(v));
}

static pg_status cifar_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    cifar_source *cifar = source->state;
    const variety *v = cifar->variety;
    uint8_t record[MAX_LABELS + PLANES * PIXELS];
    for (; chunk->count < chunk->capacity; chunk->count++, cifar->index++) {
        size_t got;
        pg_status status = pg_datafile_read(cifar->input, record, record_size(v), &got, err);
        if (status != PG_OK || got == 0) return status;
        if (got < record_size(v)) return end_in_record(cifar, record, got, err);
        if (wrong_label(v, record) >= 0) return refuse_record(cifar, record, err);
        chunk->label[chunk->count] = record[v->label];
        interleave(record + v->label_bytes, chunk->image + chunk->count * PLANES * PIXELS);
    }
    return PG_OK;
}

static const pg_source_class cifar_class = {.next = cifar_next, .close = free};

static pg_status open_variety(const variety *v, pg_opening *opening, pg_source **source,
                              pg_error *err)
{
    cifar_source *cifar = malloc(sizeof *cifar);
    if (!cifar) return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", opening->path);
    *cifar = (cifar_source){.input = opening->input, .variety = v};
    pg_schema schema = {.height = SIDE, .width = SIDE, .channels = PLANES, .has_label = true};
    return pg_source_create(&cifar_class, cifar, &schema, -1, source, err);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Records with possible labels, the last one cut off perhaps. */
static bool has_records(const variety *v, const pg_probe *probe)
{
    size_t size = record_size(v);
    if (probe->available < size) return false;
    for (size_t at = 0; at + size <= probe->available; at += size)
        if (wrong_label(v, probe->bytes + at) >= 0) return false;
    return true;
}

static bool variety_matches(const variety *v, const pg_probe *probe)
{
    size_t rest = probe->available % record_size(v);
    if (probe->whole && !all_zero(probe->bytes + probe->available - rest, rest)) return false;
    return (ends_with(probe->path, ".bin") || ends_with(probe->path, ".bin.gz")) &&
           has_records(v, probe);
}

static bool cifar10_may_be(const pg_probe *probe)
{
    return has_records(&cifar10, probe);
}

static bool cifar100_may_be(const pg_probe *probe)
{
    return has_records(&cifar100, probe);
}

static bool cifar10_matches(const pg_probe *probe)
{
    return variety_matches(&cifar10, probe);
}

static bool cifar100_matches(const pg_probe *probe)
{
    return variety_matches(&cifar100, probe);
}

static bool never_matches(const pg_probe *probe)
{
    (void)probe;
    return false;
}

static pg_status cifar10_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    return open_variety(&cifar10, opening, source, err);
}

static pg_status cifar100_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    return open_variety(&cifar100, opening, source, err);
}

static pg_status cifar100_coarse_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    return open_variety(&cifar100_coarse, opening, source, err);
}

const pg_format pg_format_cifar10 = {"cifar10", "CIFAR-10 binary records, named .bin",
                                     cifar10_matches, cifar10_open, cifar10_may_be};
const pg_format pg_format_cifar100 = {"cifar100", "CIFAR-100 binary records, the 100 fine labels",
                                      cifar100_matches, cifar100_open, cifar100_may_be};
const pg_format pg_format_cifar100_coarse = {"cifar100-coarse",
                                             "CIFAR-100 binary records, the 20 coarse labels",
                                             never_matches, cifar100_coarse_open, NULL};
