#include "model/depth.h"

enum {
    ENCODED_PIXELS = 16, /* that an encoder leaves for its dense layer, at most */
    CODED_PIXELS = 64,   /* that an upsampler starts from, at most */
    MAP_CELLS = 1024,    /* of a category's map, at most */
    ENCODER_DEPTH = 3,   /* at least, */
    UPSAMPLER_DEPTH = 2, /* as with 28 x 28 pixels */
};

int pg_depth_side(int side, int halvings)
{
    while (halvings-- > 0)
        side = (side + 1) / 2;
    return side;
}

/* How often both sides are halved until no more pixels are left. */
static int find_depth(const pg_config *config, int least, long pixels)
{
    int depth = least;
    while (depth < PG_MAX_DEPTH &&
           (long)pg_depth_side(config->height, depth) * pg_depth_side(config->width, depth) >
               pixels)
        depth++;
    return depth;
}

static int find_cell(const pg_config *config)
{
    int cell = 1;
    while ((long)((config->height + cell - 1) / cell) * ((config->width + cell - 1) / cell) >
           MAP_CELLS)
        cell++;
    return cell;
}

void pg_depth_resolve(pg_config *config)
{
    if (config->encoder_depth == PG_AUTO)
        config->encoder_depth = find_depth(config, ENCODER_DEPTH, ENCODED_PIXELS);
    if (config->upsampler_depth == PG_AUTO)
        config->upsampler_depth = find_depth(config, UPSAMPLER_DEPTH, CODED_PIXELS);
    if (config->map_cell == PG_AUTO) config->map_cell = find_cell(config);
}

/* Halves `most` until so many rows of numbers fit the bytes. */
static size_t find_rows(size_t numbers, size_t most, size_t bytes)
{
    while (most > 1 && numbers > bytes / sizeof(float) / most)
        most /= 2;
    return most;
}

size_t pg_encoded_rows(size_t numbers)
{
    return find_rows(numbers, 64, 16 << 20);
}

size_t pg_decoded_rows(size_t numbers)
{
    return find_rows(numbers, 16, 8 << 20);
}
