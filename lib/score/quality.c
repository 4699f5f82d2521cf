/* Scores of categories without labels: two views of an image should be of one category, the
 * decoder should agree with the encoder, and the categories should be in use. */
#include "pixelgan/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "model/engine.h"

/* ---- Views ---- */

/* From a pixel of the view, relative to the centre, to one of the image. */
typedef struct warp {
    double xx, xy, x0, yx, yy, y0;
} warp;

static double draw_symmetric(gsl_rng *rng, double most)
{
    return most * (2 * gsl_rng_uniform(rng) - 1);
}

static warp draw_warp(gsl_rng *rng, int height, int width)
{
    double x = draw_symmetric(rng, width / 14.0), y = draw_symmetric(rng, height / 14.0);
    double turn = draw_symmetric(rng, 10 * M_PI / 180), zoom = exp(draw_symmetric(rng, 0.1));
    return (warp){zoom * cos(turn), -zoom * sin(turn), x, zoom * sin(turn), zoom * cos(turn), y};
}

/* The pixel at a place, or the nearest one of the edge. */
static double pixel_at(const uint8_t *image, const pg_config *c, int y, int x, int channel)
{
    y = y < 0 ? 0 : y >= c->height ? c->height - 1 : y;
    x = x < 0 ? 0 : x >= c->width ? c->width - 1 : x;
    return image[((size_t)y * (size_t)c->width + (size_t)x) * (size_t)c->channels +
                 (size_t)channel];
}

/* Between four pixels. */
static uint8_t interpolate(const uint8_t *image, const pg_config *c, double y, double x,
                           int channel)
{
    int row = (int)floor(y), column = (int)floor(x);
    double down = y - row, right = x - column;
    double above = (1 - right) * pixel_at(image, c, row, column, channel) +
                   right * pixel_at(image, c, row, column + 1, channel);
    double below = (1 - right) * pixel_at(image, c, row + 1, column, channel) +
                   right * pixel_at(image, c, row + 1, column + 1, channel);
    return (uint8_t)lround((1 - down) * above + down * below);
}

static void warp_image(const uint8_t *image, const pg_config *c, const warp *w, uint8_t *view)
{
    double middle_y = (c->height - 1) / 2.0, middle_x = (c->width - 1) / 2.0;
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            double from_x = w->xx * (x - middle_x) + w->xy * (y - middle_y) + w->x0 + middle_x;
            double from_y = w->yx * (x - middle_x) + w->yy * (y - middle_y) + w->y0 + middle_y;
            for (int channel = 0; channel < c->channels; channel++)
                *view++ = interpolate(image, c, from_y, from_x, channel);
        }
}

/* ---- Measuring ---- */

/* What is worked with: a block of images at a time. */
enum { BLOCK = 256 };

typedef struct measurement {
    pg_engine *engine;
    const pg_config *config;
    size_t image_size, categories;
    gsl_rng *rng;
    uint64_t seed;
    uint8_t *view;                  /* BLOCK images */
    float *code;                    /* BLOCK codes */
    float *nll;                     /* BLOCK numbers for each category */
    int32_t *first, *second;        /* BLOCK categories */
    double *first_use, *second_use; /* of each category, images */
    double *encoded_use, *decoded_use;
    double stable, agreeing, information;
    pg_category_usage usage;
} measurement;

static void measurement_free(measurement *m)
{
    if (m->rng) gsl_rng_free(m->rng);
    free(m->view);
    free(m->code);
    free(m->nll);
    free(m->first);
    free(m->second);
    free(m->first_use);
    free(m->second_use);
    free(m->encoded_use);
    free(m->decoded_use);
    pg_category_usage_free(&m->usage);
}

static pg_status measurement_init(measurement *m, pg_engine *engine, const pg_config *config,
                                  uint64_t seed, pg_error *err)
{
    size_t k = (size_t)config->components;
    *m = (measurement){.engine = engine,
                       .config = config,
                       .image_size = (size_t)config->height * (size_t)config->width *
                                     (size_t)config->channels,
                       .categories = k,
                       .seed = seed,
                       .rng = pg_rng_create(seed, PG_RANDOM_QUALITY_VIEW, 0, 0)};
    m->view = pg_allocate(BLOCK, m->image_size);
    m->code = pg_allocate(BLOCK, k * sizeof *m->code);
    m->nll = pg_allocate(BLOCK, k * sizeof *m->nll);
    m->first = pg_allocate(BLOCK, sizeof *m->first);
    m->second = pg_allocate(BLOCK, sizeof *m->second);
    m->first_use = pg_allocate(k, sizeof(double));
    m->second_use = pg_allocate(k, sizeof(double));
    m->encoded_use = pg_allocate(k, sizeof(double));
    m->decoded_use = pg_allocate(k, sizeof(double));
    if (m->rng && m->view && m->code && m->nll && m->first && m->second && m->first_use &&
        m->second_use && m->encoded_use && m->decoded_use)
        return pg_category_usage_init(&m->usage, config->components, err);
    return pg_fail(err, PG_ERR_MEMORY, "quality: out of memory");
}

/* Categories of a block of images, or of views of them. */
static pg_status find_categories(measurement *m, const uint8_t *images, uint64_t number,
                                 size_t count, int32_t *category, pg_error *err)
{
    pg_status status = pg_engine_encode(m->engine, images, number, count, false, m->code, err);
    if (!status) pg_score_assign(m->code, count, m->config->components, category);
    return status;
}

static pg_status see(measurement *m, const uint8_t *images, uint64_t number, size_t count,
                     uint64_t which, int32_t *category, pg_error *err)
{
    for (size_t n = 0; n < count; n++) {
        pg_rng_start(m->rng, m->seed, PG_RANDOM_QUALITY_VIEW, which, number + n);
        warp w = draw_warp(m->rng, m->config->height, m->config->width);
        warp_image(images + n * m->image_size, m->config, &w, m->view + n * m->image_size);
    }
    return find_categories(m, m->view, number, count, category, err);
}

static void count_pair(int32_t a, int32_t b, double *a_use, double *b_use, double *same)
{
    if (a < 0 || b < 0) return;
    a_use[a]++;
    b_use[b]++;
    *same += a == b;
}

static pg_status compare_views(measurement *m, const uint8_t *images, uint64_t number, size_t count,
                               pg_error *err)
{
    pg_status status = see(m, images, number, count, 0, m->first, err);
    if (!status) status = see(m, images, number, count, 1, m->second, err);
    for (size_t n = 0; !status && n < count; n++)
        count_pair(m->first[n], m->second[n], m->first_use, m->second_use, &m->stable);
    return status;
}

/* -log p(x|z) of a block for each category in turn: the same draws for each. */
static pg_status decode(measurement *m, const uint8_t *images, uint64_t number, size_t count,
                        pg_error *err)
{
    size_t k = m->categories;
    pg_status status = PG_OK;
    for (size_t z = 0; !status && z < k; z++) {
        for (size_t i = 0; i < count * k; i++)
            m->code[i] = i % k == z;
        status = pg_engine_nll(m->engine, images, m->code, number, count, m->nll + z * BLOCK, err);
    }
    return status;
}

/* Image n of the block: the category by which it is likeliest, and what its own one gains. */
static void judge(measurement *m, size_t n, int32_t category)
{
    double least = INFINITY, sum = 0;
    int32_t best = -1;
    for (size_t z = 0; z < m->categories; z++)
        if (m->nll[z * BLOCK + n] < least) {
            least = m->nll[z * BLOCK + n];
            best = (int32_t)z;
        }
    count_pair(category, best, m->encoded_use, m->decoded_use, &m->agreeing);
    if (category < 0 || best < 0) return;
    for (size_t z = 0; z < m->categories; z++)
        sum += exp(least - m->nll[z * BLOCK + n]);
    m->information +=
        least - m->nll[(size_t)category * BLOCK + n] - log(sum / (double)m->categories);
}

static pg_status measure_block(measurement *m, const uint8_t *images, uint64_t number, size_t count,
                               pg_error *err)
{
    pg_status status = compare_views(m, images, number, count, err);
    if (!status) status = find_categories(m, images, number, count, m->first, err);
    if (!status) pg_category_usage_add(&m->usage, m->code, count);
    return status;
}

/* Images from all over the set, for it may be sorted; at most a block. */
static pg_status compare_decoder(measurement *m, const uint8_t *images, size_t count,
                                 size_t decoded, pg_error *err)
{
    for (size_t n = 0; n < decoded; n++)
        memcpy(m->view + n * m->image_size, images + n * count / decoded * m->image_size,
               m->image_size);
    pg_status status = find_categories(m, m->view, 0, decoded, m->first, err);
    if (!status) status = decode(m, m->view, 0, decoded, err);
    for (size_t n = 0; !status && n < decoded; n++)
        judge(m, n, m->first[n]);
    return status;
}

/* (share - chance) / (1 - chance) where two judges sort `total` examples into categories so often
 * each. */
static double find_kappa(double same, const double *a, const double *b, size_t categories)
{
    double total = 0, together = 0;
    for (size_t k = 0; k < categories; k++) {
        total += a[k];
        together += a[k] * b[k];
    }
    if (total == 0) return NAN;
    double chance = together / (total * total);
    return chance < 1 ? (same / total - chance) / (1 - chance) : 0;
}

static void conclude(const measurement *m, size_t count, size_t decoded, pg_quality *q)
{
    size_t k = m->categories;
    *q = (pg_quality){.count = count, .decoded = decoded};
    q->stability = m->stable / (double)count;
    q->stability_kappa = find_kappa(m->stable, m->first_use, m->second_use, k);
    q->agreement = m->agreeing / (double)decoded;
    q->agreement_kappa = find_kappa(m->agreeing, m->encoded_use, m->decoded_use, k);
    q->score = fmax(0, q->stability_kappa) * fmax(0, q->agreement_kappa);
    q->information = m->information / (double)decoded;
    q->share_in_use = exp(pg_category_usage_entropy(&m->usage)) / (double)k;
    q->kl = pg_category_usage_kl(&m->usage);
}

/* So few that each category can be tried, and of large images fewer. */
static size_t count_decoded(size_t count, const pg_config *config)
{
    double work = 6000.0 * 28 * 28; /* pixels that are decoded */
    double decoded = work / ((double)config->components * config->height * config->width);
    size_t most = decoded > 200 ? 200 : decoded < 20 ? 20 : (size_t)decoded;
    return most < count ? most : count;
}

pg_status pg_score_quality(pg_engine *engine, const uint8_t *images, size_t count, uint64_t seed,
                           pg_quality *quality, pg_error *err)
{
    measurement m;
    const pg_config *config = pg_model_config(pg_engine_model(engine));
    if (!pg_config_has_categories(config) || !count)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "quality: takes images, and a model with a categorical prior");
    size_t decoded = count_decoded(count, config);
    pg_status status = measurement_init(&m, engine, config, seed, err);
    for (size_t done = 0; !status && done < count; done += BLOCK) {
        size_t block = count - done < BLOCK ? count - done : BLOCK;
        status = measure_block(&m, images + done * m.image_size, done, block, err);
    }
    if (!status) status = compare_decoder(&m, images, count, decoded, err);
    if (!status) conclude(&m, count, decoded, quality);
    measurement_free(&m);
    return status;
}
