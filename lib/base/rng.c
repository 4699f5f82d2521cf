#include "base/rng.h"

#include <gsl/gsl_errno.h>

/* Finaliser of SplitMix64 (Steele, Lea & Flood 2014): a bijection that mixes all bits. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void pg_rng_restart(gsl_rng *rng, uint64_t seed, uint64_t stream)
{
    gsl_rng_set(rng, (unsigned long)mix(mix(seed) ^ stream));
}

gsl_rng *pg_rng_create(uint64_t seed, uint64_t stream)
{
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_set_error_handler(handler);
    if (rng) pg_rng_restart(rng, seed, stream);
    return rng;
}
