/* Adam (Kingma & Ba 2015, algorithm 1), fused with the sum over the shards' gradients. */
#ifndef PG_NN_ADAM_H
#define PG_NN_ADAM_H

#include <stddef.h>

typedef struct pg_adam {
    double rate, beta1, beta2, epsilon;
    long step; /* updates done */
} pg_adam;

/* One update of `count` parameters from the sum, as by pg_shards_sum, of `shards` gradients;
 * adam->step counts updates already done. */
void pg_adam_update(const pg_adam *adam, size_t count, const float *const *gradients, int shards,
                    size_t offset, float *parameters, float *first_moment, float *second_moment);

#endif
