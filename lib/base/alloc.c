#include <config.h>

#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

bool pg_size_multiply(size_t a, size_t b, size_t *product)
{
    if (b && a > SIZE_MAX / b) return false;
    *product = a * b;
    return true;
}

bool pg_size_add(size_t a, size_t b, size_t *sum)
{
    if (a > SIZE_MAX - b) return false;
    *sum = a + b;
    return true;
}

void *pg_allocate(size_t count, size_t size)
{
    size_t bytes;
    if (!pg_size_multiply(count, size, &bytes)) return NULL;
    if (!pg_size_add(bytes, PG_ALIGNMENT - 1, &bytes)) return NULL;
    bytes = bytes / PG_ALIGNMENT * PG_ALIGNMENT;
    if (!bytes) bytes = PG_ALIGNMENT;
    void *memory = aligned_alloc(PG_ALIGNMENT, bytes);
    if (memory) memset(memory, 0, bytes);
    return memory;
}

bool pg_has_room(size_t bytes)
{
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) return false;
    munmap(room, bytes);
    return true;
}
