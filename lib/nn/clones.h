/* Function multiversioning: functions are compiled once per vector width, and the widest version
 * that the CPU supports is chosen at load time. */
#ifndef PG_NN_CLONES_H
#define PG_NN_CLONES_H

/* Bits of the widest vectors to use; smaller only to measure narrower vectors. */
#ifndef PG_WIDEST
#define PG_WIDEST 512
#endif

/* No code examines floating-point exception flags, so the compiler may turn branches into selects.
 * (clang assumes this anyway and has no such attribute for a function.) */
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
