/* Converts numbers of other types to the bytes of images. */
#ifndef PG_STREAM_VALUES_H
#define PG_STREAM_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixelgan/status.h"
#include "stream/npy.h"

/* The values of black (low) and white (high). */
typedef struct pg_range {
    bool known, given; /* given: by the user */
    double low, high;
} pg_range;

/* Converts count numbers of the field's type, in the machine's byte order, to doubles. */
void pg_values_widen(const pg_npy_field *field, const uint8_t *from, double *to, size_t count);

/* Infers the range from the numbers: 0..1, -1..1 or 0..255. `name` is for messages. */
pg_status pg_range_find(pg_range *range, const double *values, size_t count, const char *name,
                        pg_error *err) PG_MUST_CHECK;

/* Converts the numbers of an example to bytes, 0 for low and 255 for high. `name` and `example` are
 * for messages. */
pg_status pg_range_apply(const pg_range *range, const double *values, size_t count, uint8_t *to,
                         const char *name, uint64_t example, pg_error *err) PG_MUST_CHECK;

#endif
