#include "model/parameters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "nn/elementwise.h"

static bool grow(pg_parameters *p)
{
    if (p->count < p->capacity) return true;
    int capacity = p->capacity ? 2 * p->capacity : 64;
    pg_tensor *tensors = realloc(p->tensors, capacity * sizeof *tensors);
    if (!tensors) return false;
    p->tensors = tensors;
    p->capacity = capacity;
    return true;
}

int pg_parameters_add(pg_parameters *p, pg_parameter_group group, pg_initial initial,
                      const char *name, int rank, const int *shape)
{
    if (!grow(p)) return -1;
    pg_tensor *t = &p->tensors[p->count];
    *t = (pg_tensor){.group = group, .initial = initial, .rank = rank, .count = 1};
    snprintf(t->name, sizeof t->name, "%s", name);
    for (int i = 0; i < rank; i++) {
        t->shape[i] = shape[i];
        if (shape[i] <= 0 || !pg_size_multiply(t->count, shape[i], &t->count)) return -1;
    }
    return p->count++;
}

static size_t round_up(size_t count)
{
    size_t step = PG_ALIGNMENT / sizeof(float);
    return (count + step - 1) / step * step;
}

pg_status pg_parameters_allocate(pg_parameters *p, pg_error *err)
{
    size_t at = 0;
    for (int g = 0; g < PG_GROUPS; g++) {
        p->begin[g] = at;
        for (int i = 0; i < p->count; i++) {
            if (p->tensors[i].group != (pg_parameter_group)g) continue;
            p->tensors[i].offset = at;
            if (!pg_size_add(at, round_up(p->tensors[i].count), &at))
                return pg_fail(err, PG_ERR_LIMIT, "model: too many parameters");
        }
        p->end[g] = at;
    }
    p->size = at;
    p->data = pg_allocate(at, sizeof(float));
    return p->data ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "model: out of memory for parameters");
}

static void draw_fan_in(const pg_tensor *t, float *data, gsl_rng *rng)
{
    int last = t->shape[t->rank - 1];
    double bound = 1 / sqrt((double)t->count / last);
    for (size_t i = 0; i < t->count; i++)
        data[i] = bound * (2 * gsl_rng_uniform(rng) - 1);
}

void pg_parameters_initialise(pg_parameters *p, gsl_rng *rng, uint64_t seed)
{
    for (int i = 0; i < p->count; i++) {
        const pg_tensor *t = &p->tensors[i];
        float *data = p->data + t->offset;
        pg_rng_start(rng, seed, PG_RANDOM_WEIGHTS, 0, (uint64_t)i);
        if (t->initial == PG_INITIAL_FAN_IN)
            draw_fan_in(t, data, rng);
        else
            for (size_t k = 0; k < t->count; k++)
                data[k] = t->initial == PG_INITIAL_ONE;
    }
}

int pg_parameters_find(const pg_parameters *p, const char *name)
{
    for (int i = 0; i < p->count; i++)
        if (strcmp(p->tensors[i].name, name) == 0) return i;
    return -1;
}

bool pg_parameters_finite(const pg_parameters *p)
{
    return pg_finite(p->size, p->data);
}

void pg_parameters_free(pg_parameters *p)
{
    free(p->tensors);
    free(p->data);
    memset(p, 0, sizeof *p);
}
