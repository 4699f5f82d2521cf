#include <config.h>

#include "stream/values.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* A byte range that is hardly used is more likely another one. */
static const double least_of_bytes = 127;

#define WIDEN(type)                                                                                \
    do {                                                                                           \
        type value;                                                                                \
        for (size_t i = 0; i < count; i++) {                                                       \
            memcpy(&value, from + i * sizeof value, sizeof value);                                 \
            to[i] = (double)value;                                                                 \
        }                                                                                          \
        return;                                                                                    \
    } while (0)

void pg_values_widen(const pg_npy_field *field, const uint8_t *from, double *to, size_t count)
{
    bool is_signed = field->type == 'i';
    if (field->type == 'f' && field->width == 4) WIDEN(float);
    if (field->type == 'f') WIDEN(double);
    switch (field->width) {
    case 1:
        if (is_signed) WIDEN(int8_t);
        WIDEN(uint8_t);
    case 2:
        if (is_signed) WIDEN(int16_t);
        WIDEN(uint16_t);
    case 4:
        if (is_signed) WIDEN(int32_t);
        WIDEN(uint32_t);
    default:
        if (is_signed) WIDEN(int64_t);
        WIDEN(uint64_t);
    }
}

pg_status pg_range_find(pg_range *range, const double *values, size_t count, const char *name,
                        pg_error *err)
{
    double low = INFINITY, high = -INFINITY;
    if (range->known || !count) return PG_OK;
    for (size_t i = 0; i < count; i++) {
        if (values[i] < low) low = values[i];
        if (values[i] > high) high = values[i];
    }
    range->known = true;
    if (low >= 0 && high <= 1)
        range->low = 0, range->high = 1;
    else if (low >= -1 && high <= 1)
        range->low = -1, range->high = 1;
    else if (low >= 0 && high > least_of_bytes && high <= 255)
        range->low = 0, range->high = 255;
    else
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: values from %.6g to %.6g are none of 0..1, -1..1 and 0..255; say what "
                       "is black and what is white with 'pg-prep --values %.6g..%.6g'",
                       name, low, high, low >= 0 ? 0 : low, high);
    return PG_OK;
}

static pg_status refuse_value(const pg_range *range, double value, const char *name,
                              uint64_t example, pg_error *err)
{
    if (!isfinite(value))
        return pg_fail(err, PG_ERR_FORMAT, "%s: example %" PRIu64 " has a value that is no number",
                       name, example);
    return pg_fail(err, PG_ERR_ARGUMENT,
                   "%s: example %" PRIu64 " has the value %.6g, outside of %.6g..%.6g, %s; give "
                   "the range of all with 'pg-prep --values LOW..HIGH'",
                   name, example, value, range->low, range->high,
                   range->given ? "the values given" : "where all before it are");
}

pg_status pg_range_apply(const pg_range *range, const double *values, size_t count, uint8_t *to,
                         const char *name, uint64_t example, pg_error *err)
{
    double width = range->high - range->low;
    for (size_t i = 0; i < count; i++) {
        if (!(values[i] >= range->low && values[i] <= range->high))
            return refuse_value(range, values[i], name, example, err);
        to[i] = (uint8_t)lround(255 * ((values[i] - range->low) / width));
    }
    return PG_OK;
}
