/* Randomness by counter: GSL generators whose numbers are a function of where they are used.
 *
 * Promise: a draw depends on seed, purpose, step, example and its place in that stream alone;
 * not on what was drawn before, nor on threads, batches or processes. Two streams of a seed
 * never share a part of their sequences. So nothing needs to be saved to go on.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
 * sec. 3.3): the seed is the key; purpose, step and example fill three words of the counter, and
 * the fourth counts blocks of four numbers.
 */
#ifndef PG_BASE_RANDOM_H
#define PG_BASE_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* Everything that is drawn, and what counts as its step and its example. */
typedef enum pg_purpose {
    /* Preparing data: no step. */
    PG_RANDOM_SHUFFLE,  /* order of a data set */
    PG_RANDOM_BINARIZE, /* black or white pixels from grey ones */
    PG_RANDOM_THIN,     /* which labels are kept; example: the class */
    /* Making a model: no step. */
    PG_RANDOM_WEIGHTS, /* example: the tensor */
    /* Training. Step: of the run. Example: row of its kind in the batch. */
    PG_RANDOM_ORDER,         /* of the examples; step: the epoch */
    PG_RANDOM_LABELLED,      /* which labelled examples */
    PG_RANDOM_FIRST_VIEW,    /* warps and noise */
    PG_RANDOM_SECOND_VIEW,   /* the same of the second view */
    PG_RANDOM_LABELLED_VIEW, /* and of the labelled images */
    PG_RANDOM_POSTERIOR,     /* z from q(z|x) */
    PG_RANDOM_PRIOR,         /* z from p(z), with the noise that the discriminator sees */
    PG_RANDOM_CODE_NOISE,    /* on codes that the discriminator learns from */
    PG_RANDOM_DECEPTION,     /* on codes that it judges for the encoder */
    PG_RANDOM_TARGET,        /* black or white pixels to reconstruct */
    /* Applying a model. Example: the image's number. */
    PG_RANDOM_CODE,       /* z from q(z|x); step: the sample */
    PG_RANDOM_LIKELIHOOD, /* black or white pixels whose likelihood is computed */
    PG_RANDOM_PIXELS,     /* a sampled image */
    PG_RANDOM_DRAWN_CODE, /* the code that it was sampled from */
    /* Scores: no step, no example. */
    PG_RANDOM_SUBSAMPLE,
    PG_RANDOM_AGGREGATE,
    PG_RANDOM_GROUPS,       /* where groups of examples begin */
    PG_RANDOM_QUALITY_VIEW, /* warps; step: the view; example: the image's number */
    PG_RANDOM_TEST = 255    /* what tests make up */
} pg_purpose;

/* A generator at the start of that stream; NULL where memory is short. Release with gsl_rng_free.
 * step and example are below 2^44. */
gsl_rng *pg_rng_create(uint64_t seed, pg_purpose purpose, uint64_t step, uint64_t example);

/* Moves an existing generator to the start of a stream: costs nothing. */
void pg_rng_start(gsl_rng *rng, uint64_t seed, pg_purpose purpose, uint64_t step, uint64_t example);

#endif
