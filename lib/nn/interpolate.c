#include <config.h>

#include "nn/interpolate.h"

#include <string.h>

#include "nn/clones.h"

/* Between which two cells a pixel lies, and how far it is on the way from the first. */
typedef struct between {
    int first, second;
    float part;
} between;

static between find_cells(int pixel, int cell, int cells)
{
    float at = ((float)pixel + 0.5f) / (float)cell - 0.5f;
    if (at <= 0) return (between){0, 0, 0};
    if (at >= (float)(cells - 1)) return (between){cells - 1, cells - 1, 0};
    int first = (int)at;
    return (between){first, first + 1, at - (float)first};
}

static int cells_down(const pg_interpolation *p)
{
    return pg_interpolation_cells(p->height, p->cell);
}

static int cells_right(const pg_interpolation *p)
{
    return pg_interpolation_cells(p->width, p->cell);
}

size_t pg_interpolation_row(const pg_interpolation *p)
{
    return (size_t)cells_right(p) * (size_t)p->channels;
}

size_t pg_interpolation_size(const pg_interpolation *p)
{
    return (size_t)cells_down(p) * pg_interpolation_row(p);
}

/* to = (1 - part) a + part b */
PG_CLONES static void mix(size_t count, float part, const float *restrict a,
                          const float *restrict b, float *restrict to)
{
    for (size_t i = 0; i < count; i++)
        to[i] = a[i] + part * (b[i] - a[i]);
}

/* to += factor from */
PG_CLONES static void add_scaled(size_t count, float factor, const float *restrict from,
                                 float *restrict to)
{
    for (size_t i = 0; i < count; i++)
        to[i] += factor * from[i];
}

void pg_interpolate(const pg_interpolation *p, const float *coarse, float *row, float *fine)
{
    size_t channels = (size_t)p->channels, width = pg_interpolation_row(p);
    for (int y = 0; y < p->height; y++) {
        between down = find_cells(y, p->cell, cells_down(p));
        mix(width, down.part, coarse + (size_t)down.first * width,
            coarse + (size_t)down.second * width, row);
        for (int x = 0; x < p->width; x++, fine += channels) {
            between right = find_cells(x, p->cell, cells_right(p));
            mix(channels, right.part, row + (size_t)right.first * channels,
                row + (size_t)right.second * channels, fine);
        }
    }
}

void pg_interpolate_backward(const pg_interpolation *p, const float *dfine, float *row,
                             float *dcoarse)
{
    size_t channels = (size_t)p->channels, width = pg_interpolation_row(p);
    memset(dcoarse, 0, pg_interpolation_size(p) * sizeof *dcoarse);
    for (int y = 0; y < p->height; y++) {
        between down = find_cells(y, p->cell, cells_down(p));
        memset(row, 0, width * sizeof *row);
        for (int x = 0; x < p->width; x++, dfine += channels) {
            between right = find_cells(x, p->cell, cells_right(p));
            add_scaled(channels, 1 - right.part, dfine, row + (size_t)right.first * channels);
            add_scaled(channels, right.part, dfine, row + (size_t)right.second * channels);
        }
        add_scaled(width, 1 - down.part, row, dcoarse + (size_t)down.first * width);
        add_scaled(width, down.part, row, dcoarse + (size_t)down.second * width);
    }
}
