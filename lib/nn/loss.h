/* Losses: each returns its value in nats and writes the gradient by the logits. */
#ifndef PG_NN_LOSS_H
#define PG_NN_LOSS_H

#include <stddef.h>
#include <stdint.h>

/* Sum of -log p(target) of independent Bernoulli variables given by logits,
 * target in [0, 1]. d (may be NULL) = scale * (sigmoid(logit) - target). */
double pg_loss_bernoulli(size_t count, const float *logits, const float *target, float scale,
                         float *d);

/* The same against one target for all. */
double pg_loss_bernoulli_all(size_t count, const float *logits, float target, float scale,
                             float *d);

/* p = softmax of each row of logits; p may be logits. */
void pg_softmax(size_t rows, int classes, const float *logits, float *p);

/* Turns dp, the gradient by softmax outputs p, into the gradient by the logits, in place. */
void pg_softmax_backward(size_t rows, int classes, const float *p, float *d);

/* Sum over rows of -log p[label]; d = scale * (p - onehot(label)). p are softmax outputs. */
double pg_loss_categorical(size_t rows, int classes, const float *p, const int32_t *labels,
                           float scale, float *d);

/* Sum over rows of -log sum_k p[k] q[k], the probability that categories drawn from p and from q
 * are the same; adds scale times its gradients to dp and dq. */
double pg_loss_agreement(size_t rows, int classes, const float *p, const float *q, float scale,
                         float *dp, float *dq);

#endif
