/* The gradient of KL(q(z|x) || p(z)) for the encoder and for a learned prior.
 *
 * If the prior has a closed form, the divergence has one part per dimension. For any other prior
 * with a density it is -H(q(z|x)) - log p(z) at the one z that the decoder saw: the entropy in
 * closed form, the cross-entropy by one sample (Kingma & Welling 2013, sec. 2.3; Chen et al. 2017,
 * sec. 3.2).
 *
 * Free bits (Kingma et al. 2016, appendix C.8): a part whose mean over the batch is below the
 * threshold has no gradient. A sampled divergence is one part, with the threshold of all dimensions
 * together. Warm-up: the weight grows linearly from 0 to 1 (Soenderby et al. 2016, sec. 2.3).
 */
#ifndef PG_TRAIN_DIVERGENCE_H
#define PG_TRAIN_DIVERGENCE_H

#include "train/trainer.h"

/* All workers call these together. */

/* Before the backward pass of the posterior: computes the divergence of the unlabelled rows. A
 * sampled divergence adds to dcodes and writes the gradients of the prior. */
void pg_divergence_forward(pg_trainer *t, const pg_worker *worker);

/* After that pass: adds to the gradient with respect to the encoder's outputs. */
void pg_divergence_backward(pg_trainer *t, const pg_worker *worker);

#endif
