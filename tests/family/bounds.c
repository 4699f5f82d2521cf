/* Bounds of -log p(x), and estimates of what codes tell, where the answer is known. */
#include <gsl/gsl_randist.h>

#include "base/random.h"
#include "model/model.h"
#include "pixelgan/pixelgan.h"
#include "tests/tap.h"

enum { SIDE = 6, COUNT = 40 };

static uint8_t images[COUNT * SIDE * SIDE];

static void make_images(void)
{
    gsl_rng *rng = pg_rng_create(1, PG_RANDOM_TEST, 0, 0);
    for (size_t k = 0; k < sizeof images; k++)
        images[k] = gsl_rng_uniform_int(rng, 256); /* grey: each is binarised by a draw */
    gsl_rng_free(rng);
}

/* A model whose decoder hears little of the code where deaf. */
static pg_model *make_model(const char *prior, pg_posterior_kind posterior, pg_pull_kind pull,
                            bool deaf)
{
    pg_config config;
    pg_error err;
    pg_model *model;
    pg_config_defaults(&config);
    config.height = config.width = SIDE;
    config.features = config.encoder_features = 4;
    config.blocks = 1;
    config.hidden = 8;
    config.posterior = posterior;
    config.pull = pull;
    config.condition = PG_CONDITION_INVARIANT;
    if (pg_config_parse_prior(&config, prior, &err) != PG_OK ||
        pg_model_create(&config, 3, &model, &err) != PG_OK)
        bail_out(err.message);
    pg_tensor_view code;
    if (!pg_model_find(model, "decoder.code.weight", &code)) bail_out("no code weights");
    for (size_t k = 0; k < code.count; k++)
        code.data[k] *= deaf ? 0 : 3;
    pg_tensor_view bias; /* a posterior that is not the prior */
    if (posterior == PG_POSTERIOR_GAUSSIAN && pg_model_find(model, "encoder.out.bias", &bias))
        for (size_t k = 0; k < bias.count; k++)
            bias.data[k] = k < bias.count / 2 ? 1 : -1;
    return model;
}

static pg_engine *make_engine(const pg_model *model, int threads)
{
    pg_engine *engine;
    pg_error err;
    if (pg_engine_create(model, threads, 5, &engine, &err) != PG_OK) bail_out(err.message);
    return engine;
}

static double mean(const float *values)
{
    double sum = 0;
    for (int n = 0; n < COUNT; n++)
        sum += values[n] / COUNT;
    return sum;
}

/* ---- The bound ---- */

static double mean_bound(const pg_model *model, int threads, int samples, float *conditional)
{
    pg_engine *engine = make_engine(model, threads);
    pg_error err;
    float nll[COUNT];
    if (pg_engine_bound(engine, images, 0, COUNT, samples, nll, conditional, &err) != PG_OK)
        bail_out(err.message);
    pg_engine_free(engine);
    return mean(nll);
}

/* Whatever the code, p(x|z) = p(x): what the bound has more is what importance
 * sampling misses, and vanishes with the samples. */
static void test_deaf_decoder(const char *prior)
{
    pg_model *model = make_model(prior, PG_POSTERIOR_GAUSSIAN, PG_PULL_KL, true);
    pg_engine *engine = make_engine(model, 1);
    float codes[COUNT * 2] = {0}, nll[COUNT], conditional[COUNT];
    pg_error err;
    if (pg_engine_nll(engine, images, codes, 0, COUNT, nll, &err) != PG_OK) bail_out(err.message);
    double exact = mean(nll), one = mean_bound(model, 1, 1, conditional);
    double many = mean_bound(model, 1, 8000, NULL);
    is_close(mean(conditional), exact, 1e-4, "%s: the conditional part is p(x) itself", prior);
    ok(one > exact + 0.5, "%s: a bound of one sample, %.4f, pays for the code, over %.4f", prior,
       one, exact);
    is_close(many, exact, 0.1, "%s: 8000 samples reach p(x)", prior);
    is_close(mean_bound(model, 2, 1, NULL), one, 1e-4, "%s: two threads find the same", prior);
    pg_engine_free(engine);
    pg_model_free(model);
}

static void test_more_samples(void)
{
    pg_model *model = make_model("flow:2", PG_POSTERIOR_GAUSSIAN, PG_PULL_KL, false);
    double one = 0, ten = mean_bound(model, 2, 10, NULL);
    one = mean_bound(model, 2, 1, NULL);
    ok(ten < one, "ten samples bound tighter, %.4f, than one, %.4f", ten, one);
    pg_model_free(model);
}

static void test_kinds(void)
{
    static const struct {
        const char *prior;
        pg_posterior_kind posterior;
        pg_nll_kind kind;
    } cases[] = {
        {"none", PG_POSTERIOR_NOISE, PG_NLL_EXACT},
        {"label:3", PG_POSTERIOR_NOISE, PG_NLL_LABEL},
        {"gaussian:2", PG_POSTERIOR_GAUSSIAN, PG_NLL_BOUND},
        {"mixture:4", PG_POSTERIOR_GAUSSIAN, PG_NLL_BOUND},
        {"gaussian:2", PG_POSTERIOR_NOISE, PG_NLL_CONDITIONAL},
        {"categorical:4", PG_POSTERIOR_NOISE, PG_NLL_CONDITIONAL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pg_config config;
        pg_error err;
        pg_config_defaults(&config);
        config.posterior = cases[i].posterior;
        if (pg_config_parse_prior(&config, cases[i].prior, &err) != PG_OK) bail_out(err.message);
        is_int(pg_config_nll_kind(&config), cases[i].kind,
               "kind of nll with prior %s, posterior %d", cases[i].prior, (int)cases[i].posterior);
    }
    pg_model *model = make_model("categorical:3", PG_POSTERIOR_NOISE, PG_PULL_GAN, false);
    pg_engine *engine = make_engine(model, 1);
    float nll[COUNT];
    ok(pg_engine_bound(engine, images, 0, COUNT, 1, nll, NULL, NULL) == PG_ERR_UNSUPPORTED,
       "no bound without densities");
    pg_engine_free(engine);
    pg_model_free(model);
}

/* ---- Contrast ---- */

static double contrast(const pg_model *model, const float *codes, pg_engine *engine)
{
    double information;
    pg_error err;
    (void)model;
    if (pg_engine_contrast(engine, images, codes, 0, COUNT, &information, &err) != PG_OK)
        bail_out(err.message);
    return information;
}

/* One-hot codes by the number of white pixels, and biases that make them matter. */
static void test_contrast(void)
{
    pg_model *deaf = make_model("categorical:2", PG_POSTERIOR_NOISE, PG_PULL_GAN, true);
    pg_model *model = make_model("categorical:2", PG_POSTERIOR_NOISE, PG_PULL_GAN, false);
    float codes[COUNT * 2] = {0}, before[COUNT], after[COUNT];
    pg_error err;
    for (int n = 0; n < COUNT; n++) {
        codes[2 * n + n % 2] = 1;
        memset(images + n * SIDE * SIDE, n % 2 ? 255 : 0, SIDE * SIDE);
    }
    pg_tensor_view code, out;
    if (!pg_model_find(model, "decoder.code.weight", &code) ||
        !pg_model_find(model, "decoder.out2.weight", &out))
        bail_out("no weights");
    int features = out.shape[2]; /* the last slot's biases feed the outputs */
    for (int f = 0; f < features; f++) {
        code.data[code.shape[1] - features + f] = 0;
        code.data[2 * code.shape[1] - features + f] = 10;
        out.data[f] = 1;
    }
    pg_engine *engine = make_engine(deaf, 1);
    is_close(contrast(deaf, codes, engine), 0, 1e-5, "a deaf decoder learns nothing");
    pg_engine_free(engine);
    engine = make_engine(model, 2);
    is_close(contrast(model, codes, engine), log(2), 1e-3, "two kinds of images, two codes: log 2");
    if (pg_engine_nll(engine, images, codes, 0, COUNT, after, &err) != PG_OK) bail_out(err.message);
    pg_engine_free(engine);
    engine = make_engine(model, 2);
    if (pg_engine_nll(engine, images, codes, 0, COUNT, before, &err) != PG_OK)
        bail_out(err.message);
    ok(memcmp(before, after, sizeof before) == 0, "and leaves no trace in what follows");
    pg_engine_free(engine);
    pg_model_free(deaf);
    pg_model_free(model);
}

/* ---- The aggregated posterior ---- */

static pg_aggregate aggregate(const float *posteriors, size_t count, int dim)
{
    pg_aggregate result;
    pg_error err;
    float *codes = calloc(count * dim, sizeof *codes);
    if (pg_score_draw(posteriors, count, dim, 7, codes, &err) != PG_OK ||
        pg_score_aggregate(posteriors, codes, count, dim, &result, &err) != PG_OK)
        bail_out(err.message);
    free(codes);
    return result;
}

/* Posteriors of variance v whose means are normal with variance s in each of dim dimensions. */
static float *make_posteriors(size_t count, int dim, double s, double v)
{
    gsl_rng *rng = pg_rng_create(6, PG_RANDOM_TEST, 0, 0);
    float *posteriors = calloc(count * 2 * dim, sizeof *posteriors);
    for (size_t n = 0; n < count; n++)
        for (int d = 0; d < dim; d++) {
            posteriors[n * 2 * dim + d] = gsl_ran_gaussian(rng, sqrt(s));
            posteriors[n * 2 * dim + dim + d] = log(v);
        }
    gsl_rng_free(rng);
    return posteriors;
}

static void test_aggregate(void)
{
    enum { MANY = 3000 };
    float *same = make_posteriors(MANY, 2, 0, 0.5), *apart = make_posteriors(700, 2, 1e6, 0.01);
    float *normal = make_posteriors(MANY, 2, 0.75, 0.25);
    pg_aggregate a = aggregate(same, MANY, 2);
    is_close(a.log_posterior - a.log_aggregate, 0, 1e-4, "equal posteriors tell nothing");
    a = aggregate(apart, 700, 2);
    is_close(a.log_posterior - a.log_aggregate, log(700), 1e-3, "separate ones tell which");
    a = aggregate(normal, MANY, 2);
    is_close(a.log_posterior - a.log_aggregate, log(4), 0.05, "normal ones: log of the ratio");
    is_close(a.log_aggregate, -1 - log(2 * M_PI), 0.06, "their sum is N(0, I)");
    free(same);
    free(apart);
    free(normal);
}

int main(void)
{
    make_images();
    test_deaf_decoder("gaussian:2");
    test_deaf_decoder("flow:2");
    test_more_samples();
    test_kinds();
    test_contrast();
    test_aggregate();
    return done_testing();
}
