/* The best of a stream's examples by some measure, with copies of their images. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "classify-gallery.h"

static pg_status out_of_memory(pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY, "out of memory for images to show; ask for fewer");
}

pg_status keeper_init(keeper *k, size_t room, size_t shown, pg_error *err)
{
    *k = (keeper){.room = room, .shown = shown < room ? shown : room};
    k->items = calloc(room ? room : 1, sizeof *k->items);
    return k->items ? PG_OK : out_of_memory(err);
}

void keeper_free(keeper *k)
{
    for (size_t i = 0; i < k->count; i++) {
        free(k->items[i].name);
        free(k->items[i].image);
        free(k->items[i].code);
    }
    free(k->items);
    *k = (keeper){0};
}

bool keeper_wants(const keeper *k, double key)
{
    return k->count < k->room || (k->room && key > k->items[k->count - 1].key);
}

/* Place of a key: behind those that are equal, so that the earlier example stays in front. */
static size_t find_place(const keeper *k, double key)
{
    size_t low = 0, high = k->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->items[middle].key >= key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Opens a gap, and returns memory of an image that is no longer shown, or NULL. */
static uint8_t *make_gap(keeper *k, size_t at)
{
    uint8_t *spare = NULL;
    if (k->count == k->room) {
        exhibit *last = &k->items[--k->count];
        free(last->name);
        free(last->code);
        spare = last->image;
    }
    memmove(k->items + at + 1, k->items + at, (k->count - at) * sizeof *k->items);
    k->count++;
    if (!spare && at < k->shown && k->shown < k->count) {
        spare = k->items[k->shown].image;
        k->items[k->shown].image = NULL;
    }
    return spare;
}

/* The bytes of an array of n, in memory that may be there already. */
static void *copy_bytes(void *memory, const void *from, size_t bytes)
{
    if (!memory) memory = malloc(bytes ? bytes : 1);
    if (memory) memcpy(memory, from, bytes);
    return memory;
}

pg_status keeper_put(keeper *k, const exhibit *what, size_t image_size, size_t code_size,
                     pg_error *err)
{
    size_t at = find_place(k, what->key);
    uint8_t *spare = make_gap(k, at);
    exhibit *item = &k->items[at];
    *item = *what;
    item->name = what->name && *what->name ? strdup(what->name) : NULL;
    item->code = code_size ? copy_bytes(NULL, what->code, code_size * sizeof *what->code) : NULL;
    if (at < k->shown)
        item->image = copy_bytes(spare, what->image, image_size);
    else
        free(spare), item->image = NULL;
    bool named = !what->name || !*what->name || item->name;
    return named && (!code_size || item->code) && (at >= k->shown || item->image)
               ? PG_OK
               : out_of_memory(err);
}
