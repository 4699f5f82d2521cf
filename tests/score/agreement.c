/* Scores of clusters against labels, beside the values that scikit-learn 1.9 and scipy 1.17 give:
 * linear_sum_assignment, adjusted_rand_score, normalized_mutual_info_score. */
#include <math.h>

#include "../tap.h"
#include "pixelgan/score.h"

enum { MOST = 16 };

typedef struct reference {
    const char *name;
    int count;
    int32_t labels[MOST], clusters[MOST];
    double accuracy, adjusted_rand, nmi_arithmetic, nmi_geometric;
} reference;

static const reference references[] = {
    {"mixed",
     12,
     {0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2},
     {1, 1, 1, 0, 0, 0, 2, 2, 2, 2, 1, 3},
     0.6666666666666666,
     0.2114695340501792,
     0.4599209226724838,
     0.4617208716496327},
    {"greedy is wrong",
     13,
     {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1},
     {0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0},
     0.6153846153846154,
     -0.03174603174603174,
     0.2294935191992586,
     0.2294935191992586},
    {"one cluster", 5, {0, 0, 1, 1, 2}, {0, 0, 0, 0, 0}, 0.4, 0, 0, 0},
    {"one class", 5, {4, 4, 4, 4, 4}, {0, 0, 1, 1, 2}, 0.4, 0, 0, 0},
    {"both one", 4, {3, 3, 3, 3}, {0, 0, 0, 0}, 1, 1, 1, 1},
    {"both singletons", 4, {0, 1, 2, 3}, {2, 0, 3, 1}, 1, 1, 1, 1},
    {"singleton clusters",
     4,
     {0, 0, 1, 1},
     {0, 1, 2, 3},
     0.5,
     0,
     0.6666666666666666,
     0.7071067811865475},
    {"singleton classes",
     4,
     {0, 1, 2, 3},
     {0, 0, 1, 1},
     0.5,
     0,
     0.6666666666666666,
     0.7071067811865475},
    {"more clusters",
     8,
     {0, 0, 0, 0, 1, 1, 1, 1},
     {0, 0, 1, 1, 2, 2, 3, 4},
     0.5,
     0.2758620689655172,
     0.6153846153846155,
     0.6666666666666669},
    {"more classes",
     9,
     {0, 1, 2, 3, 4, 5, 0, 1, 2},
     {0, 0, 1, 1, 1, 0, 0, 0, 1},
     0.4444444444444444,
     0.2040816326530612,
     0.5672474056094097,
     0.62921730368159},
    {"independent", 4, {0, 0, 1, 1}, {0, 1, 0, 1}, 0.5, -0.5, 0, 0},
    {"permuted", 6, {0, 0, 1, 1, 2, 2}, {2, 2, 0, 0, 1, 1}, 1, 1, 1, 1},
    {"one example", 1, {5}, {0}, 1, 1, 1, 1},
};

static pg_error err;

static void compare(const pg_confusion *c, const reference *r, const char *what)
{
    double accuracy;
    ok(pg_confusion_accuracy(c, &accuracy, &err) == PG_OK, "%s, %s: assigned", r->name, what);
    is_close(accuracy, r->accuracy, 1e-12, "accuracy");
    is_close(pg_confusion_adjusted_rand(c), r->adjusted_rand, 1e-12, "adjusted Rand index");
    is_close(pg_confusion_nmi_arithmetic(c), r->nmi_arithmetic, 1e-12, "NMI, arithmetic mean");
    is_close(pg_confusion_nmi(c), r->nmi_geometric, 1e-12, "NMI, geometric mean");
}

static void compare_reference(const reference *r)
{
    pg_confusion c;
    if (pg_confusion_init(&c, r->labels, r->clusters, (size_t)r->count, 5, &err))
        bail_out(err.message);
    compare(&c, r, "as it is");
    const int32_t unlabelled[] = {-1, -1, -1}, any[] = {0, 3, -1};
    if (pg_confusion_add(&c, unlabelled, any, 3, &err)) bail_out(err.message);
    compare(&c, r, "and three without labels");
    pg_confusion_free(&c);
    if (pg_confusion_init(&c, r->labels, r->clusters, (size_t)r->count, 40, &err))
        bail_out(err.message);
    compare(&c, r, "with empty clusters");
    pg_confusion_free(&c);
}

/* Labels and clusters change places: the accuracy stays, which takes the matrix turned. */
static void compare_turned(const reference *r)
{
    pg_confusion c;
    if (pg_confusion_init(&c, r->clusters, r->labels, (size_t)r->count, 6, &err))
        bail_out(err.message);
    compare(&c, r, "turned");
    pg_confusion_free(&c);
}

static unsigned draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u; /* Knuth's linear congruential generator */
    return *state >> 16;
}

/* 13 labels, 30 clusters that a third of the examples leave by chance. */
static void many(void)
{
    enum { COUNT = 5000 };
    static int32_t labels[COUNT], clusters[COUNT];
    uint32_t state = 1;
    for (int n = 0; n < COUNT; n++) {
        unsigned a = draw(&state) % 13, b = draw(&state);
        labels[n] = (int32_t)a;
        clusters[n] = (int32_t)(draw(&state) % 3 ? (a * 7 + b % 4) % 30 : b % 30);
    }
    const reference r = {.name = "drawn",
                         .accuracy = 0.1988,
                         .adjusted_rand = 0.1392227508816404,
                         .nmi_arithmetic = 0.3030969376969101,
                         .nmi_geometric = 0.3060192681496651};
    pg_confusion c;
    if (pg_confusion_init(&c, labels, clusters, COUNT, 30, &err)) bail_out(err.message);
    compare(&c, &r, "as it is");
    pg_confusion_free(&c);
    if (pg_confusion_init(&c, clusters, labels, COUNT, 13, &err)) bail_out(err.message);
    compare(&c, &r, "turned");
    pg_confusion_free(&c);
}

/* Best of all ways to give the columns, no two of them the same, to rows from `row` on. */
static size_t best_from(const pg_confusion *c, int row, unsigned used)
{
    if (row == c->rows) return 0;
    size_t best = best_from(c, row + 1, used);
    for (int column = 0; column < c->columns; column++) {
        if (used >> column & 1) continue;
        size_t sum =
            c->cells[row * c->columns + column] + best_from(c, row + 1, used | 1u << column);
        if (sum > best) best = sum;
    }
    return best;
}

/* Small matrices with many ties, against all assignments. */
static void exhaustively(void)
{
    uint32_t state = 7;
    int wrong = 0;
    for (int round = 0; round < 300; round++) {
        pg_confusion c;
        double accuracy;
        int rows = 1 + (int)(draw(&state) % 5), columns = 1 + (int)(draw(&state) % 5);
        if (pg_confusion_init(&c, NULL, NULL, 0, columns, &err)) bail_out(err.message);
        for (int n = 0; n < 20; n++) {
            int32_t label = (int32_t)(draw(&state) % (unsigned)rows);
            int32_t column = (int32_t)(draw(&state) % (unsigned)columns);
            if (pg_confusion_add(&c, &label, &column, 1, &err)) bail_out(err.message);
        }
        if (pg_confusion_accuracy(&c, &accuracy, &err)) bail_out(err.message);
        wrong += fabs(accuracy - (double)best_from(&c, 0, 0) / 20) > 1e-12;
        pg_confusion_free(&c);
    }
    is_int(wrong, 0, "the best of all assignments in 300 small matrices");
}

static void unassigned(void)
{
    pg_confusion c;
    double accuracy;
    const int32_t labels[] = {0, 0, 1, 1}, clusters[] = {1, 1, 0, -1}, none[] = {-1, -1, -1, -1};
    if (pg_confusion_init(&c, labels, clusters, 4, 2, &err)) bail_out(err.message);
    if (pg_confusion_accuracy(&c, &accuracy, &err)) bail_out(err.message);
    is_close(accuracy, 0.75, 1e-12, "what is in no cluster is wrong");
    is_close(pg_confusion_adjusted_rand(&c), 1, 1e-12, "and not looked at by the Rand index");
    is_close(pg_confusion_nmi_arithmetic(&c), 1, 1e-12, "nor by mutual information");
    pg_confusion_free(&c);

    if (pg_confusion_init(&c, labels, none, 4, 2, &err)) bail_out(err.message);
    if (pg_confusion_accuracy(&c, &accuracy, &err)) bail_out(err.message);
    is_close(accuracy, 0, 0, "all in no cluster: accuracy 0");
    ok(isnan(pg_confusion_adjusted_rand(&c)), "no Rand index");
    is_close(pg_confusion_nmi(&c), 0, 0, "no information");
    pg_confusion_free(&c);

    if (pg_confusion_init(&c, none, clusters, 4, 2, &err)) bail_out(err.message);
    if (pg_confusion_accuracy(&c, &accuracy, &err)) bail_out(err.message);
    ok(isnan(accuracy) && isnan(pg_confusion_adjusted_rand(&c)), "nothing labelled: not known");
    pg_confusion_free(&c);
}

int main(void)
{
    size_t count = sizeof references / sizeof *references;
    for (size_t i = 0; i < count; i++) {
        compare_reference(&references[i]);
        compare_turned(&references[i]);
    }
    many();
    exhaustively();
    unassigned();
    return done_testing();
}
