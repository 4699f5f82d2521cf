/* Grey levels: inverted, binarized. */
#include <config.h>

#include <gsl/gsl_rng.h>
#include <stdlib.h>

#include "base/random.h"
#include "dataset/source.h"

typedef struct toned {
    pg_source *before;
    bool invert;
    pg_binarize binarize;
    uint64_t seed;
    gsl_rng *rng; /* of PG_BINARIZE_SAMPLE */
} toned;

static void toned_close(void *state)
{
    toned *t = state;
    pg_source_close(t->before);
    if (t->rng) gsl_rng_free(t->rng);
    free(t);
}

static void invert(uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(255 - bytes[i]);
}

static void threshold(uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = bytes[i] >= 128 ? 255 : 0;
}

/* Static binarisation as by Salakhutdinov & Murray (2008): each value, over 255,
 * is the probability of white. A draw of 0..254 is below value with just that. */
static void sample(uint8_t *bytes, size_t count, gsl_rng *rng)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = gsl_rng_uniform_int(rng, 255) < bytes[i] ? 255 : 0;
}

static pg_status toned_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    toned *t = source->state;
    pg_status status = pg_source_next(t->before, chunk, err);
    if (status != PG_OK) return status;
    size_t bytes = chunk->count * pg_schema_image_size(&source->schema);
    if (t->invert) invert(chunk->image, bytes);
    if (t->binarize == PG_BINARIZE_THRESHOLD) threshold(chunk->image, bytes);
    if (t->binarize == PG_BINARIZE_SAMPLE) sample(chunk->image, bytes, t->rng);
    return PG_OK;
}

static pg_status toned_rewind(pg_source *source, pg_error *err)
{
    toned *t = source->state;
    if (t->rng) pg_rng_start(t->rng, t->seed, PG_RANDOM_BINARIZE, 0, 0);
    return pg_source_rewind(t->before, err);
}

static bool toned_can_rewind(const pg_source *source)
{
    const toned *t = source->state;
    return pg_source_can_rewind(t->before);
}

static const pg_source *toned_before(const pg_source *source)
{
    const toned *t = source->state;
    return t->before;
}

static const pg_source_class toned_class = {.next = toned_next,
                                            .rewind = toned_rewind,
                                            .can_rewind = toned_can_rewind,
                                            .before = toned_before,
                                            .close = toned_close};

pg_status pg_toned_source(pg_source *before, bool invert, pg_binarize binarize, uint64_t seed,
                          pg_source **source, pg_error *err)
{
    *source = NULL;
    toned *t = before->schema.channels ? calloc(1, sizeof *t) : NULL;
    if (!t) {
        bool images = before->schema.channels > 0;
        pg_source_close(before);
        return images
                   ? pg_fail(err, PG_ERR_MEMORY, "data set: out of memory")
                   : pg_fail(err, PG_ERR_ARGUMENT, "invert, binarize: the examples have no images");
    }
    *t = (toned){.before = before, .invert = invert, .binarize = binarize, .seed = seed};
    if (binarize == PG_BINARIZE_SAMPLE) t->rng = pg_rng_create(seed, PG_RANDOM_BINARIZE, 0, 0);
    if (binarize != PG_BINARIZE_SAMPLE || t->rng)
        return pg_source_create(&toned_class, t, &before->schema, before->known_count, source, err);
    toned_close(t);
    return pg_fail(err, PG_ERR_MEMORY, "binarize: out of memory");
}
