#include <config.h>

#include "stream/layout.h"

#include <string.h>

#include "pixelgan/stream.h"

enum { USUAL_CHANNELS = 4, PHOTO_SIDE = 16, PHOTO_RATIO = 8 };

static const char *const layouts[] = {"nhw", "nhwc", "nchw", "hw", "hwc", "chw"};

const char *pg_layout_named(const char *name, int rank)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (strcmp(name, layouts[i]) == 0 && strlen(name) == (size_t)rank) return layouts[i];
    return NULL;
}

/* One that sides could have. */
static bool is_photo(int64_t height, int64_t width)
{
    return height >= PHOTO_SIDE && width >= PHOTO_SIDE && height <= PG_MAX_SOURCE_SIDE &&
           width <= PG_MAX_SOURCE_SIDE && height <= PHOTO_RATIO * width &&
           width <= PHOTO_RATIO * height;
}

/* (N,A,B,C): channels last, unless only the first can be channels, or look like them more. */
static pg_layout guess_of_many(const int64_t *shape)
{
    static const pg_layout last = {"nhwc", false}, first = {"nchw", true};
    int64_t a = shape[1], b = shape[2], c = shape[3];
    bool may_be_last = c <= PG_MAX_CHANNELS && a > 1 && b > 1;
    bool may_be_first = a <= PG_MAX_CHANNELS && b > 1 && c > 1;
    if (!may_be_first) return last;
    if (!may_be_last) return first;
    bool usual_last = c <= USUAL_CHANNELS, usual_first = a <= USUAL_CHANNELS;
    if (usual_last != usual_first) return usual_last ? last : first;
    if ((a == b) != (b == c)) return a == b ? last : first;
    return (pg_layout){NULL, true};
}

/* (A,B,C): images without channels, unless it is one photograph. */
static pg_layout guess_of_three(const int64_t *shape)
{
    int64_t a = shape[0], b = shape[1], c = shape[2];
    if ((c == 1 || c == 3 || c == 4) && is_photo(a, b)) return (pg_layout){"hwc", true};
    return (pg_layout){"nhw", (a == 3 || a == 4) && is_photo(b, c)};
}

pg_layout pg_layout_guess(const int64_t *shape, int rank)
{
    if (rank == 4) return guess_of_many(shape);
    if (rank == 3) return guess_of_three(shape);
    return (pg_layout){NULL, true};
}

int64_t pg_layout_size(const char *letters, const int64_t *shape, char letter)
{
    const char *found = strchr(letters, letter);
    return found ? shape[found - letters] : 1;
}
