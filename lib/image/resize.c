#include <config.h>

#include "pixelgan/image.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "image/fit.h"

/* Exact area averaging in integers. On an axis of `from` source and `to` result
 * pixels, take 1/(from*to) of the axis as unit: source pixel i covers
 * [i*to, (i+1)*to), result pixel j covers [j*from, (j+1)*from), and the weight
 * of i in j is the length they share. Weights of one j sum to `from`. */
static int64_t shared_length(int i, int j, int from, int to)
{
    int64_t begin = (int64_t)i * to, end = begin + to;
    int64_t low = (int64_t)j * from, high = low + from;
    return (end < high ? end : high) - (begin > low ? begin : low);
}

static int first_source(int j, int from, int to)
{
    return (int)((int64_t)j * from / to);
}

static int last_source(int j, int from, int to)
{
    return (int)((((int64_t)j + 1) * from - 1) / to);
}

/* Adds one source row, averaged along x and weighted, to sums (width x channels). */
static void add_row(const uint8_t *row, int from, int to, int channels, uint64_t weight,
                    uint64_t *sums)
{
    for (int j = 0; j < to; j++)
        for (int i = first_source(j, from, to); i <= last_source(j, from, to); i++) {
            uint64_t w = weight * (uint64_t)shared_length(i, j, from, to);
            for (int c = 0; c < channels; c++)
                sums[j * channels + c] += w * row[i * channels + c];
        }
}

/* height x width x channels to new_height x new_width x channels; sums is room
 * for new_width x channels. Sums stay below 255 * 2^32. */
void pg_pixels_resize_part(const uint8_t *source, size_t stride, int height, int width,
                           int channels, uint8_t *result, size_t result_stride, int new_height,
                           int new_width, uint64_t *sums)
{
    size_t samples = (size_t)new_width * (size_t)channels;
    uint64_t area = (uint64_t)height * (uint64_t)width;
    for (int j = 0; j < new_height; j++, result += result_stride) {
        memset(sums, 0, samples * sizeof *sums);
        for (int i = first_source(j, height, new_height); i <= last_source(j, height, new_height);
             i++)
            add_row(source + (size_t)i * stride, width, new_width, channels,
                    (uint64_t)shared_length(i, j, height, new_height), sums);
        for (size_t k = 0; k < samples; k++)
            result[k] = (uint8_t)((sums[k] + area / 2) / area);
    }
}

void pg_pixels_resize(const uint8_t *source, int height, int width, int channels, uint8_t *result,
                      int new_height, int new_width, uint64_t *sums)
{
    pg_pixels_resize_part(source, (size_t)width * (size_t)channels, height, width, channels, result,
                          (size_t)new_width * (size_t)channels, new_height, new_width, sums);
}

pg_status pg_image_resize(const pg_image *source, int height, int width, pg_image *result,
                          pg_error *err)
{
    pg_status status = pg_image_init(result, height, width, source->channels, err);
    if (status != PG_OK) return status;
    uint64_t *sums = pg_allocate((size_t)width * (size_t)source->channels, sizeof *sums);
    if (!sums) {
        pg_image_free(result);
        return pg_fail(err, PG_ERR_MEMORY, "resize: out of memory for a row of %d pixels", width);
    }
    pg_pixels_resize(source->pixels, source->height, source->width, source->channels,
                     result->pixels, height, width, sums);
    free(sums);
    return PG_OK;
}
