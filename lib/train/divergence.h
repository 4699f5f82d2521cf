/* The pull of KL(q(z|x) || p(z)) on the encoder and on a learned prior.
 *
 * In closed form, a part a dimension, for N(0, I); for any other prior with a
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

/* Before the posterior's backward pass: finds the divergence of this worker's
 * unlabelled rows; a sampled one adds to dcodes and writes the prior's
 * gradients. All workers call it together. */
void pg_divergence_forward(pg_trainer *t, pg_train_worker *w, const float *outputs,
                           const float *codes, float *dcodes);

/* After it: adds to the gradient by the encoder's outputs. */
void pg_divergence_backward(const pg_trainer *t, const pg_train_worker *w, const float *outputs,
                            float *doutputs);

#endif
