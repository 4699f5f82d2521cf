#include <config.h>

#include "sample/product.h"

/* 128-bit vectors are everywhere. Sixteen registers: 2 x 4 sums, 4 weights, 1 factor. */
#define NAME multiply_128
#define WIDTH 4
#define TALLEST 2
#define TARGET
#include "sample/product-tile.h"

#if defined(HAVE_TARGET_CLONES) && defined(__x86_64__)
#define CHOOSE_AT_RUN_TIME

/* Sixteen registers: 6 x 2 sums, 2 weights, 1 factor. */
#define NAME multiply_256
#define WIDTH 8
#define TALLEST 6
#define TARGET __attribute__((target("avx2,fma")))
#include "sample/product-tile.h"

/* Thirty-two registers; factors come straight from memory. */
#define NAME multiply_512
#define WIDTH 16
#define TALLEST 12
#define TARGET __attribute__((target("avx512f")))
#include "sample/product-tile.h"
#endif

void pg_multiply(const pg_product *product)
{
#ifdef CHOOSE_AT_RUN_TIME
    if (__builtin_cpu_supports("avx512f")) {
        multiply_512(product);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        multiply_256(product);
        return;
    }
#endif
    multiply_128(product);
}
