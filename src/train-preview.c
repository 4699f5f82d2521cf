#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "train.h"

enum { COLUMNS = 10, ROWS = 10, MOST_ROWS = 40, GAP = 2, GAP_LEVEL = 128 };

/* What goes onto the sheet: tiles of H x W x C, filled row by row. */
typedef struct preview {
    const pg_model *model;
    const pg_config *config;
    const pg_train_options *settings;
    const pg_records *images;
    bool reconstructs; /* images beside what is drawn from their codes */
    size_t rows, count;
    size_t tile; /* bytes of one */
    uint8_t *tiles;
    float *codes;
} preview;

/* A row of each category, else a hundred samples, else fifty pairs. */
static void plan(preview *p)
{
    const pg_config *c = p->config;
    p->reconstructs = c->pull == PG_PULL_NONE && pg_config_has_encoder(c);
    p->rows = ROWS;
    if (c->components && !p->reconstructs)
        p->rows = c->components < MOST_ROWS ? c->components : MOST_ROWS;
    p->count = p->rows * COLUMNS;
    if (p->reconstructs) p->count /= 2;
    if (p->reconstructs && p->images->count < p->count) p->count = p->images->count;
}

/* ---- Codes ---- */

static pg_status encode_images(preview *p, pg_error *err)
{
    pg_engine *engine;
    pg_status status =
        pg_engine_create(p->model, p->settings->threads, p->settings->seed, &engine, err);
    if (status != PG_OK) return status;
    pg_records_copy_images(p->images, 0, p->count, p->tiles); /* until there are reconstructions */
    status = pg_engine_encode(engine, p->tiles, 0, p->count, false, p->codes, err);
    pg_engine_free(engine);
    return status;
}

static pg_status draw_codes(preview *p, pg_sampler *sampler, pg_error *err)
{
    pg_status status = PG_OK;
    for (size_t row = 0; status == PG_OK && row < p->rows; row++)
        status = pg_sampler_prior(sampler, COLUMNS, p->config->components ? (int)row : -1,
                                  p->codes + row * COLUMNS * p->config->code_dim, err);
    return status;
}

/* ---- Tiles ---- */

static pg_status sample(preview *p, pg_error *err)
{
    pg_sampler *sampler;
    pg_sample_request request = {.count = p->count, .temperature = 1};
    pg_status status =
        pg_sampler_create(p->model, p->settings->threads, p->settings->seed, &sampler, err);
    if (status != PG_OK) return status;
    if (p->config->code_dim) {
        request.codes = p->codes;
        status = p->reconstructs ? encode_images(p, err) : draw_codes(p, sampler, err);
    }
    if (status == PG_OK) status = pg_sampler_run(sampler, &request, p->tiles, NULL, err);
    pg_sampler_free(sampler);
    return status;
}

/* Each reconstruction moves up to the right of its image. */
static void pair_up(preview *p)
{
    for (size_t i = p->count; i-- > 0;) {
        memmove(p->tiles + (2 * i + 1) * p->tile, p->tiles + i * p->tile, p->tile);
        pg_records_copy_images(p->images, i, 1, p->tiles + 2 * i * p->tile);
    }
    p->count *= 2;
}

static pg_status write_sheet(const preview *p, const char *path, pg_error *err)
{
    pg_image sheet = {0};
    const pg_config *c = p->config;
    pg_status status = pg_image_sheet(p->tiles, p->count, c->height, c->width, c->channels,
                                      (int)p->rows, COLUMNS, GAP, GAP_LEVEL, &sheet, err);
    if (status == PG_OK) status = pg_image_save(path, &sheet, err);
    pg_image_free(&sheet);
    return status;
}

pg_status train_draw_preview(const pg_model *model, const pg_train_options *settings,
                             const pg_records *images, const char *path, pg_error *err)
{
    preview p = {.model = model,
                 .config = pg_model_config(model),
                 .settings = settings,
                 .images = images,
                 .tile = pg_schema_image_size(&images->schema)};
    plan(&p);
    p.tiles = calloc(2 * p.count, p.tile);
    p.codes = calloc(p.count * (size_t)p.config->code_dim + 1, sizeof *p.codes);
    pg_status status = p.tiles && p.codes ? sample(&p, err)
                                          : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    if (status == PG_OK && p.reconstructs) pair_up(&p);
    if (status == PG_OK) status = write_sheet(&p, path, err);
    free(p.tiles);
    free(p.codes);
    return status;
}
