/* An image that is read row by row: it gets its memory as the rows come, so that a header
 * alone takes none.
 */
#ifndef PG_IMAGE_ROWS_H
#define PG_IMAGE_ROWS_H

#include "pixelgan/image.h"

/* An image of that shape without pixels, or the reason why it is too large. */
pg_status pg_image_begin(pg_image *image, const char *name, int64_t height, int64_t width,
                         int channels, pg_error *err) PG_MUST_CHECK;

/* Makes sure that there is room for one row after the first `filled`; *room counts rows, 0 at
 * first. */
pg_status pg_image_grow(pg_image *image, const char *name, size_t filled, size_t *room,
                        pg_error *err) PG_MUST_CHECK;

#endif
