/* Writes PGM and PPM. pg_image_read_pnm reads them. */
#ifndef PG_IMAGE_PNM_H
#define PG_IMAGE_PNM_H

#include "pixelgan/image.h"

pg_status pg_pnm_write(FILE *stream, const char *name, const pg_image *image,
                       pg_error *err) PG_MUST_CHECK;

#endif
