/* Includes all public headers of libpixelgan. */
#ifndef PIXELGAN_PIXELGAN_H
#define PIXELGAN_PIXELGAN_H

#include <pixelgan/dataset.h>
#include <pixelgan/image.h>
#include <pixelgan/model.h>
#include <pixelgan/sample.h>
#include <pixelgan/score.h>
#include <pixelgan/status.h>
#include <pixelgan/stream.h>
#include <pixelgan/train.h>
#include <pixelgan/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "MAJOR.MINOR.PATCH" of the library in use. */
PG_API const char *pg_version(void);

#ifdef __cplusplus
}
#endif
#endif
