/* Functions compiled once a vector width, the widest the CPU has chosen at load time. */
#ifndef PG_NN_CLONES_H
#define PG_NN_CLONES_H

/* Bits of the widest vectors to use; less only to measure what narrower ones do. */
#ifndef PG_WIDEST
#define PG_WIDEST 512
#endif

/* Nobody asks which floating-point exceptions were raised: conditions may become selections
 * (clang assumes so anyway, and knows no flags for a function). */
#if defined(HAVE_ATTRIBUTE_OPTIMIZE)
#define PG_VECTORISED , optimize("O3", "no-trapping-math")
#else
#define PG_VECTORISED
#endif
#if defined(HAVE_TARGET_CLONES) && PG_WIDEST >= 512
#define PG_CLONES __attribute__((target_clones("avx512f", "avx2", "default") PG_VECTORISED))
#elif defined(HAVE_TARGET_CLONES) && PG_WIDEST >= 256
#define PG_CLONES __attribute__((target_clones("avx2", "default") PG_VECTORISED))
#else
#define PG_CLONES
#endif

#endif
