/* 256 levels, each with a logit of its own (van den Oord et al. 2016, "Pixel
 * recurrent neural networks", sec. 3.4).
 *
 * The earlier channels' values x_b of the pixel enter the logits of channel c
 * linearly, through one number for each pair that the decoder puts out:
 *
 *   logit_c(k) = o_c(k) - GAIN * sum over b < c of tie_cb (v_k - x_b)^2
 *
 * with v_k the level k on -1..1. A tie above zero draws the channels together,
 * as they are in photographs; o_c shifts and shapes what is left. The outputs
 * of a pixel are C x 256 numbers o, then the ties (1,0), (2,0), (2,1), (3,0)...
 */
#include <config.h>

#include <math.h>
#include <string.h>

#include "model/likelihood.h"
#include "nn/clones.h"
#include "nn/exponential.h"
#include "pixelgan/stream.h"

enum { LEVELS = 256, LANES = 16 };

static const float gain = 16;

static int outputs(const pg_config *config)
{
    int channels = config->channels;
    return channels * LEVELS + channels * (channels - 1) / 2;
}

/* Place of the ties of channel c among a pixel's outputs. */
static size_t ties_of(int channels, int c)
{
    return (size_t)channels * LEVELS + c * (c - 1) / 2;
}

/* The coupling is a parabola in v_k: logit(k) = o(k) + (square v_k + slope) v_k; what
 * is the same for all k drops out. */
typedef struct coupling {
    float square, slope;
} coupling;

static coupling couple(const float *ties, const float *x, int c)
{
    coupling sum = {0, 0};
    for (int b = 0; b < c; b++) {
        sum.square -= gain * ties[b];
        sum.slope += 2 * gain * ties[b] * x[b];
    }
    return sum;
}

PG_INLINE float level(int k)
{
    return (float)k * (2 / 255.0f) - 1;
}

PG_INLINE float largest_of(const float *lane)
{
    float largest = lane[0];
    for (int i = 1; i < LANES; i++)
        largest = lane[i] > largest ? lane[i] : largest;
    return largest;
}

PG_INLINE float sum_of(const float *lane)
{
    float sum = 0;
    for (int i = 0; i < LANES; i++)
        sum += lane[i];
    return sum;
}

/* p(k) = e^(logit(k) - log of the sum), which is returned. logits are left in `logit`. */
PG_CLONES static float normalise(const float *restrict o, coupling with, float inverse_temperature,
                                 float *restrict logit, float *restrict p)
{
    float largest[LANES], sum[LANES] = {0};
    for (int k = 0; k < LEVELS; k++)
        logit[k] = (o[k] + (with.square * level(k) + with.slope) * level(k)) * inverse_temperature;
    memcpy(largest, logit, sizeof largest);
    for (int k = LANES; k < LEVELS; k += LANES)
        for (int i = 0; i < LANES; i++)
            largest[i] = logit[k + i] > largest[i] ? logit[k + i] : largest[i];
    float top = largest_of(largest);
    for (int k = 0; k < LEVELS; k += LANES)
        for (int i = 0; i < LANES; i++)
            sum[i] += p[k + i] = pg_exp(logit[k + i] - top);
    float total = sum_of(sum), inverse = 1 / total;
    for (int k = 0; k < LEVELS; k++)
        p[k] *= inverse;
    return top + pg_log(total);
}

/* d = scale * (p - onehot(byte)), and its sums weighted by v and v^2. */
PG_CLONES static coupling differentiate(const float *restrict p, int byte, float scale,
                                        float *restrict d)
{
    float square[LANES] = {0}, slope[LANES] = {0};
    for (int k = 0; k < LEVELS; k += LANES)
        for (int i = 0; i < LANES; i++) {
            float v = level(k + i), q = p[k + i] * scale;
            d[k + i] = q;
            slope[i] += q * v;
            square[i] += q * v * v;
        }
    float v = level(byte);
    d[byte] -= scale;
    return (coupling){sum_of(square) - scale * v * v, sum_of(slope) - scale * v};
}

/* Channel c of a pixel: o, ties and x are the pixel's, so is d. */
static float channel_loss(int channels, int c, const float *o, const float *x, float scale,
                          float *d)
{
    float logit[LEVELS], p[LEVELS];
    const float *ties = o + ties_of(channels, c);
    int byte = pg_likelihood_byte(&pg_likelihood_softmax, x[c]);
    float normaliser = normalise(o + c * LEVELS, couple(ties, x, c), 1, logit, p);
    if (d) {
        coupling by = differentiate(p, byte, scale, d + c * LEVELS);
        for (int b = 0; b < c; b++)
            d[ties_of(channels, c) + b] = -gain * (by.square - 2 * x[b] * by.slope);
    }
    return normaliser - logit[byte];
}

static double loss(const pg_config *config, const float *o, const float *target, float scale,
                   float *d)
{
    int channels = config->channels;
    size_t pixels = (size_t)config->height * config->width, each = outputs(config);
    double sum = 0;
    for (size_t i = 0; i < pixels; i++, o += each, target += channels, d = d ? d + each : NULL)
        for (int c = 0; c < channels; c++)
            sum += channel_loss(channels, c, o, target, scale, d);
    return sum;
}

/* A temperature near 0 makes the likeliest level certain; that needs no more. */
static float inverse_of(float temperature)
{
    return fminf(1 / temperature, 1e9f);
}

static int draw_level(const float *p, gsl_rng *rng)
{
    double left = gsl_rng_uniform(rng);
    int last = 0; /* with a probability above zero: where rounding leaves a rest */
    for (int k = 0; k < LEVELS; k++) {
        if (p[k] <= 0) continue;
        last = k;
        if ((left -= p[k]) < 0) break;
    }
    return last;
}

static void draw(const pg_config *config, const float *o, float temperature, gsl_rng *rng,
                 uint8_t *pixel)
{
    float logit[LEVELS], p[LEVELS], x[PG_MAX_CHANNELS];
    for (int c = 0; c < config->channels; c++) {
        coupling with = couple(o + ties_of(config->channels, c), x, c);
        normalise(o + c * LEVELS, with, inverse_of(temperature), logit, p);
        pixel[c] = (uint8_t)draw_level(p, rng);
        x[c] = level(pixel[c]);
    }
}

static void mean(const pg_config *config, const float *o, float temperature, uint8_t *pixel)
{
    float logit[LEVELS], p[LEVELS], x[PG_MAX_CHANNELS];
    for (int c = 0; c < config->channels; c++) {
        coupling with = couple(o + ties_of(config->channels, c), x, c);
        normalise(o + c * LEVELS, with, inverse_of(temperature), logit, p);
        double expectation = 0;
        for (int k = 0; k < LEVELS; k++)
            expectation += (double)p[k] * k;
        pixel[c] = (uint8_t)lrint(expectation < 255 ? expectation : 255);
        x[c] = (float)(expectation * 2 / 255 - 1);
    }
}

const pg_likelihood pg_likelihood_softmax = {
    .outputs = outputs,
    .byte_zero = -1,
    .byte_step = 2 / 255.0f,
    .loss = loss,
    .draw = draw,
    .mean = mean,
};
