/* The likelihoods against their definitions: values, gradients, sums over all levels, draws. */
#include <config.h>

#include <gsl/gsl_cdf.h>

#include "../tap.h"
#include "base/random.h"
#include "model/likelihood.h"
#include "reference.h"

enum { MAX_OUTPUTS = 4096 };

static pg_config make_config(pg_likelihood_kind kind, int channels, int mixtures, int width)
{
    return (pg_config){.height = 1,
                       .width = width,
                       .channels = channels,
                       .likelihood = kind,
                       .mixtures = mixtures};
}

static int outputs_of(const pg_config *config)
{
    return pg_likelihood_find(config->likelihood)->outputs(config);
}

static void fill(gsl_rng *rng, size_t count, double spread, float *numbers)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = (float)(spread * (2 * gsl_rng_uniform(rng) - 1));
}

static void fill_bytes(gsl_rng *rng, size_t count, bool binary, uint8_t *bytes)
{
    static const uint8_t edges[] = {0, 255, 1, 254};
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)gsl_rng_uniform_int(rng, 256);
        if (gsl_rng_uniform_int(rng, 3) == 0) bytes[i] = edges[gsl_rng_uniform_int(rng, 4)];
        if (binary) bytes[i] = bytes[i] < 128 ? 0 : 255;
    }
}

static double loss_of(const pg_config *config, const float *o, const uint8_t *bytes, float *d)
{
    float *target = calloc((size_t)config->width * config->channels, sizeof *target);
    pg_likelihood_show(config, bytes, target);
    double loss = pg_likelihood_find(config->likelihood)->loss(config, o, target, 1, d);
    free(target);
    return loss;
}

static void widen(size_t count, const float *from, double *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

/* Largest error of d against central differences of the reference, in units, or relative where
 * that is less. */
static double gradient_error(const pg_config *config, const float *o, const uint8_t *pixel,
                             const float *d, double unit)
{
    static double wide[MAX_OUTPUTS];
    double worst = 0;
    int count = outputs_of(config);
    widen(count, o, wide);
    for (int i = 0; i < count; i++) {
        const double step = 1e-6;
        wide[i] = o[i] + step;
        double above = reference_loss(config, wide, pixel);
        wide[i] = o[i] - step;
        double slope = (above - reference_loss(config, wide, pixel)) / (2 * step);
        wide[i] = o[i];
        double error = fabs(slope - d[i]) / fmax(unit, fabs(slope));
        if (!(error <= worst)) worst = error;
    }
    return worst;
}

static const char *name_of(const pg_config *config)
{
    static char name[64];
    static const char *const words[] = {"auto", "bernoulli", "softmax", "logistic"};
    snprintf(name, sizeof name, "%s, %d channels, %d mixtures", words[config->likelihood],
             config->channels, config->mixtures);
    return name;
}

/* Rows of pixels of every length up to two blocks and a rest: values and gradients. */
static void test_values(pg_likelihood_kind kind, int channels, int mixtures, double spread)
{
    enum { WIDEST = 35 };
    static float o[WIDEST * MAX_OUTPUTS], d[WIDEST * MAX_OUTPUTS];
    static double wide[MAX_OUTPUTS];
    uint8_t bytes[WIDEST * 16];
    gsl_rng *rng = pg_rng_create(7, PG_RANDOM_TEST, 0, channels);
    double worst = 0, slope = 0;
    pg_config config = make_config(kind, channels, mixtures, WIDEST);
    bool binary = pg_likelihood_find(kind)->binary;
    int each = outputs_of(&config), widths[] = {1, 16, WIDEST};
    for (int w = 0; w < 3; w++) {
        config.width = widths[w];
        fill(rng, (size_t)config.width * each, spread, o);
        fill_bytes(rng, (size_t)config.width * channels, binary, bytes);
        double expected = 0, got = loss_of(&config, o, bytes, d);
        for (int x = 0; x < config.width; x++) {
            const uint8_t *pixel = bytes + x * channels;
            widen(each, o + x * each, wide);
            expected += reference_loss(&config, wide, pixel);
            if (x % 7 == 0)
                slope =
                    worse_of(slope, gradient_error(&config, o + x * each, pixel, d + x * each, 1));
        }
        worst = worse_of(worst, fabs(got - expected) / fmax(1, fabs(expected)));
        if (fabs(loss_of(&config, o, bytes, NULL) - got) > 0) worst = INFINITY;
    }
    is_close(worst, 0, 2e-6, "%s, outputs to %g: losses", name_of(&config), spread);
    is_close(slope, 0, 1e-4, "%s, outputs to %g: gradients", name_of(&config), spread);
    gsl_rng_free(rng);
}

/* scale multiplies the gradient. */
static void test_scale(pg_likelihood_kind kind)
{
    pg_config config = make_config(kind, 3, 4, 5);
    static float o[5 * MAX_OUTPUTS], d[5 * MAX_OUTPUTS], scaled[5 * MAX_OUTPUTS], target[15];
    gsl_rng *rng = pg_rng_create(8, PG_RANDOM_TEST, 0, 0);
    size_t count = 5 * (size_t)outputs_of(&config);
    uint8_t bytes[15];
    fill(rng, count, 1, o);
    fill_bytes(rng, 15, pg_likelihood_find(kind)->binary, bytes);
    pg_likelihood_show(&config, bytes, target);
    pg_likelihood_find(kind)->loss(&config, o, target, 1, d);
    pg_likelihood_find(kind)->loss(&config, o, target, 0.25f, scaled);
    double worst = 0;
    for (size_t i = 0; i < count; i++)
        worst = worse_of(worst, fabs(scaled[i] - d[i] / 4) / fmax(1, fabs(d[i])));
    is_close(worst, 0, 1e-6, "%s: the gradient is scaled", name_of(&config));
    gsl_rng_free(rng);
}

/* The outputs of the first `channels` channels: their marginal likelihood is that of an image
 * with so many. */
static void take_channels(const pg_config *config, const float *o, int channels, float *fewer)
{
    int all = config->channels, ties = channels * (channels - 1) / 2;
    if (config->likelihood == PG_LIKELIHOOD_SOFTMAX) {
        memcpy(fewer, o, 256 * (size_t)channels * sizeof *o);
        memcpy(fewer + 256 * channels, o + 256 * all, (size_t)ties * sizeof *o);
        return;
    }
    for (int m = 0; m < config->mixtures; m++, o += 1 + 2 * all + all * (all - 1) / 2) {
        memcpy(fewer, o, (size_t)(1 + channels) * sizeof *o);
        memcpy(fewer + 1 + channels, o + 1 + all, (size_t)channels * sizeof *o);
        memcpy(fewer + 1 + 2 * channels, o + 1 + 2 * all, (size_t)ties * sizeof *o);
        fewer += 1 + 2 * channels + ties;
    }
}

static double probability(const pg_config *config, const float *o, const uint8_t *pixel)
{
    return exp(-loss_of(config, o, pixel, NULL));
}

/* Sum over the last channel's levels, relative to the probability of the earlier ones. */
static double sum_of_levels(const pg_config *config, const float *o, const pg_config *before,
                            const float *o_before, uint8_t *pixel)
{
    double sum = 0;
    for (int k = 0; k < 256; k++) {
        pixel[config->channels - 1] = (uint8_t)k;
        sum += probability(config, o, pixel);
    }
    return before ? sum / probability(before, o_before, pixel) : sum;
}

/* p(R) sums to one, p(R,G) over G to p(R) for every R, p(R,G,B) over B to p(R,G): hence p(R,G,B)
 * over all triples to one. */
static void test_sums(pg_likelihood_kind kind, int mixtures, double spread)
{
    static float o[4][MAX_OUTPUTS];
    pg_config config[4];
    gsl_rng *rng = pg_rng_create(9, PG_RANDOM_TEST, 0, mixtures);
    for (int c = 1; c <= 3; c++)
        config[c] = make_config(kind, c, mixtures, 1);
    fill(rng, outputs_of(&config[3]), spread, o[3]);
    for (int c = 1; c < 3; c++)
        take_channels(&config[3], o[3], c, o[c]);
    uint8_t pixel[3];
    is_close(sum_of_levels(&config[1], o[1], NULL, NULL, pixel), 1, 1e-5,
             "%s, outputs to %g: all levels sum to one", name_of(&config[1]), spread);
    double worst = 0;
    for (int r = 0; r < 256; r++) {
        pixel[0] = (uint8_t)r;
        double sum = sum_of_levels(&config[2], o[2], &config[1], o[1], pixel);
        worst = worse_of(worst, fabs(sum - 1));
    }
    is_close(worst, 0, 2e-5, "%s: to p(first) over the second", name_of(&config[2]));
    worst = 0;
    for (int i = 0; i < 200; i++) {
        fill_bytes(rng, 2, false, pixel);
        double sum = sum_of_levels(&config[3], o[3], &config[2], o[2], pixel);
        worst = worse_of(worst, fabs(sum - 1));
    }
    is_close(worst, 0, 2e-5, "%s: to p(first, second) over the third", name_of(&config[3]));
    gsl_rng_free(rng);
}

static bool all_finite(const float *d, int count)
{
    for (int i = 0; i < count; i++)
        if (!isfinite(d[i])) return false;
    return true;
}

static void test_extremes(pg_likelihood_kind kind)
{
    static const float extremes[] = {0, -1, 1, -7, -30, 30, -1e3f, 1e3f, -1e6f, 1e6f};
    static float o[MAX_OUTPUTS], d[MAX_OUTPUTS];
    static const uint8_t levels[] = {0, 1, 128, 254, 255};
    pg_config config = make_config(kind, 3, 3, 1);
    gsl_rng *rng = pg_rng_create(10, PG_RANDOM_TEST, 0, 0);
    int count = outputs_of(&config), bad = 0;
    for (int trial = 0; trial < 20000; trial++) {
        uint8_t pixel[3];
        for (int i = 0; i < count; i++)
            o[i] = extremes[gsl_rng_uniform_int(rng, 10)];
        for (int c = 0; c < 3; c++)
            pixel[c] = levels[gsl_rng_uniform_int(rng, 5)];
        double loss = loss_of(&config, o, pixel, d);
        bad += !isfinite(loss) || loss < -1e-3 || !all_finite(d, count);
        if (kind == PG_LIKELIHOOD_SOFTMAX && trial == 500) break;
    }
    is_int(bad, 0, "%s: extreme outputs, finite losses and gradients", name_of(&config));
    gsl_rng_free(rng);
}

/* A single output that is not a number must be seen in the loss: training stops on it. */
static void test_not_numbers(pg_likelihood_kind kind)
{
    static float o[MAX_OUTPUTS];
    static const uint8_t pixel[] = {100, 130, 160};
    pg_config config = make_config(kind, 3, 3, 1);
    gsl_rng *rng = pg_rng_create(15, PG_RANDOM_TEST, 0, 0);
    int count = outputs_of(&config), unseen = 0;
    for (int i = 0; i < count; i++) {
        fill(rng, count, 1, o);
        o[i] = NAN;
        unseen += isfinite(loss_of(&config, o, pixel, NULL));
    }
    is_int(unseen, 0, "%s: an output that is NaN is seen in the loss", name_of(&config));
    gsl_rng_free(rng);
}

/* One component at scales down to the least, at and around the edges. There a float's rounding of
 * the mean is a ten-thousandth of the scale. */
static void test_edges(void)
{
    static const double means[] = {-1.2, -1, -0.99, 0.3, 0.998, 1, 1.5};
    static const double scales[] = {-9, -7, -6.9, -5, -3, 0, 3, 10};
    static const uint8_t levels[] = {0, 1, 2, 165, 166, 254, 255};
    pg_config config = make_config(PG_LIKELIHOOD_LOGISTIC, 1, 1, 1);
    double worst = 0, slope = 0;
    for (int i = 0; i < 7 * 8 * 7; i++) {
        double wide[3] = {0, means[i % 7], scales[i / 7 % 8]};
        float o[3] = {0, (float)wide[1], (float)wide[2]}, d[3];
        widen(3, o, wide);
        const uint8_t *level = &levels[i / 56];
        double expected = reference_loss(&config, wide, level);
        worst = worse_of(worst, fabs(loss_of(&config, o, level, d) - expected) / fmax(1, expected));
        if (o[2] != -7)
            slope = worse_of(slope, gradient_error(&config, o, level, d, exp(fmax(0, -wide[2]))));
    }
    is_close(worst, 0, 2e-4, "logistic: losses at the edges, for all scales");
    is_close(slope, 0, 2e-4, "logistic: gradients at the edges, for all scales");
}

/* p of the levels of the last channel given the others of pixel. */
static void conditional(const pg_config *config, const float *o, uint8_t *pixel, double *p)
{
    double sum = 0;
    for (int k = 0; k < 256; k++) {
        pixel[config->channels - 1] = (uint8_t)k;
        sum += p[k] = probability(config, o, pixel);
    }
    for (int k = 0; k < 256; k++)
        p[k] /= sum;
}

/* Probability of a chi-square as large as that of counts of levels against p, which are put
 * together to cells of at least 5 expected draws. */
static double chi_square_p(const int *counts, const double *p, int draws)
{
    double statistic = 0, expected = 0, left = 1;
    int cells = 0, count = 0;
    for (int k = 0; k < 256; k++) {
        expected += p[k] * draws;
        count += counts[k];
        left -= p[k];
        if ((expected < 5 || left * draws < 5) && k < 255) continue;
        if (expected > 0) statistic += (count - expected) * (count - expected) / expected;
        if (expected == 0 && count) return 0;
        cells++;
        expected = count = 0;
    }
    return cells > 1 ? gsl_cdf_chisq_Q(statistic, cells - 1) : 1;
}

/* Draws whose earlier channels have the pixel's values, by the last one. Other draws do not count.
 */
static int count_draws(const pg_config *config, const float *o, const uint8_t *pixel, int draws,
                       int *counts)
{
    gsl_rng *rng = pg_rng_create(11, PG_RANDOM_TEST, 0, config->channels);
    int kept = 0;
    memset(counts, 0, 256 * sizeof *counts);
    for (int i = 0; i < draws; i++) {
        uint8_t drawn[3];
        pg_likelihood_find(config->likelihood)->draw(config, o, 1, rng, drawn);
        if (memcmp(drawn, pixel, (size_t)config->channels - 1) != 0) continue;
        counts[drawn[config->channels - 1]]++;
        kept++;
    }
    gsl_rng_free(rng);
    return kept;
}

/* The last channel's draws follow its distribution, given earlier channels that `peak` makes
 * nearly certain. */
static void test_draws(pg_likelihood_kind kind, int channels, int draws,
                       void (*peak)(const pg_config *, const uint8_t *, float *))
{
    static float o[MAX_OUTPUTS];
    double p[256];
    int counts[256];
    uint8_t pixel[3] = {37, 201, 0};
    gsl_rng *rng = pg_rng_create(12, PG_RANDOM_TEST, 0, channels);
    pg_config config = make_config(kind, channels, 3, 1);
    fill(rng, outputs_of(&config), 1.5, o);
    peak(&config, pixel, o);
    conditional(&config, o, pixel, p);
    int kept = count_draws(&config, o, pixel, draws, counts);
    ok(kept > draws / 4, "%s: %d draws of %d have the likely values", name_of(&config), kept,
       draws);
    double chance = chi_square_p(counts, p, kept);
    ok(chance > 1e-4, "%s: the last channel follows its distribution (p = %.3g)", name_of(&config),
       chance);
    gsl_rng_free(rng);
}

static void peak_softmax(const pg_config *config, const uint8_t *pixel, float *o)
{
    for (int c = 0; c + 1 < config->channels; c++) {
        o[256 * c + pixel[c]] += 20;
    }
    for (int i = 256 * config->channels; i < outputs_of(config); i++)
        o[i] = 0.2f;
}

/* All components agree on the earlier channels, and differ in the last. */
static void peak_logistic(const pg_config *config, const uint8_t *pixel, float *o)
{
    int channels = config->channels, each = outputs_of(config) / config->mixtures;
    for (int m = 0; m < config->mixtures; m++, o += each) {
        const float *coefficient = o + 1 + 2 * channels;
        for (int c = 0; c + 1 < channels; c++) {
            double mean = pixel[c] / 127.5 - 1;
            for (int b = 0; b < c; b++)
                mean -= tanh(*coefficient++) * (pixel[b] / 127.5 - 1);
            o[1 + c] = (float)mean;
            o[1 + channels + c] = -7;
        }
        o[channels] = (float)(0.4 * m - 0.5);
        o[2 * channels] = (float)(-1 - m);
    }
}

/* Channels that vary little in each component, or are tied loosely: there the expectation given
 * the earlier ones' expectations is the expectation. */
static void calm(const pg_config *config, float *o)
{
    int channels = config->channels, each = outputs_of(config) / config->mixtures;
    if (config->likelihood == PG_LIKELIHOOD_SOFTMAX) {
        for (int i = 256 * channels; i < outputs_of(config); i++)
            o[i] *= 0.1f;
        return;
    }
    for (int m = 0; m < config->mixtures; m++)
        for (int c = 0; c < channels; c++)
            o[m * each + 1 + channels + c] -= 3;
}

/* Expectations against the mean of many draws. */
static void test_mean(pg_likelihood_kind kind, double spread, float temperature)
{
    enum { DRAWS = 20000 };
    static float o[MAX_OUTPUTS];
    pg_config config = make_config(kind, 3, 3, 1);
    const pg_likelihood *likelihood = pg_likelihood_find(kind);
    gsl_rng *rng = pg_rng_create(13, PG_RANDOM_TEST, 0, 0);
    double sums[3] = {0}, worst = 0;
    uint8_t pixel[3], expected[3];
    fill(rng, outputs_of(&config), spread, o);
    calm(&config, o);
    for (int i = 0; i < DRAWS; i++) {
        likelihood->draw(&config, o, temperature, rng, pixel);
        for (int c = 0; c < 3; c++)
            sums[c] += pixel[c];
    }
    likelihood->mean(&config, o, temperature, expected);
    for (int c = 0; c < 3; c++)
        worst = worse_of(worst, fabs(expected[c] - sums[c] / DRAWS));
    ok(worst < 2.5, "%s, temperature %g: expectations are within %.2f levels of the mean of draws",
       name_of(&config), temperature, worst);
    gsl_rng_free(rng);
}

/* Near temperature 0 nothing is left to chance. */
static void test_cold(pg_likelihood_kind kind)
{
    static float o[MAX_OUTPUTS];
    pg_config config = make_config(kind, 3, 3, 1);
    const pg_likelihood *likelihood = pg_likelihood_find(kind);
    gsl_rng *rng = pg_rng_create(14, PG_RANDOM_TEST, 0, 0);
    uint8_t first[3], next[3], mean[3];
    bool same = true;
    fill(rng, outputs_of(&config), 1, o);
    likelihood->draw(&config, o, 1e-30f, rng, first);
    for (int i = 0; i < 100; i++) {
        likelihood->draw(&config, o, 1e-30f, rng, next);
        same = same && memcmp(first, next, 3) == 0;
    }
    likelihood->mean(&config, o, 1e-30f, mean);
    for (int c = 0; c < 3; c++)
        same = same && abs(mean[c] - first[c]) <= 1;
    ok(same, "%s: at temperature 1e-30 all draws and the mean are the same", name_of(&config));
    gsl_rng_free(rng);
}

/* What the decoder is shown, and back. */
static void test_bytes(void)
{
    static uint8_t bytes[256];
    static float shown[256];
    for (int k = 0; k < 256; k++)
        bytes[k] = (uint8_t)k;
    for (int kind = PG_LIKELIHOOD_BERNOULLI; kind <= PG_LIKELIHOOD_LOGISTIC; kind++) {
        pg_config config = make_config(kind, 1, 1, 256);
        const pg_likelihood *likelihood = pg_likelihood_find(kind);
        int wrong = 0;
        pg_likelihood_show(&config, bytes, shown);
        for (int k = 0; k < 256; k++)
            wrong += pg_likelihood_byte(likelihood, shown[k]) != k;
        is_int(wrong, 0, "%s: bytes from what is shown", name_of(&config));
        is_close(shown[255], 1, 1e-6, "white is 1");
    }
}

int main(void)
{
    test_bytes();
    test_values(PG_LIKELIHOOD_BERNOULLI, 1, 1, 4);
    test_values(PG_LIKELIHOOD_BERNOULLI, 3, 1, 4);
    for (int channels = 1; channels <= 4; channels++) {
        test_values(PG_LIKELIHOOD_SOFTMAX, channels, 1, 2);
        test_values(PG_LIKELIHOOD_LOGISTIC, channels, 1 + 2 * channels, 1);
        test_values(PG_LIKELIHOOD_LOGISTIC, channels, 5, 3);
    }
    for (int kind = PG_LIKELIHOOD_BERNOULLI; kind <= PG_LIKELIHOOD_LOGISTIC; kind++) {
        test_scale(kind);
        test_extremes(kind);
        test_not_numbers(kind);
        test_cold(kind);
    }
    test_edges();
    test_sums(PG_LIKELIHOOD_SOFTMAX, 1, 1);
    test_sums(PG_LIKELIHOOD_SOFTMAX, 1, 4);
    test_sums(PG_LIKELIHOOD_LOGISTIC, 5, 1);
    test_sums(PG_LIKELIHOOD_LOGISTIC, 10, 2.5);
    for (int channels = 1; channels <= 3; channels++) {
        test_draws(PG_LIKELIHOOD_SOFTMAX, channels, 20000, peak_softmax);
        test_draws(PG_LIKELIHOOD_LOGISTIC, channels, 40000, peak_logistic);
    }
    for (int i = 0; i < 2; i++) {
        test_mean(PG_LIKELIHOOD_SOFTMAX, 0.3, i ? 0.5f : 1);
        test_mean(PG_LIKELIHOOD_LOGISTIC, 0.5, i ? 0.5f : 1);
    }
    return done_testing();
}
