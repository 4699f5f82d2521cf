/* Adam (Kingma & Ba 2015, algorithm 1), fused with the sum over the shards' gradients. */
#ifndef PG_NN_ADAM_H
#define PG_NN_ADAM_H

#include <stddef.h>

#include "nn/group.h"

typedef struct pg_adam {
    double rate, beta1, beta2, epsilon;
    long step; /* updates done */
} pg_adam;

/* Updates `count` parameters by the sum of the gradients, which start at `offset`. adam->step is
 * the number of previous updates. */
void pg_adam_update(const pg_adam *adam, size_t count, const pg_parts *gradients, size_t offset,
                    float *parameters, float *first_moment, float *second_moment);

#endif
