#include <config.h>

#include "stream/mapping.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/alloc.h"

/* The examples of one array, up to the first one of the next. */
typedef struct array {
    size_t first;
    pg_mapped_field image, class_name;
} array;

typedef struct block {
    const uint8_t *start;
    size_t size;
    char *name;       /* of the mapped file; NULL: memory that was allocated */
    int fd;           /* of the file, -1: look at its name */
    struct stat info; /* when it was mapped */
} block;

struct pg_mapping {
    array *list;
    size_t count, room;
    block *blocks;
    size_t block_count;
};

static pg_mapping *mapping_of(pg_records *records)
{
    if (!records->mapping) records->mapping = calloc(1, sizeof *records->mapping);
    return records->mapping;
}

static bool add_block(pg_records *records, const block *added)
{
    pg_mapping *m = mapping_of(records);
    block *larger = m ? realloc(m->blocks, (m->block_count + 1) * sizeof *larger) : NULL;
    if (!larger) return false;
    m->blocks = larger;
    m->blocks[m->block_count++] = *added;
    return true;
}

static void free_block(block *b)
{
    if (b->name)
        munmap((void *)b->start, b->size);
    else
        free((void *)b->start);
    free(b->name);
}

bool pg_mapping_own(pg_records *records, uint8_t *memory)
{
    return add_block(records, &(block){.start = memory});
}

const uint8_t *pg_mapping_add_file(pg_records *records, int fd, bool stays_open, const char *name,
                                   size_t *size)
{
    block b = {.fd = stays_open ? fd : -1};
    if (fstat(fd, &b.info) != 0 || !S_ISREG(b.info.st_mode) || b.info.st_size <= 0 ||
        (uint64_t)b.info.st_size > SIZE_MAX)
        return NULL;
    b.size = *size = (size_t)b.info.st_size;
    void *start = mmap(NULL, b.size, PROT_READ, MAP_SHARED, fd, 0);
    if (start == MAP_FAILED) return NULL;
    b.start = start;
    b.name = strdup(name);
    if (b.name && add_block(records, &b)) return start;
    munmap(start, b.size);
    free(b.name);
    return NULL;
}

bool pg_mapping_add(pg_records *records, size_t first, const pg_mapped_field *image,
                    const pg_mapped_field *class_name)
{
    pg_mapping *m = mapping_of(records);
    if (!m) return false;
    if (m->count == m->room) {
        size_t room = m->room ? 2 * m->room : 16;
        array *larger = realloc(m->list, room * sizeof *larger);
        if (!larger) return false;
        m->list = larger;
        m->room = room;
    }
    m->list[m->count++] = (array){first, *image, *class_name};
    return true;
}

static const array *array_of(const pg_mapping *mapping, size_t i)
{
    size_t low = 0, high = mapping->count; /* the place is in [low, high) */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (mapping->list[middle].first <= i)
            low = middle;
        else
            high = middle;
    }
    return &mapping->list[low];
}

const uint8_t *pg_mapping_find(const pg_mapping *mapping, size_t i)
{
    const array *found = array_of(mapping, i);
    return found->image.at + (i - found->first) * found->image.stride;
}

const char *pg_mapping_find_class(const pg_mapping *mapping, size_t i, size_t *size)
{
    const array *found = array_of(mapping, i);
    const pg_mapped_field *field = &found->class_name;
    *size = field->at ? field->size : 0;
    return field->at ? (const char *)field->at + (i - found->first) * field->stride : "";
}

void pg_mapping_free(pg_mapping *mapping)
{
    if (!mapping) return;
    for (size_t i = 0; i < mapping->block_count; i++)
        free_block(&mapping->blocks[i]);
    free(mapping->blocks);
    free(mapping->list);
    free(mapping);
}

const uint8_t *pg_records_image(const pg_records *records, size_t i)
{
    if (records->mapping) return pg_mapping_find(records->mapping, i);
    return records->image + i * pg_schema_image_size(&records->schema);
}

void pg_records_copy_images(const pg_records *records, size_t first, size_t count, uint8_t *to)
{
    size_t size = pg_schema_image_size(&records->schema);
    for (size_t i = 0; i < count; i++)
        memcpy(to + i * size, pg_records_image(records, first + i), size);
}

void pg_records_copy_class(const pg_records *records, size_t i, char text[PG_MAX_TEXT + 1])
{
    size_t size = (size_t)records->schema.class_size;
    const char *from = records->mapping ? pg_mapping_find_class(records->mapping, i, &size)
                                        : pg_records_class(records, i);
    memcpy(text, from, size);
    text[size] = '\0';
}

const char *pg_records_file_at(const pg_records *records, const void *address)
{
    const pg_mapping *m = records->mapping;
    uintptr_t at = (uintptr_t)address;
    for (size_t i = 0; m && i < m->block_count; i++) {
        const block *b = &m->blocks[i];
        if (b->name && at >= (uintptr_t)b->start && at - (uintptr_t)b->start < b->size)
            return b->name;
    }
    return NULL;
}

/* Another file may have taken the name; then the one that is mapped stayed as it was. */
static bool was_changed(const block *b)
{
    struct stat now;
    if (!b->name || (b->fd >= 0 ? fstat(b->fd, &now) : stat(b->name, &now)) != 0) return false;
    return now.st_dev == b->info.st_dev && now.st_ino == b->info.st_ino &&
           (now.st_size != b->info.st_size || now.st_mtim.tv_sec != b->info.st_mtim.tv_sec ||
            now.st_mtim.tv_nsec != b->info.st_mtim.tv_nsec);
}

pg_status pg_records_check(const pg_records *records, pg_error *err)
{
    const pg_mapping *m = records->mapping;
    for (size_t i = 0; m && i < m->block_count; i++)
        if (was_changed(&m->blocks[i]))
            return pg_fail(err, PG_ERR_FORMAT,
                           "%s: was written to while it was in use; begin again from the last "
                           "checkpoint or the start, and leave it alone",
                           m->blocks[i].name);
    return PG_OK;
}

void pg_records_expect_random(const pg_records *records)
{
    const pg_mapping *m = records->mapping;
    for (size_t i = 0; m && i < m->block_count; i++)
        if (m->blocks[i].name)
            (void)!posix_madvise((void *)m->blocks[i].start, m->blocks[i].size, POSIX_MADV_RANDOM);
}
