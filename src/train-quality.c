/* What can be said of a run at its end without labels. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "train.h"

enum { MOST_IMAGES = 1000 };

/* Images from all over the set; free() them. */
static uint8_t *pick_images(const pg_records *data, size_t *count)
{
    size_t size = pg_schema_image_size(&data->schema);
    *count = data->count < MOST_IMAGES ? data->count : MOST_IMAGES;
    uint8_t *images = malloc(*count * size);
    for (size_t i = 0; images && i < *count; i++)
        pg_records_copy_images(data, i * data->count / *count, 1, images + i * size);
    return images;
}

static pg_status measure(const pg_model *model, const pg_train_options *settings,
                         const pg_records *data, pg_quality *quality, pg_error *err)
{
    size_t count;
    pg_engine *engine;
    pg_status status = pg_engine_create(model, settings->threads, settings->seed, &engine, err);
    if (status) return status;
    uint8_t *images = pick_images(data, &count);
    status = images ? pg_score_quality(engine, images, count, 0, quality, err)
                    : pg_fail(err, PG_ERR_MEMORY, "quality: out of memory");
    free(images);
    pg_engine_free(engine);
    return status;
}

void train_report_quality(const pg_model *model, const pg_train_options *settings,
                          const pg_records *data)
{
    pg_error err;
    pg_quality q;
    if (is_quiet() || !pg_config_has_categories(pg_model_config(model))) return;
    if (measure(model, settings, data, &q, &err) != PG_OK) {
        warning("%s", err.message);
        return;
    }
    note("quality %.2f (no labels needed, 1 is best): %.0f %% of images keep their category when "
         "warped, decoder agrees on %.0f %%, %.0f %% of the prior in use",
         q.score, 100 * q.stability, 100 * q.agreement, 100 * q.share_in_use);
}
