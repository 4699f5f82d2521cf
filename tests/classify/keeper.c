/* The best of a stream, against all of it sorted. */
#include <config.h>

#include "../tap.h"
#include "src/classify-gallery.h"

enum { COUNT = 2000 };

static double keys[COUNT];

/* Greater keys first, of equal ones the earlier. */
static int compare(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    if (keys[x] != keys[y]) return keys[x] > keys[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void fill(keeper *k, int distinct)
{
    pg_error err;
    uint32_t state = 3;
    for (size_t n = 0; n < COUNT; n++) {
        uint8_t image[] = {(uint8_t)n, (uint8_t)(n >> 8)};
        float code[] = {(float)n};
        char name[32];
        state = state * 1664525u + 1013904223u; /* Knuth's linear congruential generator */
        keys[n] = (int)(state >> 16) % distinct;
        snprintf(name, sizeof name, "n%zu", n);
        exhibit what = {.key = keys[n], .index = n, .name = name, .image = image, .code = code};
        if (keeper_wants(k, what.key) && keeper_put(k, &what, 2, 1, &err)) bail_out(err.message);
    }
}

static void keeps_the_best(size_t room, size_t shown, int distinct)
{
    keeper k;
    pg_error err;
    size_t order[COUNT];
    int wrong = 0;
    if (keeper_init(&k, room, shown, &err)) bail_out(err.message);
    fill(&k, distinct);
    for (size_t n = 0; n < COUNT; n++)
        order[n] = n;
    qsort(order, COUNT, sizeof *order, compare);
    for (size_t i = 0; i < k.count; i++) {
        const exhibit *e = &k.items[i];
        char name[32];
        snprintf(name, sizeof name, "n%zu", order[i]);
        bool image = e->image && e->image[0] + 256 * e->image[1] == (int)order[i];
        wrong += e->index != order[i] || strcmp(e->name, name) != 0 ||
                 e->code[0] != (float)order[i] || (i < shown ? !image : e->image != NULL);
    }
    is_int((intmax_t)k.count, (intmax_t)(room < COUNT ? room : COUNT), "%zu kept", room);
    is_int(wrong, 0, "the best of them, %zu with images, %d keys", shown, distinct);
    keeper_free(&k);
}

int main(void)
{
    keeps_the_best(10, 10, 1000000);
    keeps_the_best(100, 7, 1000000);
    keeps_the_best(100, 7, 3); /* ties */
    keeps_the_best(100, 0, 50);
    keeps_the_best(1, 1, 1);
    keeps_the_best(3000, 20, 100); /* more than there are */
    keeps_the_best(0, 0, 10);
    return done_testing();
}
