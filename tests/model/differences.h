/* Gradients by central differences of a loss that is summed in double. */
#ifndef TESTS_MODEL_DIFFERENCES_H
#define TESTS_MODEL_DIFFERENCES_H

#include <stdint.h>

#include "model/parameters.h"

/* Reads the numbers that are varied wherever they are. */
typedef double loss_function(void *with);

/* Of `gradient` by `count` numbers, some dozens spread over them are compared with central
 * differences: the largest error as a fraction of the largest difference met, or of `floor`
 * where that is larger. */
double gradient_error(loss_function *loss, void *with, float *numbers, const float *gradient,
                      size_t count, double floor);

/* Checks the gradients of all parameters whose names begin with prefix, one line each. */
void check_gradients(loss_function *loss, void *with, const pg_parameters *p, const char *prefix,
                     const float *gradient, double tolerance, const char *what);

/* Uniform numbers of the size that initial weights have, everywhere: also for biases, so that no
 * ReLU sits at zero; running variances and scales are positive. */
void randomise(const pg_parameters *p, uint64_t seed);

#endif
