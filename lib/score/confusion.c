#include "pixelgan/score.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* First row whose label is not below the given one (rows: past the last). */
static int lower_bound(const pg_confusion *confusion, int32_t label)
{
    int low = 0, high = confusion->rows;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (confusion->row_labels[middle] < label)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static pg_status out_of_memory(const pg_confusion *confusion, pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY,
                   "confusion matrix: out of memory for %d labels and %d columns",
                   confusion->rows + 1, confusion->columns);
}

/* Makes room for one more row; the arrays double at powers of two. */
static pg_status grow(pg_confusion *confusion, pg_error *err)
{
    size_t rows = (size_t)confusion->rows, cells, bytes;
    if ((rows & (rows - 1)) != 0) return PG_OK; /* not full */
    if (rows >= INT_MAX / 2) return out_of_memory(confusion, err);
    size_t capacity = rows ? 2 * rows : 1;
    if (!pg_size_multiply(capacity, (size_t)confusion->columns, &cells) ||
        !pg_size_multiply(cells ? cells : 1, sizeof *confusion->cells, &bytes))
        return out_of_memory(confusion, err);
    int32_t *labels = realloc(confusion->row_labels, capacity * sizeof *labels);
    if (labels) confusion->row_labels = labels;
    size_t *counts = realloc(confusion->cells, bytes);
    if (counts) confusion->cells = counts;
    return labels && counts ? PG_OK : out_of_memory(confusion, err);
}

/* Puts an empty row for a label before the given row. */
static pg_status insert_row(pg_confusion *confusion, int row, int32_t label, pg_error *err)
{
    pg_status status = grow(confusion, err);
    if (status) return status;
    size_t columns = (size_t)confusion->columns, after = (size_t)(confusion->rows - row);
    int32_t *labels = confusion->row_labels + row;
    size_t *cells = confusion->cells + (size_t)row * columns;
    memmove(labels + 1, labels, after * sizeof *labels);
    memmove(cells + columns, cells, after * columns * sizeof *cells);
    memset(cells, 0, columns * sizeof *cells);
    *labels = label;
    confusion->rows++;
    return PG_OK;
}

static pg_status add_one(pg_confusion *confusion, int32_t label, int32_t column, pg_error *err)
{
    int row = lower_bound(confusion, label);
    if (row == confusion->rows || confusion->row_labels[row] != label) {
        pg_status status = insert_row(confusion, row, label, err);
        if (status) return status;
    }
    confusion->total++;
    if (column < 0 || column >= confusion->columns)
        confusion->unassigned++;
    else
        confusion->cells[(size_t)row * (size_t)confusion->columns + (size_t)column]++;
    return PG_OK;
}

pg_status pg_confusion_add(pg_confusion *confusion, const int32_t *labels,
                           const int32_t *assignment, size_t count, pg_error *err)
{
    for (size_t n = 0; n < count; n++) {
        if (labels[n] < 0) continue;
        pg_status status = add_one(confusion, labels[n], assignment[n], err);
        if (status) return status;
    }
    return PG_OK;
}

pg_status pg_confusion_init(pg_confusion *confusion, const int32_t *labels,
                            const int32_t *assignment, size_t count, int columns, pg_error *err)
{
    *confusion = (pg_confusion){.columns = columns > 0 ? columns : 0};
    pg_status status = pg_confusion_add(confusion, labels, assignment, count, err);
    if (status) pg_confusion_free(confusion);
    return status;
}

void pg_confusion_free(pg_confusion *confusion)
{
    free(confusion->row_labels);
    free(confusion->cells);
    *confusion = (pg_confusion){0};
}

static size_t cell(const pg_confusion *confusion, int row, int column)
{
    return confusion->cells[(size_t)row * (size_t)confusion->columns + (size_t)column];
}

/* Row of the greatest count in a column, the first on ties; -1 where all are 0. */
static int commonest_row(const pg_confusion *confusion, int column)
{
    int best = -1;
    size_t most = 0;
    for (int row = 0; row < confusion->rows; row++) {
        if (cell(confusion, row, column) <= most) continue;
        most = cell(confusion, row, column);
        best = row;
    }
    return best;
}

void pg_confusion_majority(const pg_confusion *confusion, int32_t *column_labels)
{
    for (int column = 0; column < confusion->columns; column++) {
        int row = commonest_row(confusion, column);
        column_labels[column] = row < 0 ? -1 : confusion->row_labels[row];
    }
}

int pg_confusion_columns_used(const pg_confusion *confusion)
{
    int used = 0;
    for (int column = 0; column < confusion->columns; column++)
        used += commonest_row(confusion, column) >= 0;
    return used;
}

double pg_confusion_error(const pg_confusion *confusion, const int32_t *column_labels)
{
    if (!confusion->total) return NAN;
    size_t right = 0;
    for (int row = 0; row < confusion->rows; row++)
        for (int column = 0; column < confusion->columns; column++)
            if (column_labels[column] == confusion->row_labels[row])
                right += cell(confusion, row, column);
    return (double)(confusion->total - right) / (double)confusion->total;
}

double pg_confusion_purity(const pg_confusion *confusion)
{
    if (!confusion->total) return NAN;
    size_t right = 0;
    for (int column = 0; column < confusion->columns; column++) {
        int row = commonest_row(confusion, column);
        if (row >= 0) right += cell(confusion, row, column);
    }
    return (double)right / (double)confusion->total;
}

/* -p log p of a share of the total, in nats. */
static double entropy_term(size_t part, size_t total)
{
    double p = (double)part / (double)total;
    return part ? -p * log(p) : 0;
}

static double row_entropy(const pg_confusion *confusion, size_t total)
{
    double entropy = 0;
    for (int row = 0; row < confusion->rows; row++) {
        size_t sum = 0;
        for (int column = 0; column < confusion->columns; column++)
            sum += cell(confusion, row, column);
        entropy += entropy_term(sum, total);
    }
    return entropy;
}

static double column_entropy(const pg_confusion *confusion, size_t total)
{
    double entropy = 0;
    for (int column = 0; column < confusion->columns; column++) {
        size_t sum = 0;
        for (int row = 0; row < confusion->rows; row++)
            sum += cell(confusion, row, column);
        entropy += entropy_term(sum, total);
    }
    return entropy;
}

static double joint_entropy(const pg_confusion *confusion, size_t total)
{
    double entropy = 0;
    size_t count = (size_t)confusion->rows * (size_t)confusion->columns;
    for (size_t i = 0; i < count; i++)
        entropy += entropy_term(confusion->cells[i], total);
    return entropy;
}

/* I(L;C), H(L) and H(C) of the assigned examples, nats. */
typedef struct shared_information {
    double information, rows, columns;
} shared_information;

static shared_information find_information(const pg_confusion *confusion)
{
    size_t total = confusion->total - confusion->unassigned;
    shared_information found = {.rows = row_entropy(confusion, total),
                                .columns = column_entropy(confusion, total)};
    found.information = fmax(0, found.rows + found.columns - joint_entropy(confusion, total));
    return found;
}

/* The information over the mean of the entropies; by convention where an entropy is 0. */
static double normalise(const pg_confusion *confusion, const shared_information *found, double mean)
{
    if (confusion->total == confusion->unassigned) return 0;
    if (found->rows <= 0 && found->columns <= 0) return 1;
    if (found->rows <= 0 || found->columns <= 0) return 0;
    return found->information / mean;
}

double pg_confusion_nmi(const pg_confusion *confusion)
{
    shared_information found = find_information(confusion);
    return normalise(confusion, &found, sqrt(found.rows * found.columns));
}

double pg_confusion_nmi_arithmetic(const pg_confusion *confusion)
{
    shared_information found = find_information(confusion);
    return normalise(confusion, &found, (found.rows + found.columns) / 2);
}

static double row_total(const pg_confusion *confusion, int row)
{
    double sum = 0;
    for (int column = 0; column < confusion->columns; column++)
        sum += (double)cell(confusion, row, column);
    return sum;
}

static double column_total(const pg_confusion *confusion, int column)
{
    double sum = 0;
    for (int row = 0; row < confusion->rows; row++)
        sum += (double)cell(confusion, row, column);
    return sum;
}

/* Ordered pairs of examples: together in both partitions, or in one of them only. */
typedef struct pair_counts {
    double both, label_only, column_only;
} pair_counts;

static pair_counts count_pairs(const pg_confusion *confusion)
{
    pair_counts pairs = {0};
    for (int row = 0; row < confusion->rows; row++) {
        double total = row_total(confusion, row);
        for (int column = 0; column < confusion->columns; column++) {
            double n = (double)cell(confusion, row, column);
            pairs.both += n * (n - 1);
            pairs.label_only += n * (total - n);
        }
    }
    for (int column = 0; column < confusion->columns; column++) {
        double total = column_total(confusion, column);
        for (int row = 0; row < confusion->rows; row++) {
            double n = (double)cell(confusion, row, column);
            pairs.column_only += n * (total - n);
        }
    }
    return pairs;
}

double pg_confusion_adjusted_rand(const pg_confusion *confusion)
{
    double count = (double)(confusion->total - confusion->unassigned);
    if (count < 1) return NAN;
    pair_counts pairs = count_pairs(confusion);
    double b = pairs.label_only, c = pairs.column_only;
    if (b == 0 && c == 0) return 1;
    double neither = count * (count - 1) - pairs.both - b - c;
    return 2 * (pairs.both * neither - b * c) /
           ((pairs.both + b) * (b + neither) + (pairs.both + c) * (c + neither));
}
