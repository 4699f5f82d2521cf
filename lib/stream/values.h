/* Numbers of other types as the bytes of images. */
#ifndef PG_STREAM_VALUES_H
#define PG_STREAM_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixelgan/status.h"
#include "stream/npy.h"

/* What is black and what is white. */
typedef struct pg_range {
    bool known, given; /* given: by a person */
    double low, high;
} pg_range;

/* count numbers of the field's type, in the machine's byte order, to doubles. */
void pg_values_widen(const pg_npy_field *field, const uint8_t *from, double *to, size_t count);

/* The range that the numbers suggest: 0..1, -1..1 or 0..255. `name` and `example` (the first) are
 * for messages. */
pg_status pg_range_find(pg_range *range, const double *values, size_t count, const char *name,
                        pg_error *err) PG_MUST_CHECK;

/* Bytes of an example's numbers, 0 at low and 255 at high. */
pg_status pg_range_apply(const pg_range *range, const double *values, size_t count, uint8_t *to,
                         const char *name, uint64_t example, pg_error *err) PG_MUST_CHECK;

#endif
