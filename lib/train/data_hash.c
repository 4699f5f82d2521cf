#include <config.h>

#include "train/data_hash.h"

#include <string.h>

/* Eight bytes at a time: each is mixed in by an invertible map of the 64-bit
 * state, so that data which differ in one place never agree. The multiplier is
 * the odd number next to 2^64 divided by the golden ratio (Knuth, The Art of
 * Computer Programming, vol. 3, sec. 6.4). */
typedef struct hash {
    uint64_t state;
    uint8_t word[sizeof(uint64_t)]; /* bytes yet to be mixed in ... */
    size_t filled;                  /* ... so many */
} hash;

static void mix(hash *h, const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    h->state = (h->state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    h->state ^= h->state >> 29;
}

/* The same for data in any pieces. */
static void hash_add(hash *h, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (; size && h->filled; size--) {
        h->word[h->filled++] = *bytes++;
        if (h->filled < sizeof h->word) continue;
        mix(h, h->word);
        h->filled = 0;
    }
    for (; size >= sizeof h->word; size -= sizeof h->word, bytes += sizeof h->word)
        mix(h, bytes);
    if (!size) return;
    memcpy(h->word, bytes, size);
    h->filled = size;
}

/* Zeros fill the last word up. */
static void hash_fill_up(hash *h)
{
    static const uint8_t zeros[sizeof(uint64_t)];
    if (h->filled) hash_add(h, zeros, sizeof h->word - h->filled);
}

uint64_t pg_data_hash(const pg_records *data)
{
    hash h = {.state = 1};
    for (size_t i = 0; i < data->count; i++)
        hash_add(&h, pg_records_image(data, i), pg_schema_image_size(&data->schema));
    hash_fill_up(&h);
    if (data->schema.has_label) hash_add(&h, data->label, data->count * sizeof *data->label);
    hash_fill_up(&h);
    return h.state;
}
