#include <config.h>

#include "nn/loss.h"

#include <math.h>

enum { FACTORS = 256 }; /* each from 1 to 2, whose product a double can hold */

/* The sum of log(1 + exp(-|l|)) + max(l, 0) - l t, which never overflows; of the
 * first terms as the logarithm of their product. */
static double bernoulli(size_t count, const float *logits, const float *target, int step,
                        float scale, float *d)
{
    double sum = 0, product = 1;
    for (size_t i = 0; i < count; i++) {
        float l = logits[i], t = target[i * step];
        float e = expf(-fabsf(l)), sigmoid = (l > 0 ? 1 : e) / (1 + e);
        product *= 1 + (double)e;
        sum += (l > 0 ? l : 0) - l * t; /* exact where t is 0 or 1 */
        if (d) d[i] = scale * (sigmoid - t);
        if (i % FACTORS < FACTORS - 1) continue;
        sum += log(product);
        product = 1;
    }
    return sum + log(product);
}

double pg_loss_bernoulli(size_t count, const float *logits, const float *target, float scale,
                         float *d)
{
    return bernoulli(count, logits, target, 1, scale, d);
}

double pg_loss_bernoulli_all(size_t count, const float *logits, float target, float scale, float *d)
{
    return bernoulli(count, logits, &target, 0, scale, d);
}

void pg_softmax(size_t rows, int classes, const float *logits, float *p)
{
    for (size_t r = 0; r < rows; r++, logits += classes, p += classes) {
        float largest = logits[0], sum = 0;
        for (int c = 1; c < classes; c++)
            largest = logits[c] > largest ? logits[c] : largest;
        for (int c = 0; c < classes; c++)
            sum += p[c] = expf(logits[c] - largest);
        for (int c = 0; c < classes; c++)
            p[c] /= sum;
    }
}

void pg_softmax_backward(size_t rows, int classes, const float *p, float *d)
{
    for (size_t r = 0; r < rows; r++, p += classes, d += classes) {
        float dot = 0;
        for (int c = 0; c < classes; c++)
            dot += p[c] * d[c];
        for (int c = 0; c < classes; c++)
            d[c] = p[c] * (d[c] - dot);
    }
}

/* A probability whose logarithm is finite; what is no number stays none, so that the loss tells. */
static float not_below_least(float p)
{
    const float least = 1e-30f;
    return p < least ? least : p;
}

double pg_loss_categorical(size_t rows, int classes, const float *p, const int32_t *labels,
                           float scale, float *d)
{
    double sum = 0;
    for (size_t r = 0; r < rows; r++, p += classes, d += classes) {
        sum -= logf(not_below_least(p[labels[r]]));
        for (int c = 0; c < classes; c++)
            d[c] = scale * (p[c] - (c == labels[r]));
    }
    return sum;
}

double pg_loss_agreement(size_t rows, int classes, const float *p, const float *q, float scale,
                         float *dp, float *dq)
{
    double sum = 0;
    for (size_t r = 0; r < rows; r++, p += classes, q += classes, dp += classes, dq += classes) {
        float same = 0;
        for (int c = 0; c < classes; c++)
            same += p[c] * q[c];
        same = not_below_least(same);
        sum -= logf(same);
        for (int c = 0; c < classes; c++) {
            dp[c] -= scale / same * q[c];
            dq[c] -= scale / same * p[c];
        }
    }
    return sum;
}
