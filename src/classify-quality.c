/* How good the categories are, without labels: of a sample of the images. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "classify-gallery.h"

pg_status measure_quality(classification *result, pg_error *err)
{
    const gallery *g = result->gallery;
    if (!result->options->quality || !g->sample.count) return PG_OK;
    const keeper *k = &g->sample;
    uint8_t *images = malloc(k->count * g->image_size);
    if (!images) return pg_fail(err, PG_ERR_MEMORY, "quality: out of memory");
    for (size_t i = 0; i < k->count; i++)
        memcpy(images + i * g->image_size, k->items[i].image, g->image_size);
    pg_status status =
        pg_score_quality(result->app.engine, images, k->count, 0, &result->quality, err);
    free(images);
    return status;
}
