#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pixelgan/dataset.h"

/* Where label is, or would be put. */
static size_t position(const pg_class_counts *counts, int32_t label)
{
    size_t low = 0, high = counts->size;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (counts->labels[middle] < label)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool grow(pg_class_counts *counts)
{
    size_t room = counts->room ? 2 * counts->room : 16;
    int32_t *labels = reallocarray(counts->labels, room, sizeof *labels);
    if (labels) counts->labels = labels;
    uint64_t *numbers = reallocarray(counts->counts, room, sizeof *numbers);
    if (numbers) counts->counts = numbers;
    if (labels && numbers) counts->room = room;
    return labels && numbers;
}

static bool insert(pg_class_counts *counts, size_t at, int32_t label)
{
    if (counts->size == counts->room && !grow(counts)) return false;
    size_t after = counts->size - at;
    memmove(counts->labels + at + 1, counts->labels + at, after * sizeof *counts->labels);
    memmove(counts->counts + at + 1, counts->counts + at, after * sizeof *counts->counts);
    counts->labels[at] = label;
    counts->counts[at] = 0;
    counts->size++;
    return true;
}

static bool present(const pg_class_counts *counts, size_t at, int32_t label)
{
    return at < counts->size && counts->labels[at] == label;
}

pg_status pg_class_counts_add(pg_class_counts *counts, const int32_t *labels, size_t count,
                              pg_error *err)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = position(counts, labels[i]);
        if (!present(counts, at, labels[i]) && !insert(counts, at, labels[i]))
            return pg_fail(err, PG_ERR_MEMORY, "class counts: out of memory");
        counts->counts[at]++;
    }
    return PG_OK;
}

uint64_t pg_class_counts_of(const pg_class_counts *counts, int32_t label)
{
    size_t at = position(counts, label);
    return present(counts, at, label) ? counts->counts[at] : 0;
}

void pg_class_counts_free(pg_class_counts *counts)
{
    free(counts->labels);
    free(counts->counts);
    memset(counts, 0, sizeof *counts);
}
