#include "model/normalize.h"

#include <math.h>

#include "model/likelihood.h"
#include "pixelgan/stream.h"

_Static_assert(PG_MAX_CHANNELS <= 16, "room for every channel");

/* Added to an image's variance so that flat images are not blown up (Coates, Ng & Lee 2011,
 * "An analysis of single-layer networks in unsupervised feature learning", sec. 3.1.1: 10, for
 * bytes). */
static const double least_variance = 10 / (255.0 * 255);

/* The statistics of a channel that never changes. */
static const double least_deviation = 1e-3;

pg_normalize_kind pg_normalize_resolve(const pg_config *config)
{
    if (config->normalize != PG_NORMALIZE_AUTO) return config->normalize;
    bool levels = !pg_likelihood_find(pg_likelihood_resolve(config))->binary;
    bool categories = pg_config_code_is_discrete(config);
    return levels && categories ? PG_NORMALIZE_CONTRAST : PG_NORMALIZE_NONE;
}

void pg_normalize_scale(size_t count, const uint8_t *bytes, float *x)
{
    for (size_t i = 0; i < count; i++)
        x[i] = bytes[i] / 255.0f;
}

static bool has_statistics(const pg_normalize *normalize)
{
    return normalize->kind == PG_NORMALIZE_MEAN || normalize->kind == PG_NORMALIZE_STANDARD;
}

pg_status pg_normalize_declare(pg_normalize *normalize, const pg_config *config, pg_parameters *p,
                               pg_error *err)
{
    *normalize = (pg_normalize){.kind = config->normalize,
                                .pixels = (size_t)config->height * config->width,
                                .channels = config->channels};
    if (!has_statistics(normalize)) return PG_OK;
    normalize->mean = pg_parameters_add(p, PG_GROUP_BUFFER, PG_INITIAL_ZERO, "encoder.input.mean",
                                        1, &config->channels);
    normalize->deviation = pg_parameters_add(p, PG_GROUP_BUFFER, PG_INITIAL_ONE,
                                             "encoder.input.deviation", 1, &config->channels);
    if (normalize->mean >= 0 && normalize->deviation >= 0) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "encoder: out of memory for its input's statistics");
}

/* Sums of a channel over all images; of bytes, so exact. */
typedef struct channel_sums {
    uint64_t sum, squares;
} channel_sums;

static void add_image(const pg_normalize *normalize, const uint8_t *image, channel_sums *sums)
{
    for (size_t i = 0; i < normalize->pixels; i++, image += normalize->channels)
        for (int c = 0; c < normalize->channels; c++) {
            sums[c].sum += image[c];
            sums[c].squares += (uint64_t)image[c] * image[c];
        }
}

void pg_normalize_fit(const pg_normalize *normalize, pg_parameters *p, const pg_records *images)
{
    channel_sums sums[PG_MAX_CHANNELS] = {{0, 0}};
    if (!has_statistics(normalize) || !images->count) return;
    for (size_t i = 0; i < images->count; i++)
        add_image(normalize, pg_records_image(images, i), sums);
    float *mean = pg_parameter(p, normalize->mean);
    float *deviation = pg_parameter(p, normalize->deviation);
    double n = (double)images->count * (double)normalize->pixels;
    for (int c = 0; c < normalize->channels; c++) {
        double m = (double)sums[c].sum / n;
        mean[c] = (float)(m / 255);
        deviation[c] =
            (float)fmax(sqrt(fmax((double)sums[c].squares / n - m * m, 0)) / 255, least_deviation);
    }
}

static void find_contrast(const pg_normalize *normalize, const float *image, pg_shift_gain *found)
{
    size_t numbers = normalize->pixels * (size_t)normalize->channels;
    double sum = 0, squares = 0;
    for (size_t i = 0; i < numbers; i++)
        sum += image[i];
    double mean = sum / (double)numbers;
    for (size_t i = 0; i < numbers; i++)
        squares += (image[i] - mean) * (image[i] - mean);
    for (int c = 0; c < normalize->channels; c++) {
        found->shift[c] = (float)mean;
        found->gain[c] = (float)(1 / sqrt(squares / (double)numbers + least_variance));
    }
}

pg_shift_gain pg_normalize_find(const pg_normalize *normalize, const pg_parameters *p,
                                const float *image)
{
    pg_shift_gain found;
    for (int c = 0; c < normalize->channels; c++) {
        found.shift[c] = has_statistics(normalize) ? pg_parameter(p, normalize->mean)[c] : 0;
        found.gain[c] = normalize->kind == PG_NORMALIZE_STANDARD
                            ? 1 / pg_parameter(p, normalize->deviation)[c]
                            : 1;
    }
    if (normalize->kind == PG_NORMALIZE_CONTRAST) find_contrast(normalize, image, &found);
    return found;
}

void pg_normalize_apply(const pg_normalize *normalize, const pg_shift_gain *with, float *image)
{
    if (normalize->kind == PG_NORMALIZE_NONE) return;
    for (size_t i = 0; i < normalize->pixels; i++, image += normalize->channels)
        for (int c = 0; c < normalize->channels; c++)
            image[c] = (image[c] - with->shift[c]) * with->gain[c];
}
