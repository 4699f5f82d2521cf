/* An image that is read row by row. Its memory grows with the rows, so that a header alone, which
 * may lie about the size, takes none.
 */
#ifndef PG_IMAGE_ROWS_H
#define PG_IMAGE_ROWS_H

#include "pixelgan/image.h"

/* Starts an image of that shape without pixels. Fails if it would be too large. */
pg_status pg_image_begin(pg_image *image, const char *name, int64_t height, int64_t width,
                         int channels, pg_error *err) PG_MUST_CHECK;

/* Makes room for one row after the first `filled` rows. *room is the number of rows that have
 * memory, 0 at first. */
pg_status pg_image_grow(pg_image *image, const char *name, size_t filled, size_t *room,
                        pg_error *err) PG_MUST_CHECK;

#endif
