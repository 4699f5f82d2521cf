/* Discretised mixture of logistics (Salimans et al. 2017, "PixelCNN++", sec. 2.1-2.2).
 *
 * With bytes on -1..1 and h half the distance of two levels, a component gives
 * level x the mass F((x+h-m)/s) - F((x-h-m)/s) of a logistic distribution F of
 * mean m and scale s; levels 0 and 255 have the tails as well. The mean of a
 * channel is linear in the values of the pixel's earlier channels, and all
 * channels have their component in common:
 *
 *   p(x) = sum over i of pi_i prod over c of p(x_c | m_ic, s_ic),
 *   m_ic = mean_ic + sum over b < c of tanh(coefficient_icb) x_b
 *
 * Outputs of a pixel, for each of M components: the logit of pi, C means, C
 * logarithms of s (not less than -7, as they have it), and the coefficients
 * (1,0), (2,0), (2,1), (3,0)...: 3 M numbers for grey, 10 M for RGB.
 *
 * The mass of a level, with a = (x+h-m)/s, b = (x-h-m)/s and delta = a - b, is
 *
 *   F(a) - F(b) = F(a) F(-b) (1 - e^-delta),
 *
 * which loses nothing to cancellation, however small s is or far x from m: no
 * approximation is needed anywhere. Passes run over 16 pixels side by side.
 */
#include <config.h>

#include <gsl/gsl_math.h>
#include <math.h>
#include <string.h>

#include "model/likelihood.h"
#include "nn/clones.h"
#include "nn/exponential.h"
#include "pixelgan/stream.h"

enum {
    LANES = 16, /* pixels side by side */
    MAX_PARAMETERS = 1 + 2 * PG_MAX_CHANNELS + PG_MAX_CHANNELS * (PG_MAX_CHANNELS - 1) / 2
};

static const float least_log_scale = -7;
static const float half_level = 1 / 255.0f;
static const float log_level = -4.84811636f; /* log(2 h) */
static const float edge = 0.999f;            /* beyond it only levels 0 and 255 lie */

/* Numbers of one component. */
static int parameters_of(int channels)
{
    return 1 + 2 * channels + channels * (channels - 1) / 2;
}

static int outputs(const pg_config *config)
{
    return config->mixtures * parameters_of(config->channels);
}

/* Places of a component's numbers for channel c. */
static int mean_at(int c)
{
    return 1 + c;
}

static int scale_at(int channels, int c)
{
    return 1 + channels + c;
}

static int coefficients_at(int channels, int c)
{
    return 1 + 2 * channels + c * (c - 1) / 2;
}

/* Components side by side that cover -1..1. */
static void start(const pg_config *config, float *biases)
{
    int channels = config->channels, components = config->mixtures;
    for (int m = 0; m < components; m++, biases += parameters_of(channels))
        for (int c = 0; c < channels; c++) {
            biases[mean_at(c)] = (2 * m + 1.0f) / components - 1;
            biases[scale_at(channels, c)] = -logf(components);
        }
}

/* ---- Loss ---- */

/* LANES pixels: [number][pixel], so that each line of code is a vector operation. */
typedef float lanes[LANES];

/* log p(x) of one channel and what it is made of, before its one logarithm:
 * log p = sum + log(factor). dmean and dscale are derivatives of log p by the
 * mean and the logarithm of the scale. */
PG_INLINE void channel_mass(const float *restrict x, const float *restrict mean,
                            const float *restrict log_scale, float *restrict sum,
                            float *restrict factor, float *restrict dmean, float *restrict dscale)
{
    for (int i = 0; i < LANES; i++) {
        float ls = log_scale[i] < least_log_scale ? least_log_scale : log_scale[i];
        float inverse = pg_exp(-ls), centred = x[i] - mean[i];
        float a = (centred + half_level) * inverse, b = (centred - half_level) * inverse;
        float delta = 2 * half_level * inverse;
        float above = x[i] < edge ? 1 : 0, below = x[i] > -edge ? 1 : 0; /* levels lie there */
        float ea = pg_exp(a > 0 ? -a : a), eb = pg_exp(b > 0 ? -b : b), ed = pg_exp(-delta);
        float fa = 1 / (1 + ea), fb = 1 / (1 + eb);
        /* (1 - e^-delta)/delta, by its series where that cancels */
        float series = 1 - delta * (1 / 2.0f - delta * (1 / 6.0f - delta * (1 / 24.0f)));
        float ratio = delta < 0.05f ? series : (1 - ed) / (delta + 1e-30f);
        float inside = above * below;
        /* log F(a) = min(a, 0) - log(1 + e^-|a|); log F(-b) likewise */
        float tail_a = a < 0 ? a : 0, tail_b = b > 0 ? -b : 0;
        sum[i] += above * tail_a + below * tail_b + inside * (log_level - ls);
        factor[i] *= (above > 0 ? fa : 1) * (below > 0 ? fb : 1) * (inside > 0 ? ratio : 1);
        float slope_a = above * (a > 0 ? ea * fa : fa), slope_b = below * (b > 0 ? fb : eb * fb);
        dmean[i] = inverse * (slope_b - slope_a);
        float by_scale = b * slope_b - a * slope_a - inside * ed / ratio;
        dscale[i] = log_scale[i] > least_log_scale ? by_scale : 0;
    }
}

/* Moves channel c's mean by the earlier channels; `slopes` become the tanh. */
PG_INLINE void couple(int c, const lanes *restrict coefficients, const lanes *restrict x,
                      lanes *restrict tanhs, float *restrict mean)
{
    for (int b = 0; b < c; b++)
        for (int i = 0; i < LANES; i++) {
            float e = pg_exp(2 * (coefficients[b][i] > 40 ? 40 : coefficients[b][i]));
            tanhs[b][i] = (e - 1) / (e + 1);
            mean[i] += tanhs[b][i] * x[b][i];
        }
}

/* log p(x | component) and its derivatives by the component's numbers (but the logit) g. */
PG_CLONES static void component(int channels, const lanes *restrict o, const lanes *restrict x,
                                float *restrict log_p, lanes *restrict g)
{
    lanes sum = {0}, factor;
    for (int i = 0; i < LANES; i++)
        factor[i] = 1;
    for (int c = 0; c < channels; c++) {
        int at = coefficients_at(channels, c);
        lanes mean;
        memcpy(mean, o[mean_at(c)], sizeof mean);
        couple(c, o + at, x, g + at, mean);
        float *dmean = g[mean_at(c)];
        channel_mass(x[c], mean, o[scale_at(channels, c)], sum, factor, dmean,
                     g[scale_at(channels, c)]);
        for (int b = 0; b < c; b++)
            for (int i = 0; i < LANES; i++) {
                float t = g[at + b][i];
                g[at + b][i] = dmean[i] * x[b][i] * (1 - t * t);
            }
    }
    for (int i = 0; i < LANES; i++)
        log_p[i] = sum[i] + pg_log(factor[i]);
}

/* result = log of the sum over components of e^terms. */
PG_CLONES static void log_sum(int components, const lanes *restrict terms, float *restrict result)
{
    lanes top, sum = {0};
    memcpy(top, terms[0], sizeof top);
    for (int m = 1; m < components; m++)
        for (int i = 0; i < LANES; i++)
            top[i] = terms[m][i] > top[i] ? terms[m][i] : top[i];
    for (int m = 0; m < components; m++)
        for (int i = 0; i < LANES; i++)
            sum[i] += pg_exp(terms[m][i] - top[i]);
    for (int i = 0; i < LANES; i++)
        result[i] = top[i] + pg_log(sum[i]);
}

/* scaled = factor * e^(terms - normaliser) */
PG_CLONES static void responsibilities(const float *restrict terms,
                                       const float *restrict normaliser, float factor,
                                       float *restrict scaled)
{
    for (int i = 0; i < LANES; i++)
        scaled[i] = factor * pg_exp(terms[i] - normaliser[i]);
}

/* Rows of `pixels` pixels, `each` numbers apart, to lanes; lanes without a pixel get the first's.
 */
PG_CLONES static void gather(size_t each, int numbers, size_t pixels, const float *restrict from,
                             lanes *restrict to)
{
    if (pixels == LANES) {
        for (int k = 0; k < numbers; k++)
            for (int i = 0; i < LANES; i++)
                to[k][i] = from[i * each + k];
        return;
    }
    for (int k = 0; k < numbers; k++)
        for (size_t i = 0; i < LANES; i++)
            to[k][i] = from[(i < pixels ? i : 0) * each + k];
}

PG_CLONES static void scatter(size_t each, int numbers, size_t pixels, const lanes *restrict from,
                              float *restrict to)
{
    for (size_t i = 0; i < pixels; i++)
        for (int k = 0; k < numbers; k++)
            to[i * each + k] = from[k][i];
}

/* d of component m at some pixels holds the derivatives of log p(x | m); becomes those of the
 * loss: by the logit pi - r, by the others -r times, r being the component's responsibility. */
PG_CLONES static void weigh(size_t each, int numbers, size_t pixels, const float *restrict r,
                            const float *restrict pi, float *restrict d)
{
    for (size_t i = 0; i < pixels; i++) {
        float *own = d + i * each;
        for (int k = 1; k < numbers; k++)
            own[k] *= -r[i];
        own[0] = pi[i] - r[i];
    }
}

/* Up to LANES pixels. */
static double block_loss(const pg_config *config, size_t pixels, const float *o,
                         const float *target, float scale, float *d)
{
    int channels = config->channels, components = config->mixtures;
    int numbers = parameters_of(channels);
    size_t each = outputs(config);
    lanes x[PG_MAX_CHANNELS], own[MAX_PARAMETERS], g[MAX_PARAMETERS];
    lanes logit[PG_MAX_MIXTURES], joint[PG_MAX_MIXTURES], prior_sum, sum, r, pi;
    gather(channels, channels, pixels, target, x);
    for (int m = 0; m < components; m++) {
        gather(each, numbers, pixels, o + m * numbers, own);
        component(channels, own, x, joint[m], g);
        for (int i = 0; i < LANES; i++) {
            logit[m][i] = own[0][i];
            joint[m][i] += own[0][i];
        }
        if (d) scatter(each, numbers - 1, pixels, g + 1, d + m * numbers + 1);
    }
    log_sum(components, logit, prior_sum);
    log_sum(components, joint, sum);
    for (int m = 0; d && m < components; m++) {
        responsibilities(joint[m], sum, scale, r);
        responsibilities(logit[m], prior_sum, scale, pi);
        weigh(each, numbers, pixels, r, pi, d + m * numbers);
    }
    double total = 0;
    for (size_t i = 0; i < pixels; i++)
        total += prior_sum[i] - sum[i];
    return total;
}

static double loss(const pg_config *config, const float *o, const float *target, float scale,
                   float *d)
{
    size_t pixels = (size_t)config->height * config->width, each = outputs(config);
    double total = 0;
    for (size_t done = 0; done < pixels; done += LANES) {
        size_t some = pixels - done < LANES ? pixels - done : LANES;
        total += block_loss(config, some, o + done * each, target + done * config->channels, scale,
                            d ? d + done * each : NULL);
    }
    return total;
}

/* ---- Sampling ---- */

static double scale_of(const float *own, int channels, int c, float temperature)
{
    float log_scale = own[scale_at(channels, c)];
    return exp(fmaxf(log_scale, least_log_scale)) * temperature;
}

/* Mean of channel c given the earlier ones. */
static double mean_of(const float *own, int channels, int c, const double *x)
{
    double mean = own[mean_at(c)];
    for (int b = 0; b < c; b++)
        mean += tanh(own[coefficients_at(channels, c) + b]) * x[b];
    return mean;
}

static int draw_component(const pg_config *config, const float *o, float temperature, gsl_rng *rng)
{
    int numbers = parameters_of(config->channels), best = 0;
    double highest = -INFINITY;
    for (int m = 0; m < config->mixtures; m++) { /* the largest of logits with Gumbel noise */
        double noise = -log(-log(gsl_rng_uniform_pos(rng)));
        double value = o[m * numbers] / (double)temperature + noise;
        if (value <= highest) continue;
        highest = value;
        best = m;
    }
    return best;
}

/* The level on whose stretch of -1..1, the tails included, a value lies. */
static uint8_t level_of(double value)
{
    double level = (value + 1) * 127.5;
    return level <= 0 ? 0 : level >= 255 ? 255 : (uint8_t)lrint(level);
}

/* The temperature divides the logits of the components and multiplies the scales. */
static void draw(const pg_config *config, const float *o, float temperature, gsl_rng *rng,
                 uint8_t *pixel)
{
    int channels = config->channels;
    const float *own = o + draw_component(config, o, temperature, rng) * parameters_of(channels);
    double x[PG_MAX_CHANNELS];
    for (int c = 0; c < channels; c++) {
        double u = gsl_rng_uniform_pos(rng), standard = log(u) - log1p(-u);
        double value =
            mean_of(own, channels, c, x) + scale_of(own, channels, c, temperature) * standard;
        pixel[c] = level_of(value);
        x[c] = pixel[c] / 127.5 - 1;
    }
}

static double softplus(double x)
{
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* Expectation of a logistic variable whose tails beyond -1 and 1 are put there. */
static double clipped_mean(double mean, double scale)
{
    return scale * (softplus((mean + 1) / scale) - softplus((mean - 1) / scale)) - 1;
}

/* Adds a component's expectations, weighted. What an earlier channel varies by widens the later. */
static void add_means(const float *own, int channels, float temperature, double weight,
                      double *sums)
{
    double x[PG_MAX_CHANNELS], variance[PG_MAX_CHANNELS];
    for (int c = 0; c < channels; c++) {
        variance[c] = gsl_pow_2(scale_of(own, channels, c, temperature));
        for (int b = 0; b < c; b++)
            variance[c] += gsl_pow_2(tanh(own[coefficients_at(channels, c) + b])) * variance[b];
        x[c] = clipped_mean(mean_of(own, channels, c, x), sqrt(variance[c]));
        sums[c] += weight * x[c];
    }
}

static void mean(const pg_config *config, const float *o, float temperature, uint8_t *pixel)
{
    int channels = config->channels, numbers = parameters_of(channels);
    double top = -INFINITY, total = 0, sums[PG_MAX_CHANNELS] = {0};
    for (int m = 0; m < config->mixtures; m++)
        top = fmax(top, o[m * numbers]);
    for (int m = 0; m < config->mixtures; m++) {
        double weight = exp((o[m * numbers] - top) / temperature);
        add_means(o + m * numbers, channels, temperature, weight, sums);
        total += weight;
    }
    for (int c = 0; c < channels; c++)
        pixel[c] = level_of(sums[c] / total);
}

const pg_likelihood pg_likelihood_logistic = {
    .outputs = outputs,
    .start = start,
    .byte_zero = -1,
    .byte_step = 2 / 255.0f,
    .loss = loss,
    .draw = draw,
    .mean = mean,
};
