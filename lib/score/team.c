#include <config.h>

#include "score/team.h"

#include <stdatomic.h>

#include "pixelgan/score.h"

static atomic_int wanted;

void pg_score_threads(int threads)
{
    atomic_store(&wanted, threads);
}

int pg_score_team(void)
{
    return atomic_load(&wanted);
}
