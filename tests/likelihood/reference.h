/* The likelihoods of a pixel from their definitions, in long double. */
#ifndef TESTS_LIKELIHOOD_REFERENCE_H
#define TESTS_LIKELIHOOD_REFERENCE_H

#include <stdint.h>

#include "pixelgan/model.h"

/* -log p(pixel) in nats. */
double reference_loss(const pg_config *config, const double *outputs, const uint8_t *pixel);

#endif
