/* Losses. Each returns its value in nats and writes the gradient with respect to the logits. */
#ifndef PG_NN_LOSS_H
#define PG_NN_LOSS_H

#include <stddef.h>
#include <stdint.h>

/* Sum of -log p(target) of independent Bernoulli variables given by their logits, for targets in
 * [0, 1]. d (may be NULL) = scale * (sigmoid(logit) - target). */
double pg_loss_bernoulli(size_t count, const float *logits, const float *target, float scale,
                         float *d);

/* The same with one target for all variables. */
double pg_loss_bernoulli_all(size_t count, const float *logits, float target, float scale,
                             float *d);

/* p = softmax of each row of logits; p may be logits. */
void pg_softmax(size_t rows, int classes, const float *logits, float *p);

/* Converts the gradient with respect to the softmax outputs p to that with respect to the logits,
 * in place in d. */
void pg_softmax_backward(size_t rows, int classes, const float *p, float *d);

/* Sum over rows of -log p[label], where p are softmax outputs; d = scale * (p - onehot(label)). */
double pg_loss_categorical(size_t rows, int classes, const float *p, const int32_t *labels,
                           float scale, float *d);

/* Sum over rows of -log sum_k p[k] q[k], where the inner sum is the probability that categories
 * drawn from p and from q are the same. Adds scale times its gradients to dp and dq. */
double pg_loss_agreement(size_t rows, int classes, const float *p, const float *q, float scale,
                         float *dp, float *dq);

#endif
