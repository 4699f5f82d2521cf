/* The gradient of KL(q(z|x) || p(z)) by the encoder and by a learned prior.
 *
 * In closed form, a part for each dimension, where the prior has one; for any other prior with a
 * density -H(q(z|x)) - log p(z) at the one z that the decoder saw: the entropy
 * in closed form, the cross-entropy by a sample (Kingma & Welling 2013, sec.
 * 2.3; Chen et al. 2017, sec. 3.2).
 *
 * Free bits (Kingma et al. 2016, appendix C.8): a part whose mean over the
 * batch is below the threshold is left alone; a sampled divergence is one part
 * with the threshold of all dimensions. Warm-up: its weight grows linearly
 * from 0 to 1 (Soenderby et al. 2016, sec. 2.3).
 */
#ifndef PG_TRAIN_DIVERGENCE_H
#define PG_TRAIN_DIVERGENCE_H

#include "train/trainer.h"

/* All workers call these together. */

/* Before the posterior's backward pass: finds the divergence of the unlabelled rows; a sampled
 * one adds to dcodes and writes the prior's gradients. */
void pg_divergence_forward(pg_trainer *t, const pg_worker *worker);

/* After it: adds to the gradient by the encoder's outputs. */
void pg_divergence_backward(pg_trainer *t, const pg_worker *worker);

#endif
