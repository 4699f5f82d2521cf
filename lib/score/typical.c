/* Which examples to label next (Hacohen, Dekel & Weinshall 2022, "Active learning on a budget:
 * opposite strategies suit high and low budgets", sec. 3: TypiClust): with few labels the typical
 * ones help, one for each cluster, those without a label first and the largest of them first. */
#include "pixelgan/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "score/moments.h"

/* ---- How many of each cluster ---- */

/* Greater where one more label helps more: a cluster without any goes before all others; then the
 * members that each label stands for count. */
static double need_of(size_t members, size_t labelled)
{
    double each = (double)members / (double)(labelled + 1);
    return labelled ? each : each * 1e12;
}

/* The cluster that needs one most, the first on ties; -1: none has an example left. */
static int neediest(const size_t *members, const size_t *labelled, const size_t *room,
                    const size_t *share, int clusters)
{
    int best = -1;
    double most = 0;
    for (int k = 0; k < clusters; k++) {
        if (share[k] >= room[k]) continue;
        double need = need_of(members[k], labelled[k] + share[k]);
        if (need <= most) continue;
        most = need;
        best = k;
    }
    return best;
}

size_t pg_score_share_labels(const size_t *members, const size_t *labelled, const size_t *room,
                             int clusters, size_t wanted, size_t *share, int *order)
{
    memset(share, 0, (size_t)clusters * sizeof *share);
    for (size_t given = 0; given < wanted; given++) {
        int cluster = neediest(members, labelled, room, share, clusters);
        if (cluster < 0) return given;
        share[cluster]++;
        order[given] = cluster;
    }
    return wanted;
}

/* ---- The typical ones of a cluster ---- */

enum { NEIGHBOURS = 20, ROUNDS = 10, LEAST_GROUP = 5 };

typedef struct grouping {
    const float *features;
    size_t count, dim, groups;
    double *centres; /* groups x dim */
    double *nearest; /* squared distance of each to its centre, or of one to all */
    size_t *group;   /* of each */
    size_t *size;    /* of each group */
} grouping;

static void grouping_free(grouping *g)
{
    free(g->centres);
    free(g->nearest);
    free(g->group);
    free(g->size);
}

static pg_status grouping_init(grouping *g, const float *features, size_t count, int dim,
                               size_t groups, pg_error *err)
{
    *g = (grouping){.features = features, .count = count, .dim = (size_t)dim, .groups = groups};
    size_t bytes;
    bool fits = pg_size_multiply((size_t)dim, sizeof(double), &bytes);
    g->centres = fits ? pg_allocate(groups, bytes) : NULL;
    g->nearest = pg_allocate(count, sizeof *g->nearest);
    g->group = pg_allocate(count, sizeof *g->group);
    g->size = pg_allocate(groups, sizeof *g->size);
    if (g->centres && g->nearest && g->group && g->size) return PG_OK;
    grouping_free(g);
    return pg_fail(err, PG_ERR_MEMORY, "typical examples: out of memory for %zu", count);
}

static const float *feature(const grouping *g, size_t n)
{
    return g->features + n * g->dim;
}

static double distance(const float *a, const float *b, size_t dim)
{
    double sum = 0;
    for (size_t d = 0; d < dim; d++)
        sum += ((double)a[d] - b[d]) * ((double)a[d] - b[d]);
    return sum;
}

static double distance_to_centre(const grouping *g, size_t n, size_t group)
{
    const double *centre = g->centres + group * g->dim;
    double sum = 0;
    for (size_t d = 0; d < g->dim; d++)
        sum += (feature(g, n)[d] - centre[d]) * (feature(g, n)[d] - centre[d]);
    return sum;
}

static void set_centre(grouping *g, size_t group, size_t n)
{
    for (size_t d = 0; d < g->dim; d++)
        g->centres[group * g->dim + d] = feature(g, n)[d];
}

/* An example, drawn with a probability that grows with its distance to the centres so far. */
static size_t draw_start(const grouping *g, gsl_rng *rng)
{
    double sum = 0;
    for (size_t n = 0; n < g->count; n++)
        sum += g->nearest[n];
    double at = gsl_rng_uniform(rng) * sum;
    for (size_t n = 0; n < g->count; n++) {
        at -= g->nearest[n];
        if (at < 0) return n;
    }
    return g->count - 1;
}

/* Arthur & Vassilvitskii 2007, "k-means++: the advantages of careful seeding". */
static void start_centres(grouping *g, gsl_rng *rng)
{
    for (size_t n = 0; n < g->count; n++)
        g->nearest[n] = 1;
    for (size_t group = 0; group < g->groups; group++) {
        set_centre(g, group, draw_start(g, rng));
        for (size_t n = 0; n < g->count; n++) {
            double d = distance_to_centre(g, n, group);
            g->nearest[n] = group ? fmin(g->nearest[n], d) : d;
        }
    }
}

static void assign_groups(grouping *g)
{
    memset(g->size, 0, g->groups * sizeof *g->size);
    for (size_t n = 0; n < g->count; n++) {
        g->nearest[n] = INFINITY;
        for (size_t group = 0; group < g->groups; group++) {
            double d = distance_to_centre(g, n, group);
            if (d >= g->nearest[n]) continue;
            g->nearest[n] = d;
            g->group[n] = group;
        }
        g->size[g->group[n]]++;
    }
}

static void move_centres(grouping *g)
{
    for (size_t group = 0; group < g->groups; group++)
        if (g->size[group]) memset(g->centres + group * g->dim, 0, g->dim * sizeof *g->centres);
    for (size_t n = 0; n < g->count; n++)
        for (size_t d = 0; d < g->dim; d++)
            g->centres[g->group[n] * g->dim + d] += feature(g, n)[d] / (double)g->size[g->group[n]];
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One over the mean distance to the nearest neighbours in its group; infinite for the only one. */
static double typicality(grouping *g, size_t n)
{
    size_t found = 0, most;
    double sum = 0;
    for (size_t other = 0; other < g->count; other++)
        if (other != n && g->group[other] == g->group[n])
            g->nearest[found++] = distance(feature(g, n), feature(g, other), g->dim);
    qsort(g->nearest, found, sizeof *g->nearest, compare_doubles);
    most = found < NEIGHBOURS ? found : NEIGHBOURS;
    for (size_t i = 0; i < most; i++)
        sum += sqrt(g->nearest[i]);
    return sum > 0 ? (double)most / sum : INFINITY;
}

static void find_groups(grouping *g, gsl_rng *rng)
{
    start_centres(g, rng);
    assign_groups(g);
    for (int round = 0; round < ROUNDS; round++) {
        move_centres(g);
        assign_groups(g);
    }
}

/* The largest group with at least so many members that was not taken from in this round. */
static size_t next_group(const grouping *g, size_t least, const bool *visited)
{
    size_t best = SIZE_MAX;
    for (size_t group = 0; group < g->groups; group++)
        if (!visited[group] && g->size[group] >= least &&
            (best == SIZE_MAX || g->size[group] > g->size[best]))
            best = group;
    return best;
}

/* The most typical one of a group that is left, the first on ties; SIZE_MAX: none is. */
static size_t take_typical(const grouping *g, size_t group, const double *typical, bool *taken)
{
    size_t best = SIZE_MAX;
    for (size_t n = 0; n < g->count; n++)
        if (g->group[n] == group && !taken[n] && (best == SIZE_MAX || typical[n] > typical[best]))
            best = n;
    if (best != SIZE_MAX) taken[best] = true;
    return best;
}

/* One of each group in turn, the largest first; returns how many are chosen then. */
static size_t take_round(const grouping *g, size_t least, const double *typical, bool *taken,
                         bool *visited, size_t *chosen, size_t have)
{
    size_t group;
    memset(visited, 0, g->groups * sizeof *visited);
    while (have < g->groups && (group = next_group(g, least, visited)) != SIZE_MAX) {
        size_t n = take_typical(g, group, typical, taken);
        visited[group] = true;
        if (n != SIZE_MAX) chosen[have++] = n;
    }
    return have;
}

/* Small groups are outliers: what is in them is asked for last. */
static void choose(const grouping *g, const double *typical, bool *taken, bool *visited,
                   size_t *chosen)
{
    size_t have = 0, before, least = LEAST_GROUP;
    while (have < g->groups) {
        before = have;
        have = take_round(g, least, typical, taken, visited, chosen, have);
        if (have == before) least = 1;
    }
}

pg_status pg_score_typical(const float *features, size_t count, int dim, size_t wanted,
                           size_t *chosen, pg_error *err)
{
    grouping g;
    if (!wanted) return PG_OK;
    if (wanted > count)
        return pg_fail(err, PG_ERR_ARGUMENT, "typical examples: %zu of %zu", wanted, count);
    pg_status status = pg_codes_check(features, count, dim, 1, err);
    if (!status) status = grouping_init(&g, features, count, dim, wanted, err);
    if (status) return status;
    gsl_rng *rng = pg_rng_create(0, PG_RANDOM_GROUPS, 0, 0);
    double *typical = pg_allocate(count, sizeof *typical);
    bool *taken = pg_allocate(count, sizeof *taken),
         *visited = pg_allocate(wanted, sizeof *visited);
    if (rng && typical && taken && visited) {
        find_groups(&g, rng);
        for (size_t n = 0; n < count; n++)
            typical[n] = typicality(&g, n);
        choose(&g, typical, taken, visited, chosen);
    } else {
        status = pg_fail(err, PG_ERR_MEMORY, "typical examples: out of memory for %zu", count);
    }
    if (rng) gsl_rng_free(rng);
    free(typical);
    free(taken);
    free(visited);
    grouping_free(&g);
    return status;
}
