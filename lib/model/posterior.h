/* Posteriors q(z|x): from the encoder's outputs to codes, and back.
 *
 * For discrete priors, codes are the softmax of the outputs. For a Gaussian posterior, the outputs
 * are D means and D log variances, and z = mean + deviation * noise (Kingma & Welling 2013, sec.
 * 2.4). Otherwise the outputs are the code; the noise of the universal approximator is added to the
 * encoder's input (Makhzani et al. 2015, sec. 2).
 */
#ifndef PG_MODEL_POSTERIOR_H
#define PG_MODEL_POSTERIOR_H

#include <stddef.h>

#include "pixelgan/model.h"

/* codes: rows x code_dim. noise: rows x code_dim standard normals, or NULL for the mean. */
void pg_posterior_forward(const pg_config *config, size_t rows, const float *outputs,
                          const float *noise, float *codes);

/* Computes doutputs from dcodes, which may be overwritten. */
void pg_posterior_backward(const pg_config *config, size_t rows, const float *outputs,
                           const float *noise, const float *codes, float *dcodes, float *doutputs);

/* KL(q(z|x) || N(0, I)) of a Gaussian posterior in nats (Kingma & Welling 2013, appendix B). Adds
 * the sum over rows to parts, which has one number per dimension. */
void pg_posterior_kl(const pg_config *config, size_t rows, const float *outputs, double *parts);

/* Adds the gradient of the sum of the parts, weighted by scale (one factor per dimension), to
 * doutputs. */
void pg_posterior_kl_backward(const pg_config *config, size_t rows, const float *outputs,
                              const float *scale, float *doutputs);

/* Entropy of the Gaussian posterior of each row, in nats. */
void pg_posterior_entropy(const pg_config *config, size_t rows, const float *outputs, double *nats);

/* Adds scale * the gradient of the sum of the entropies to doutputs. */
void pg_posterior_entropy_backward(const pg_config *config, size_t rows, float scale,
                                   float *doutputs);

#endif
