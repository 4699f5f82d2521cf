#include "reference.h"

#include <math.h>

static long double value(int level)
{
    return level / 127.5L - 1;
}

static long double softmax_loss(const pg_config *config, const double *o, const uint8_t *pixel)
{
    int channels = config->channels;
    const double *tie = o + channels * 256;
    long double total = 0;
    for (int c = 0; c < channels; c++, o += 256, tie += c - 1) {
        long double sum = 0, own = 0;
        for (int k = 0; k < 256; k++) {
            long double logit = o[k];
            for (int b = 0; b < c; b++)
                logit -= 16 * tie[b] * powl(value(k) - value(pixel[b]), 2);
            sum += expl(logit);
            if (k == pixel[c]) own = logit;
        }
        total += logl(sum) - own;
    }
    return total;
}

static long double sigmoid(long double x)
{
    return 1 / (1 + expl(-x));
}

/* F((high-mean)/s) - F((low-mean)/s), from the side where both are small. */
static long double between(long double low, long double high, long double mean, long double s)
{
    long double a = (high - mean) / s, b = (low - mean) / s;
    return b > 0 ? sigmoid(-b) - sigmoid(-a) : sigmoid(a) - sigmoid(b);
}

static long double level_mass(int level, long double mean, double log_scale)
{
    long double s = expl(log_scale < -7 ? -7 : log_scale), h = 1 / 255.0L, v = value(level);
    long double low = level == 0 ? -INFINITY : v - h, high = level == 255 ? INFINITY : v + h;
    return between(low, high, mean, s);
}

/* Of one component, whose numbers follow its logit at o. */
static long double component_log_p(int channels, const double *o, const uint8_t *pixel)
{
    const double *means = o + 1, *scales = means + channels, *coefficient = scales + channels;
    long double sum = 0;
    for (int c = 0; c < channels; c++) {
        long double mean = means[c];
        for (int b = 0; b < c; b++)
            mean += tanhl(*coefficient++) * value(pixel[b]);
        sum += logl(level_mass(pixel[c], mean, scales[c]));
    }
    return sum;
}

static long double logistic_loss(const pg_config *config, const double *o, const uint8_t *pixel)
{
    int channels = config->channels;
    int each = 1 + 2 * channels + channels * (channels - 1) / 2;
    long double weights = 0, sum = 0, largest = o[0];
    for (int m = 1; m < config->mixtures; m++)
        largest = fmaxl(largest, o[m * each]);
    for (int m = 0; m < config->mixtures; m++) {
        long double weight = expl(o[m * each] - largest);
        weights += weight;
        sum += weight * expl(component_log_p(channels, o + m * each, pixel));
    }
    return logl(weights) - logl(sum);
}

static long double bernoulli_loss(const pg_config *config, const double *o, const uint8_t *pixel)
{
    long double sum = 0;
    for (int c = 0; c < config->channels; c++)
        sum -= logl(sigmoid(pixel[c] ? o[c] : -o[c]));
    return sum;
}

double reference_loss(const pg_config *config, const double *outputs, const uint8_t *pixel)
{
    switch (config->likelihood) {
    case PG_LIKELIHOOD_SOFTMAX:
        return softmax_loss(config, outputs, pixel);
    case PG_LIKELIHOOD_LOGISTIC:
        return logistic_loss(config, outputs, pixel);
    default:
        return bernoulli_loss(config, outputs, pixel);
    }
}
