#include "pixelgan/score.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

pg_status pg_category_usage_init(pg_category_usage *usage, int categories, pg_error *err)
{
    size_t count = categories > 0 ? (size_t)categories : 0;
    *usage =
        (pg_category_usage){.categories = (int)count, .mass = pg_allocate(count, sizeof(double))};
    if (usage->mass) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "category usage: out of memory for %d categories",
                   categories);
}

void pg_category_usage_free(pg_category_usage *usage)
{
    free(usage->mass);
    *usage = (pg_category_usage){0};
}

static double entropy_term(double p)
{
    return p > 0 ? -p * log(p) : 0;
}

static bool all_finite(const float *values, int n)
{
    for (int i = 0; i < n; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

void pg_category_usage_add(pg_category_usage *usage, const float *probabilities, size_t count)
{
    int categories = usage->categories;
    for (size_t n = 0; n < count; n++) {
        const float *q = probabilities + n * (size_t)categories;
        if (!all_finite(q, categories)) continue;
        for (int i = 0; i < categories; i++) {
            usage->mass[i] += q[i];
            usage->conditional_entropy += entropy_term(q[i]);
        }
        usage->count++;
    }
}

double pg_category_usage_entropy(const pg_category_usage *usage)
{
    if (!usage->count) return NAN;
    double entropy = 0;
    for (int i = 0; i < usage->categories; i++)
        entropy += entropy_term(usage->mass[i] / (double)usage->count);
    return entropy;
}

double pg_category_usage_kl(const pg_category_usage *usage)
{
    return log(usage->categories) - pg_category_usage_entropy(usage);
}

double pg_category_usage_information(const pg_category_usage *usage)
{
    return pg_category_usage_entropy(usage) - usage->conditional_entropy / (double)usage->count;
}
