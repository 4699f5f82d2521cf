/* Randomness: independent GSL generators from one seed. */
#ifndef PG_BASE_RNG_H
#define PG_BASE_RNG_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* A Mersenne twister whose start is a hash of seed and stream, so that
 * streams of one seed, and the same stream of two seeds, are independent.
 * NULL where memory is short. Release with gsl_rng_free. */
gsl_rng *pg_rng_create(uint64_t seed, uint64_t stream);

/* Starts an existing generator anew, as pg_rng_create would. */
void pg_rng_restart(gsl_rng *rng, uint64_t seed, uint64_t stream);

#endif
