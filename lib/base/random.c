#include "base/random.h"

#include <Random123/philox.h>
#include <gsl/gsl_errno.h>

enum { BLOCK = 4 /* numbers of one counter */ };

typedef struct stream {
    philox4x32_key_t key;
    philox4x32_ctr_t counter; /* word 0: of the next block */
    philox4x32_ctr_t block;
    unsigned used; /* numbers of the block */
} stream;

static void start(stream *s, uint64_t seed, pg_purpose purpose, uint64_t step, uint64_t example)
{
    uint32_t high = (uint32_t)(step >> 32 & 0xfff) << 12 | (uint32_t)(example >> 32 & 0xfff);
    s->key = (philox4x32_key_t){{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    s->counter =
        (philox4x32_ctr_t){{0, (uint32_t)example, (uint32_t)step, (uint32_t)purpose << 24 | high}};
    s->used = BLOCK;
}

static void set(void *state, unsigned long seed)
{
    start(state, seed, 0, 0, 0);
}

static inline uint32_t next(stream *s)
{
    if (s->used == BLOCK) {
        s->block = philox4x32(s->counter, s->key);
        s->counter.v[0]++;
        s->used = 0;
    }
    return s->block.v[s->used++];
}

static unsigned long get(void *state)
{
    return next(state);
}

static double get_double(void *state)
{
    return next(state) * 0x1p-32;
}

static const gsl_rng_type philox = {
    .name = "philox4x32-10",
    .max = UINT32_MAX,
    .min = 0,
    .size = sizeof(stream),
    .set = set,
    .get = get,
    .get_double = get_double,
};

void pg_rng_start(gsl_rng *rng, uint64_t seed, pg_purpose purpose, uint64_t step, uint64_t example)
{
    start(gsl_rng_state(rng), seed, purpose, step, example);
}

gsl_rng *pg_rng_create(uint64_t seed, pg_purpose purpose, uint64_t step, uint64_t example)
{
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    gsl_rng *rng = gsl_rng_alloc(&philox);
    gsl_set_error_handler(handler);
    if (rng) pg_rng_start(rng, seed, purpose, step, example);
    return rng;
}
