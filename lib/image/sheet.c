#include <config.h>

#include "pixelgan/image.h"

#include <string.h>

static void copy_tile(pg_image *sheet, const uint8_t *tile, int height, int width, int top,
                      int left)
{
    size_t stride = (size_t)sheet->width * (size_t)sheet->channels;
    size_t bytes = (size_t)width * (size_t)sheet->channels;
    uint8_t *out = sheet->pixels + (size_t)top * stride + (size_t)left * (size_t)sheet->channels;
    for (int y = 0; y < height; y++, out += stride, tile += bytes)
        memcpy(out, tile, bytes);
}

/* Pixels of n tiles with gaps between them, or -1 where there are none or too many. */
static int sheet_side(int n, int side, int gap)
{
    if (n < 1 || side < 1 || gap < 0) return -1;
    int64_t total = (int64_t)n * side + (int64_t)(n - 1) * gap;
    return total > PG_IMAGE_MAX_SIDE ? -1 : (int)total;
}

pg_status pg_image_sheet(const uint8_t *tiles, size_t count, int height, int width, int channels,
                         int rows, int columns, int gap, uint8_t gap_level, pg_image *sheet,
                         pg_error *err)
{
    memset(sheet, 0, sizeof *sheet);
    int total_height = sheet_side(rows, height, gap);
    int total_width = sheet_side(columns, width, gap);
    if (total_height < 0 || total_width < 0)
        return pg_fail(err, PG_ERR_LIMIT,
                       "sheet: %d rows and %d columns of %dx%d pixels do not fit in %d pixels a "
                       "side, ask for fewer",
                       rows, columns, height, width, PG_IMAGE_MAX_SIDE);
    if (count > (size_t)rows * (size_t)columns)
        return pg_fail(err, PG_ERR_ARGUMENT, "sheet: %zu tiles for %d rows of %d", count, rows,
                       columns);
    pg_status status = pg_image_init(sheet, total_height, total_width, channels, err);
    if (status != PG_OK) return status;
    memset(sheet->pixels, gap_level, (size_t)total_height * (size_t)total_width * (size_t)channels);
    size_t tile = (size_t)height * (size_t)width * (size_t)channels;
    for (size_t i = 0; i < count; i++)
        copy_tile(sheet, tiles + i * tile, height, width,
                  (int)(i / (size_t)columns) * (height + gap),
                  (int)(i % (size_t)columns) * (width + gap));
    return PG_OK;
}
