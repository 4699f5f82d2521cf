#include <config.h>

#include <string.h>
#include <strings.h>

#include "base/outfile.h"
#include "image/png.h"
#include "image/pnm.h"

pg_status pg_image_write(FILE *stream, const char *name, const pg_image *image,
                         pg_image_format format, pg_error *err)
{
    if (format == PG_IMAGE_PNG) return pg_png_write(stream, name, image, err);
    return pg_pnm_write(stream, name, image, err);
}

static pg_image_format format_by_name(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcasecmp(path + length - 4, ".png") == 0 ? PG_IMAGE_PNG : PG_IMAGE_PNM;
}

pg_status pg_image_save(const char *path, const pg_image *image, pg_error *err)
{
    pg_outfile out;
    pg_status status = pg_outfile_open(&out, path, err);
    if (status != PG_OK) return status;
    status = pg_image_write(out.stream, out.path ? out.path : "standard output", image,
                            format_by_name(path), err);
    if (status == PG_OK) return pg_outfile_commit(&out, err);
    pg_outfile_abandon(&out);
    return status;
}
