/* Which examples to label: shares of clusters, and the typical ones within. */
#include <math.h>

#include "../tap.h"
#include "pixelgan/score.h"

static pg_error err;

static void shares(void)
{
    const size_t members[] = {10, 100, 0, 40, 60}, none[5] = {0};
    size_t share[5];
    int order[200];
    is_int((intmax_t)pg_score_share_labels(members, none, members, 5, 3, share, order), 3,
           "three labels");
    ok(order[0] == 1 && order[1] == 4 && order[2] == 3, "go to the three largest, in order");
    ok(share[1] == 1 && share[4] == 1 && share[3] == 1 && !share[0] && !share[2], "one each");
    is_int((intmax_t)pg_score_share_labels(members, none, members, 5, 6, share, order), 6, "six");
    ok(order[3] == 0, "the smallest gets its own before any gets a second");
    ok(order[4] == 1 && order[5] == 1,
       "then the one whose labels stand for the most members: 100 / 2, 100 / 3");

    const size_t labelled[] = {0, 3, 0, 1, 0};
    (void)pg_score_share_labels(members, labelled, members, 5, 4, share, order);
    ok(order[0] == 4 && order[1] == 0 && order[2] == 4 && order[3] == 1,
       "labels that are there count: %d %d %d %d", order[0], order[1], order[2], order[3]);

    const size_t room[] = {10, 2, 0, 0, 1};
    is_int((intmax_t)pg_score_share_labels(members, none, room, 5, 200, share, order), 13,
           "no more than there are");
    ok(share[0] == 10 && share[1] == 2 && share[3] == 0 && share[4] == 1, "of each");
    is_int((intmax_t)pg_score_share_labels(members, none, none, 5, 7, share, order), 0,
           "nothing is left to ask for");
}

enum { BLOBS = 3, EACH = 30, STRAY = 3, COUNT = BLOBS * EACH + STRAY };

/* Three blobs whose first example is their very middle, of 30, 20 and 10, and strays far off. */
static int make_blobs(float *xy)
{
    uint32_t state = 9;
    int count = 0;
    for (int blob = 0; blob < BLOBS; blob++)
        for (int n = 0; n < EACH - 10 * blob; n++, count++)
            for (int d = 0; d < 2; d++) {
                state = state * 1664525u + 1013904223u; /* Knuth's linear congruential generator */
                double noise = (state >> 8) / 16777216.0 - 0.5;
                xy[2 * count + d] = (float)(10 * (d == 0 ? blob : blob % 2) + (n ? noise : 0));
            }
    for (int n = 0; n < STRAY; n++, count++) {
        xy[2 * count] = 100.0f + 50 * (float)n;
        xy[2 * count + 1] = -100;
    }
    return count;
}

static int blob_of(size_t n)
{
    return n < 30 ? 0 : n < 50 ? 1 : n < 60 ? 2 : -1;
}

static double mean_distance(const float *xy, size_t n, size_t first, size_t end)
{
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += hypot(xy[2 * i] - xy[2 * n], xy[2 * i + 1] - xy[2 * n + 1]);
    return sum;
}

/* Within 20 neighbours all of the blob's others count, so the most typical is known. */
static void typical_ones(void)
{
    float xy[2 * COUNT];
    size_t chosen[COUNT];
    size_t count = (size_t)make_blobs(xy);
    if (pg_score_typical(xy + 2 * 50, 10, 2, 1, chosen, &err)) bail_out(err.message);
    size_t best = 50;
    for (size_t n = 51; n < 60; n++)
        if (mean_distance(xy, n, 50, 60) < mean_distance(xy, best, 50, 60)) best = n;
    is_int((intmax_t)chosen[0], (intmax_t)best - 50, "the least mean distance to its neighbours");

    if (pg_score_typical(xy, 60, 2, 3, chosen, &err)) bail_out(err.message);
    ok(blob_of(chosen[0]) == 0 && blob_of(chosen[1]) == 1 && blob_of(chosen[2]) == 2,
       "one of each blob, the largest first: %zu %zu %zu", chosen[0], chosen[1], chosen[2]);
    if (pg_score_typical(xy, count, 2, 8, chosen, &err)) bail_out(err.message);
    int strays = 0;
    for (int i = 0; i < 8; i++)
        strays += blob_of(chosen[i]) < 0;
    is_int(strays, 0, "strays are no groups to ask for");

    if (pg_score_typical(xy, count, 2, count, chosen, &err)) bail_out(err.message);
    int seen[COUNT] = {0}, twice = 0;
    for (size_t i = 0; i < count; i++)
        twice += seen[chosen[i]]++;
    is_int(twice, 0, "all, when all are asked for, each once");
}

static void limits(void)
{
    float same[20] = {0}, broken[] = {1, NAN};
    size_t chosen[10];
    ok(pg_score_typical(same, 10, 2, 4, chosen, &err) == PG_OK, "ten that are equal");
    int twice = 0;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            twice += chosen[i] == chosen[j];
    is_int(twice, 0, "four different ones of them");
    ok(pg_score_typical(same, 1, 2, 1, chosen, &err) == PG_OK && chosen[0] == 0, "one of one");
    ok(pg_score_typical(same, 1, 2, 0, chosen, &err) == PG_OK, "none");
    is_int(pg_score_typical(same, 1, 2, 2, chosen, &err), PG_ERR_ARGUMENT, "two of one");
    is_int(pg_score_typical(broken, 2, 1, 1, chosen, &err), PG_ERR_ARGUMENT, "no number");
}

int main(void)
{
    shares();
    typical_ones();
    limits();
    return done_testing();
}
