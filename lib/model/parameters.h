/* Named parameters in one block of memory, in three contiguous groups. */
#ifndef PG_MODEL_PARAMETERS_H
#define PG_MODEL_PARAMETERS_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixelgan/status.h"

typedef enum pg_parameter_group {
    PG_GROUP_AUTOENCODER,   /* encoder and decoder: one optimiser */
    PG_GROUP_DISCRIMINATOR, /* its own */
    PG_GROUP_BUFFER,        /* running statistics: no optimiser */
    PG_GROUPS
} pg_parameter_group;

typedef enum pg_initial { PG_INITIAL_ZERO, PG_INITIAL_ONE, PG_INITIAL_FAN_IN } pg_initial;

typedef struct pg_tensor {
    char name[64];
    pg_parameter_group group;
    pg_initial initial;
    int rank, shape[4];
    size_t count;
    size_t offset; /* index of its first number in data, set by pg_parameters_allocate */
} pg_tensor;

typedef struct pg_parameters {
    pg_tensor *tensors;
    int count, capacity;
    size_t begin[PG_GROUPS], end[PG_GROUPS]; /* range of each group in data */
    size_t size;                             /* numbers in data, including padding */
    float *data;
} pg_parameters;

/* Declares a tensor and returns its index, or -1 if there is not enough memory or a size is not
 * positive. shape holds rank sizes. The fan-in for initialisation is the product of all sizes
 * except the last. */
int pg_parameters_add(pg_parameters *p, pg_parameter_group group, pg_initial initial,
                      const char *name, int rank, const int *shape);

/* Allocates memory for all declared tensors. No tensors can be declared afterwards. */
pg_status pg_parameters_allocate(pg_parameters *p, pg_error *err) PG_MUST_CHECK;

/* Draws initial values: uniform in +-1/sqrt(fan in) (LeCun et al. 1998,
 * "Efficient BackProp", sec. 4.6, up to a factor), ones or zeros. */
void pg_parameters_initialise(pg_parameters *p, gsl_rng *rng, uint64_t seed);

/* The start of tensor `index` in data, and in a gradient with the same layout. */
static inline float *pg_parameter(const pg_parameters *p, int index)
{
    return p->data + p->tensors[index].offset;
}

static inline float *pg_gradient(const pg_parameters *p, float *gradient, int index)
{
    return gradient + p->tensors[index].offset;
}

/* Index by name, or -1. */
int pg_parameters_find(const pg_parameters *p, const char *name);

bool pg_parameters_finite(const pg_parameters *p);

void pg_parameters_free(pg_parameters *p);

#endif
