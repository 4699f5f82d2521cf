/* Accuracy under the best one-to-one assignment of clusters to labels: a path of shortest
 * reduced costs for each row in turn (Jonker & Volgenant 1987, "A shortest augmenting path
 * algorithm for dense and sparse linear assignment problems", after Kuhn 1955, "The Hungarian
 * method for the assignment problem"). */
#include "pixelgan/score.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

/* The matrix seen so that it has no more rows than columns, and what is known of its solution.
 * Reduced costs, cost - row_price - column_price, are never negative and 0 for what is assigned. */
typedef struct assignment {
    const pg_confusion *confusion;
    bool turned; /* rows of this problem are columns of the confusion matrix */
    int rows, columns;
    double *row_price, *column_price;
    int *row_of; /* row assigned to a column, -1: none yet */
    /* Of the search for a path. */
    double *distance; /* from the new row to a column */
    int *before;      /* column before it on the way, -1: the new row */
    bool *reached;
} assignment;

static double cost(const assignment *a, int row, int column)
{
    size_t width = (size_t)a->confusion->columns;
    size_t at =
        a->turned ? (size_t)column * width + (size_t)row : (size_t)row * width + (size_t)column;
    return -(double)a->confusion->cells[at];
}

static void assignment_free(assignment *a)
{
    free(a->row_price);
    free(a->column_price);
    free(a->row_of);
    free(a->distance);
    free(a->before);
    free(a->reached);
}

static pg_status assignment_init(assignment *a, const pg_confusion *confusion, pg_error *err)
{
    bool turned = confusion->rows > confusion->columns;
    size_t rows = (size_t)(turned ? confusion->columns : confusion->rows);
    size_t columns = (size_t)(turned ? confusion->rows : confusion->columns);
    *a = (assignment){.confusion = confusion,
                      .turned = turned,
                      .rows = (int)rows,
                      .columns = (int)columns,
                      .row_price = pg_allocate(rows, sizeof(double)),
                      .column_price = pg_allocate(columns, sizeof(double)),
                      .row_of = pg_allocate(columns, sizeof(int)),
                      .distance = pg_allocate(columns, sizeof(double)),
                      .before = pg_allocate(columns, sizeof(int)),
                      .reached = pg_allocate(columns, sizeof(bool))};
    if (!a->row_price || !a->column_price || !a->row_of || !a->distance || !a->before ||
        !a->reached) {
        assignment_free(a);
        return pg_fail(err, PG_ERR_MEMORY, "accuracy: out of memory for %d labels and %d columns",
                       confusion->rows, confusion->columns);
    }
    for (size_t column = 0; column < columns; column++)
        a->row_of[column] = -1;
    return PG_OK;
}

/* Shortens the ways that lead through a row, reached by column `from` at that distance; returns
 * the nearest column not reached yet. */
static int extend(assignment *a, int row, int from, double at)
{
    int nearest = -1;
    for (int column = 0; column < a->columns; column++) {
        if (a->reached[column]) continue;
        double way = at + cost(a, row, column) - a->row_price[row] - a->column_price[column];
        if (way < a->distance[column]) {
            a->distance[column] = way;
            a->before[column] = from;
        }
        if (nearest < 0 || a->distance[column] < a->distance[nearest]) nearest = column;
    }
    return nearest;
}

/* The nearest column without a row, by way of columns that have one. */
static int find_free_column(assignment *a, int row)
{
    for (int column = 0; column < a->columns; column++) {
        a->distance[column] = INFINITY;
        a->reached[column] = false;
    }
    int nearest = extend(a, row, -1, 0);
    while (a->row_of[nearest] >= 0) {
        a->reached[nearest] = true;
        nearest = extend(a, a->row_of[nearest], nearest, a->distance[nearest]);
    }
    return nearest;
}

/* Keeps the reduced costs of what is assigned at 0, and all others from falling below. */
static void adjust_prices(assignment *a, int row, double length)
{
    a->row_price[row] += length;
    for (int column = 0; column < a->columns; column++) {
        if (!a->reached[column]) continue;
        double ahead = length - a->distance[column];
        a->column_price[column] -= ahead;
        a->row_price[a->row_of[column]] += ahead;
    }
}

static void assign_row(assignment *a, int row)
{
    int column = find_free_column(a, row);
    adjust_prices(a, row, a->distance[column]);
    for (int before; (before = a->before[column]) >= 0; column = before)
        a->row_of[column] = a->row_of[before];
    a->row_of[column] = row;
}

pg_status pg_confusion_accuracy(const pg_confusion *confusion, double *accuracy, pg_error *err)
{
    assignment a;
    double right = 0;
    *accuracy = NAN;
    if (!confusion->total) return PG_OK;
    pg_status status = assignment_init(&a, confusion, err);
    if (status) return status;
    for (int row = 0; row < a.rows; row++)
        assign_row(&a, row);
    for (int column = 0; column < a.columns; column++)
        if (a.row_of[column] >= 0) right -= cost(&a, a.row_of[column], column);
    *accuracy = right / (double)confusion->total;
    assignment_free(&a);
    return PG_OK;
}
