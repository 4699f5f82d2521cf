/* Functions compiled once a vector width, the widest the CPU has chosen at load time. */
#ifndef PG_NN_CLONES_H
#define PG_NN_CLONES_H

/* Nobody asks which floating-point exceptions were raised: conditions may become selections
 * (clang assumes so anyway, and knows no flags for a function). */
#if defined(HAVE_ATTRIBUTE_OPTIMIZE)
#define PG_VECTORISED , optimize("O3", "no-trapping-math")
#else
#define PG_VECTORISED
#endif
#if defined(HAVE_TARGET_CLONES)
#define PG_CLONES __attribute__((target_clones("avx512f", "avx2", "default") PG_VECTORISED))
#else
#define PG_CLONES
#endif

#endif
