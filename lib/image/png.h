/* Writes PNG. pg_image_read_png reads it. */
#ifndef PG_IMAGE_PNG_H
#define PG_IMAGE_PNG_H

#include "pixelgan/image.h"

pg_status pg_png_write(FILE *stream, const char *name, const pg_image *image,
                       pg_error *err) PG_MUST_CHECK;

#endif
