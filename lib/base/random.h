/* Counter-based random numbers: GSL generators whose numbers depend only on where they are used.
 *
 * Promise: a draw depends only on the seed, the purpose, the step, the example and its position in
 * that stream. It does not depend on earlier draws, threads, batches or processes. Two streams with
 * the same seed never overlap. So no state needs to be saved to resume a run.
 *
 * Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
 * sec. 3.3): the seed is the key; purpose, step and example fill three words of the counter, and
 * the fourth counts blocks of four numbers.
 */
#ifndef PG_BASE_RANDOM_H
#define PG_BASE_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* All purposes of random draws, and the meaning of step and example for each. */
typedef enum pg_purpose {
    /* Preparing data: no step. */
    PG_RANDOM_SHUFFLE,  /* order of a data set */
    PG_RANDOM_BINARIZE, /* binarising grey pixels */
    PG_RANDOM_THIN,     /* which labels are kept; example: the class */
    /* Creating a model: no step. */
    PG_RANDOM_WEIGHTS, /* example: the tensor */
    /* Training. Step: the step of the run. Example: row of its kind in the batch. */
    PG_RANDOM_ORDER,         /* order of the examples; step: the epoch */
    PG_RANDOM_LABELLED,      /* which labelled examples */
    PG_RANDOM_FIRST_VIEW,    /* warps and noise of the first view */
    PG_RANDOM_SECOND_VIEW,   /* warps and noise of the second view */
    PG_RANDOM_LABELLED_VIEW, /* warps and noise of the labelled images */
    PG_RANDOM_POSTERIOR,     /* z from q(z|x) */
    PG_RANDOM_PRIOR,         /* z from p(z), with the noise that the discriminator sees */
    PG_RANDOM_CODE_NOISE,    /* noise on codes in the discriminator's update */
    PG_RANDOM_DECEPTION,     /* noise on codes in the encoder's adversarial update */
    PG_RANDOM_TARGET,        /* binarising pixels to reconstruct */
    /* Applying a model. Example: the number of the image. */
    PG_RANDOM_CODE,       /* z from q(z|x); step: the sample */
    PG_RANDOM_LIKELIHOOD, /* binarising pixels whose likelihood is computed */
    PG_RANDOM_PIXELS,     /* a sampled image */
    PG_RANDOM_DRAWN_CODE, /* the code of a sampled image */
    /* Scores: no step, no example. */
    PG_RANDOM_SUBSAMPLE,
    PG_RANDOM_AGGREGATE,
    PG_RANDOM_GROUPS,       /* initial centres of groups of examples */
    PG_RANDOM_QUALITY_VIEW, /* warps; step: the view; example: the number of the image */
    PG_RANDOM_TEST = 255    /* data made by tests */
} pg_purpose;

/* A generator at the start of a stream; NULL if there is not enough memory. Release it with
 * gsl_rng_free. step and example must be below 2^44. */
gsl_rng *pg_rng_create(uint64_t seed, pg_purpose purpose, uint64_t step, uint64_t example);

/* Moves an existing generator to the start of a stream, which is cheap. */
void pg_rng_start(gsl_rng *rng, uint64_t seed, pg_purpose purpose, uint64_t step, uint64_t example);

#endif
