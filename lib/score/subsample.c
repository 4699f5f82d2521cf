#include "pixelgan/score.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"

pg_status pg_subsample_init(pg_subsample *sample, int dim, size_t limit, uint64_t seed,
                            pg_error *err)
{
    *sample = (pg_subsample){
        .dim = dim, .limit = limit, .rng = pg_rng_create(seed, PG_RANDOM_SUBSAMPLE, 0, 0)};
    if (!sample->rng) return pg_fail(err, PG_ERR_MEMORY, "subsample: out of memory");
    return PG_OK;
}

/* Doubles the room at powers of two. */
static pg_status grow(pg_subsample *sample, pg_error *err)
{
    size_t count = sample->count, floats, bytes;
    if ((count & (count - 1)) != 0) return PG_OK;
    size_t room = count ? 2 * count : 1;
    int32_t *labels = NULL;
    float *codes = NULL;
    if (count <= SIZE_MAX / 2 / sizeof *labels &&
        pg_size_multiply(room, (size_t)sample->dim, &floats) &&
        pg_size_multiply(floats, sizeof *codes, &bytes)) {
        labels = realloc(sample->labels, room * sizeof *labels);
        codes = realloc(sample->codes, bytes ? bytes : 1);
    }
    if (labels) sample->labels = labels;
    if (codes) sample->codes = codes;
    if (labels && codes) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "subsample: out of memory for %zu codes", room);
}

static void put(pg_subsample *sample, size_t place, const float *code, int32_t label)
{
    size_t dim = (size_t)sample->dim;
    memcpy(sample->codes + place * dim, code, dim * sizeof *code);
    sample->labels[place] = label;
}

/* A place for the newcomer among all seen so far; it is kept where that is within the sample. */
static size_t draw_place(const pg_subsample *sample)
{
    return (size_t)(gsl_rng_uniform(sample->rng) * (double)sample->seen);
}

pg_status pg_subsample_add(pg_subsample *sample, const float *codes, const int32_t *labels,
                           size_t count, pg_error *err)
{
    for (size_t n = 0; n < count; n++) {
        const float *code = codes + n * (size_t)sample->dim;
        int32_t label = labels ? labels[n] : -1;
        sample->seen++;
        if (sample->count < sample->limit) {
            pg_status status = grow(sample, err);
            if (status) return status;
            put(sample, sample->count++, code, label);
        } else {
            size_t place = draw_place(sample);
            if (place < sample->count) put(sample, place, code, label);
        }
    }
    return PG_OK;
}

void pg_subsample_free(pg_subsample *sample)
{
    free(sample->codes);
    free(sample->labels);
    if (sample->rng) gsl_rng_free(sample->rng);
    *sample = (pg_subsample){0};
}
