/* Functions compiled once a vector width, the widest the CPU has chosen at load time. */
#ifndef PG_NN_CLONES_H
#define PG_NN_CLONES_H

#if defined(HAVE_TARGET_CLONES)
#define PG_CLONES __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define PG_CLONES
#endif

#endif
