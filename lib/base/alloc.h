/* Memory: overflow-checked sizes and aligned allocation. */
#ifndef PG_BASE_ALLOC_H
#define PG_BASE_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

#include "pixelgan/status.h"

enum { PG_ALIGNMENT = 64 }; /* a cache line and an AVX-512 register */

/* *product = a*b; false on overflow. */
bool pg_size_multiply(size_t a, size_t b, size_t *product);
bool pg_size_add(size_t a, size_t b, size_t *sum);

/* Zeroed memory, aligned to PG_ALIGNMENT; NULL if count*size overflows or there is not enough
 * memory. count*size == 0 gives a valid pointer. Release with free(). */
void *pg_allocate(size_t count, size_t size);

/* True if so many bytes can be allocated now; for libraries that do not check it themselves. */
bool pg_has_room(size_t bytes);

#endif
