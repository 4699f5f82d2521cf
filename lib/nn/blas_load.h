/* The functions of the BLAS, which is loaded on first use. Preparing pictures and printing help do
 * not need it. */
#ifndef PG_NN_BLAS_LOAD_H
#define PG_NN_BLAS_LOAD_H

#include <cblas.h>

#include "pixelgan/status.h"

typedef struct pg_blas {
    __typeof__(cblas_sgemm) *sgemm;
    __typeof__(cblas_sgemv) *sgemv;
    __typeof__(cblas_sger) *sger;
} pg_blas;

/* NULL if the BLAS cannot be loaded. */
const pg_blas *pg_blas_functions(void);

#endif
