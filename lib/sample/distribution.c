#include "sample/distribution.h"

const pg_distribution *pg_distribution_find(pg_likelihood_kind kind)
{
    switch (kind) {
    case PG_LIKELIHOOD_BERNOULLI:
        return &pg_distribution_bernoulli;
    }
    return NULL;
}
