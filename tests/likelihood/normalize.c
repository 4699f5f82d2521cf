/* What the encoder is shown: statistics of a training set, and of an image. */
#include <config.h>

#include "../tap.h"
#include "base/random.h"
#include "model/config.h"
#include "pixelgan/pixelgan.h"
#include "train/augment.h"

enum { SIDE = 8, CHANNELS = 3, COUNT = 50, SIZE = SIDE * SIDE * CHANNELS };

/* Channel c varies around 40 + 60 c by up to 10 + 10 c. */
static void fill(uint8_t *images)
{
    gsl_rng *rng = pg_rng_create(1, PG_RANDOM_TEST, 0, 0);
    for (int i = 0; i < COUNT * SIZE; i++) {
        int c = i % CHANNELS;
        images[i] = (uint8_t)(30 + 50 * c + gsl_rng_uniform_int(rng, 20 + 20 * c));
    }
    gsl_rng_free(rng);
}

static pg_config make_config(pg_normalize_kind kind)
{
    pg_config config = {0};
    pg_config_defaults(&config);
    config.height = config.width = SIDE;
    config.channels = CHANNELS;
    config.features = 4;
    config.blocks = 1;
    config.encoder_features = 4;
    config.hidden = 16;
    config.normalize = kind;
    return config;
}

/* Mean and standard deviation of channel c (-1: of all) of count images. */
static void statistics(const float *images, int count, int c, double *mean, double *deviation)
{
    double sum = 0, squares = 0, n = 0;
    for (int i = 0; i < count * SIZE; i++) {
        if (c >= 0 && i % CHANNELS != c) continue;
        sum += images[i];
        squares += (double)images[i] * images[i];
        n++;
    }
    *mean = sum / n;
    *deviation = sqrt(squares / n - *mean * *mean);
}

/* Images as the encoder is shown them, from the statistics of them all. */
static void show(pg_normalize_kind kind, const uint8_t *images, float *shown)
{
    static const int channels = CHANNELS;
    pg_config config = make_config(kind);
    pg_parameters p = {0};
    pg_normalize normalize;
    pg_error err;
    float unused;
    if (pg_normalize_declare(&normalize, &config, &p, &err) != PG_OK) bail_out(err.message);
    if (pg_parameters_add(&p, PG_GROUP_AUTOENCODER, PG_INITIAL_ZERO, "other", 1, &channels) < 0 ||
        pg_parameters_allocate(&p, &err) != PG_OK)
        bail_out("no parameters");
    const pg_records records = {.schema = {.height = SIDE, .width = SIDE, .channels = CHANNELS},
                                .count = COUNT,
                                .image = (uint8_t *)images};
    pg_normalize_fit(&normalize, &p, &records);
    pg_augment augment = {.height = SIDE,
                          .width = SIDE,
                          .channels = CHANNELS,
                          .bordered = &unused,
                          .normalize = &normalize,
                          .parameters = &p};
    for (int i = 0; i < COUNT; i++)
        pg_augment_image(&augment, NULL, images + i * SIZE, shown + i * SIZE);
    pg_parameters_free(&p);
}

static void test_kinds(void)
{
    static uint8_t images[COUNT * SIZE];
    static float shown[COUNT * SIZE];
    double mean, deviation;
    fill(images);
    show(PG_NORMALIZE_NONE, images, shown);
    is_close(shown[7], images[7] / 255.0, 1e-6, "none: byte/255");
    show(PG_NORMALIZE_MEAN, images, shown);
    for (int c = 0; c < CHANNELS; c++) {
        statistics(shown, COUNT, c, &mean, &deviation);
        is_close(mean, 0, 1e-5, "mean: channel %d is centred", c);
        ok(deviation < 0.1, "mean: and has its scale");
    }
    show(PG_NORMALIZE_STANDARD, images, shown);
    for (int c = 0; c < CHANNELS; c++) {
        statistics(shown, COUNT, c, &mean, &deviation);
        is_close(mean, 0, 1e-5, "standard: channel %d is centred", c);
        is_close(deviation, 1, 1e-5, "standard: and of unit variance");
    }
    show(PG_NORMALIZE_CONTRAST, images, shown);
    for (int i = 0; i < 3; i++) {
        statistics(shown + i * SIZE, 1, -1, &mean, &deviation);
        is_close(mean, 0, 1e-5, "contrast: image %d is centred", i);
        ok(deviation > 0.98 && deviation < 1, "contrast: of a variance of almost 1");
    }
    memset(images, 200, sizeof images);
    for (int kind = PG_NORMALIZE_NONE; kind <= PG_NORMALIZE_CONTRAST; kind++) {
        show(kind, images, shown);
        ok(fabs(shown[0]) < 1, "kind %d: images that are all the same stay bounded", kind);
    }
}

static pg_normalize_kind resolved(const char *prior, int channels, pg_likelihood_kind likelihood,
                                  pg_normalize_kind kind)
{
    pg_config config = make_config(kind);
    pg_error err;
    pg_model *model;
    config.channels = channels;
    config.likelihood = likelihood;
    if (pg_config_parse_prior(&config, prior, &err) != PG_OK ||
        pg_model_create(&config, 1, &model, &err) != PG_OK)
        bail_out(err.message);
    pg_normalize_kind found = pg_model_config(model)->normalize;
    pg_model_free(model);
    return found;
}

/* The printed pairs from, but for one that says how images are normalised. */
static const char *get_but_normalize(const void *from, const char *key)
{
    const pg_text_pair *pairs = from;
    if (strcmp(key, "normalize") == 0) return NULL;
    for (int i = 0; i < PG_CONFIG_PAIRS; i++)
        if (strcmp(pairs[i].key, key) == 0) return pairs[i].value;
    return NULL;
}

/* A file of before images were normalised. */
static void test_missing(void)
{
    pg_config config = make_config(PG_NORMALIZE_AUTO), read;
    pg_text_pair pairs[PG_CONFIG_PAIRS];
    pg_error err;
    pg_config_print(&config, pairs);
    is_int(pg_config_scan(&read, get_but_normalize, pairs, &err), PG_OK, "it may be missing");
    is_int(read.normalize, PG_NORMALIZE_NONE, "and is none then, not auto");
}

static void test_auto(void)
{
    is_int(resolved("categorical:5", 3, PG_LIKELIHOOD_AUTO, PG_NORMALIZE_AUTO),
           PG_NORMALIZE_CONTRAST, "auto: contrast for categories of colour images");
    is_int(resolved("categorical:5", 1, PG_LIKELIHOOD_LOGISTIC, PG_NORMALIZE_AUTO),
           PG_NORMALIZE_CONTRAST, "auto: and of grey ones");
    is_int(resolved("categorical:5", 1, PG_LIKELIHOOD_AUTO, PG_NORMALIZE_AUTO), PG_NORMALIZE_NONE,
           "auto: none for black and white");
    is_int(resolved("gaussian:2", 3, PG_LIKELIHOOD_AUTO, PG_NORMALIZE_AUTO), PG_NORMALIZE_NONE,
           "auto: none for codes that have to tell how bright an image is");
    is_int(resolved("categorical:5", 3, PG_LIKELIHOOD_AUTO, PG_NORMALIZE_MEAN), PG_NORMALIZE_MEAN,
           "what was asked for stays");
}

/* A warp of a flat image: outside lies black or the edge. */
static void test_edges(void)
{
    static uint8_t image[SIZE];
    static float shown[SIZE], bordered[(SIDE + 2) * (SIDE + 2) * CHANNELS];
    pg_normalize none = {.kind = PG_NORMALIZE_NONE, .pixels = SIDE * SIDE, .channels = CHANNELS};
    pg_parameters p = {0};
    pg_augment augment = {.height = SIDE,
                          .width = SIDE,
                          .channels = CHANNELS,
                          .range = {.shift = 5.0 / SIDE, .rotate = 30},
                          .bordered = bordered,
                          .normalize = &none,
                          .parameters = &p};
    gsl_rng *rng = pg_rng_create(2, PG_RANDOM_TEST, 0, 0);
    memset(image, 255, SIZE);
    for (int replicate = 0; replicate < 2; replicate++) {
        float darkest = 1;
        augment.replicate = replicate;
        for (int trial = 0; trial < 20; trial++) {
            pg_augment_image(&augment, rng, image, shown);
            for (int i = 0; i < SIZE; i++)
                darkest = fminf(darkest, shown[i]);
        }
        is_close(darkest, replicate, 1e-5, replicate ? "the edge goes on" : "outside is black");
    }
    gsl_rng_free(rng);
}

static void encode(const pg_model *model, const uint8_t *images, float *codes)
{
    pg_engine *engine;
    pg_error err;
    if (pg_engine_create(model, 1, 1, &engine, &err) != PG_OK ||
        pg_engine_encode(engine, images, 0, COUNT, false, codes, &err) != PG_OK)
        bail_out(err.message);
    pg_engine_free(engine);
}

/* Statistics come from training, are in the model file, and are used by who applies it. */
static void test_model(void)
{
    static uint8_t images[COUNT * SIZE], darker[COUNT * SIZE];
    static float codes[COUNT * 30], again[COUNT * 30];
    fill(images);
    pg_records data = {.schema = {.height = SIDE, .width = SIDE, .channels = CHANNELS},
                       .count = COUNT,
                       .image = (uint8_t *)images};
    pg_config config = make_config(PG_NORMALIZE_STANDARD);
    pg_train_options options;
    pg_model *model, *loaded;
    pg_trainer *trainer;
    pg_error err;
    pg_train_defaults(&options, &config, false);
    options.threads = 1;
    options.batch = 10;
    if (pg_model_create(&config, 1, &model, &err) != PG_OK ||
        pg_trainer_create(model, &data, &options, &trainer, &err) != PG_OK ||
        pg_trainer_run(trainer, 5, &err) != PG_OK)
        bail_out(err.message);
    pg_trainer_free(trainer);
    pg_tensor_view mean;
    ok(pg_model_find(model, "encoder.input.mean", &mean) && mean.count == CHANNELS,
       "the model has the means");
    is_close(mean.data[0] * 255, 39.5, 0.5, "that of the first channel");
    const char *path = temporary_path("normalize.safetensors");
    if (pg_model_save(model, path, &err) != PG_OK || pg_model_load(path, &loaded, &err) != PG_OK)
        bail_out(err.message);
    is_int(pg_model_config(loaded)->normalize, PG_NORMALIZE_STANDARD, "the file says what is done");
    is_int(pg_model_config(loaded)->likelihood, PG_LIKELIHOOD_LOGISTIC, "auto is logistic here");
    encode(model, images, codes);
    encode(loaded, images, again);
    ok(memcmp(codes, again, sizeof codes) == 0, "a loaded model encodes the same");
    for (int i = 0; i < COUNT * SIZE; i++)
        darker[i] = images[i] - 20;
    for (int c = 0; c < CHANNELS; c++)
        mean.data[c] -= 20 / 255.0f;
    encode(model, darker, again);
    double worst = 0;
    for (int i = 0; i < COUNT * 30; i++)
        worst = worse_of(worst, fabs(codes[i] - again[i]));
    is_close(worst, 0, 1e-4, "images and means darker by the same: the same codes");
    pg_model_free(model);
    pg_model_free(loaded);
}

int main(void)
{
    test_kinds();
    test_auto();
    test_missing();
    test_edges();
    test_model();
    return done_testing();
}
