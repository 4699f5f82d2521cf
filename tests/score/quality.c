/* The score without labels: the decoder's part computed anew, and cases whose answer is known. */
#include <config.h>

#include "../tap.h"
#include "../train/tiny.h"
#include "model/model.h"
#include "pixelgan/pixelgan.h"

enum { CATEGORIES = 4, COUNT = 60, SIZE = 8 * 7 };

static pg_error err;

static void draw_images(uint8_t *images, size_t count)
{
    uint32_t state = 5;
    for (size_t i = 0; i < count * SIZE; i++) {
        state = state * 1664525u + 1013904223u; /* Knuth's linear congruential generator */
        images[i] = (uint8_t)(i / SIZE % 3 * 80 + (state >> 26));
    }
}

static pg_quality measure(const pg_model *model, const uint8_t *images, size_t count, int threads)
{
    pg_engine *engine;
    pg_quality q;
    if (pg_engine_create(model, threads, 0, &engine, &err) ||
        pg_score_quality(engine, images, count, 1, &q, &err))
        bail_out(err.message);
    pg_engine_free(engine);
    return q;
}

/* Weights far from those of a fresh model, so that categories differ in everything. */
static pg_model *make_model(void)
{
    pg_config config = tiny_config("prior=categorical:4");
    pg_model *model = tiny_model(&config, 3);
    for (int i = 0; i < pg_model_tensor_count(model); i++) {
        pg_tensor_view t = pg_model_tensor(model, i);
        for (size_t n = 0; n < t.count; n++)
            t.data[n] *= 2;
    }
    return model;
}

/* Agreement and information from the likelihoods of all images under all categories. */
static void decoder_by_hand(const pg_model *model, const uint8_t *images, const pg_quality *q)
{
    static float nll[CATEGORIES][COUNT], codes[COUNT * CATEGORIES];
    int32_t category[COUNT];
    pg_engine *engine;
    if (pg_engine_create(model, 1, 0, &engine, &err)) bail_out(err.message);
    for (int z = 0; z < CATEGORIES; z++) {
        for (int i = 0; i < COUNT * CATEGORIES; i++)
            codes[i] = i % CATEGORIES == z;
        if (pg_engine_nll(engine, images, codes, 0, COUNT, nll[z], &err)) bail_out(err.message);
    }
    if (pg_engine_encode(engine, images, 0, COUNT, false, codes, &err)) bail_out(err.message);
    pg_score_assign(codes, COUNT, CATEGORIES, category);
    double agreeing = 0, information = 0;
    for (int n = 0; n < COUNT; n++) {
        double sum = 0;
        int best = 0;
        for (int z = 0; z < CATEGORIES; z++) {
            if (nll[z][n] < nll[best][n]) best = z;
            sum += exp(nll[0][n] - nll[z][n]);
        }
        agreeing += best == category[n];
        information += nll[0][n] - nll[category[n]][n] - log(sum / CATEGORIES);
    }
    is_close(q->agreement, agreeing / COUNT, 1e-12, "agreement of the decoder");
    is_close(q->information, information / COUNT, 1e-4, "what it gains");
    pg_engine_free(engine);
}

static void measured(const pg_model *model)
{
    static uint8_t images[700 * SIZE];
    draw_images(images, 700);
    pg_quality q = measure(model, images, COUNT, 1), again = measure(model, images, COUNT, 2);
    is_int((intmax_t)q.count, COUNT, "all images");
    is_int((intmax_t)q.decoded, COUNT, "go through the decoder too");
    ok(memcmp(&q, &again, sizeof q) == 0, "any number of threads gives the same");
    decoder_by_hand(model, images, &q);
    ok(q.stability_kappa <= q.stability && q.agreement_kappa <= q.agreement,
       "chance is no merit: %g %g, %g %g", q.stability_kappa, q.stability, q.agreement_kappa,
       q.agreement);
    is_close(q.score, fmax(0, q.stability_kappa) * fmax(0, q.agreement_kappa), 1e-12, "the score");
    is_close(q.kl, log(CATEGORIES) - log(q.share_in_use * CATEGORIES), 1e-9, "share and KL agree");
    q = measure(model, images, 700, 2);
    is_int((intmax_t)q.count, 700, "more images");
    is_int((intmax_t)q.decoded, 200, "of which not all are decoded");
    q = measure(model, images, 1, 1);
    ok(q.count == 1 && q.decoded == 1 && q.score == 0, "one image has one category");
}

/* The first category whatever comes, as a collapsed run has it. */
static void collapsed(pg_model *model)
{
    static uint8_t images[COUNT * SIZE];
    draw_images(images, COUNT);
    pg_tensor_view t;
    if (!pg_model_find(model, "encoder.out.norm.beta", &t)) bail_out("no such tensor");
    t.data[0] = 1000;
    pg_quality q = measure(model, images, COUNT, 1);
    is_close(q.stability, 1, 0, "collapsed: all views are of one category");
    is_close(q.stability_kappa, 0, 0, "which is no merit");
    is_close(q.score, 0, 0, "the score is 0");
    is_close(q.share_in_use, 0.25, 1e-6, "a category of four in use");
    is_close(q.kl, log(4), 1e-6, "KL log 4");
}

static void refused(const pg_model *model)
{
    pg_engine *engine;
    pg_quality q;
    static uint8_t image[SIZE];
    if (pg_engine_create(model, 1, 0, &engine, &err)) bail_out(err.message);
    is_int(pg_score_quality(engine, image, 0, 0, &q, &err), PG_ERR_ARGUMENT, "no image");
    pg_engine_free(engine);
    pg_config config = tiny_config("prior=gaussian:2 posterior=gaussian");
    pg_model *gaussian = tiny_model(&config, 1);
    if (pg_engine_create(gaussian, 1, 0, &engine, &err)) bail_out(err.message);
    is_int(pg_score_quality(engine, image, 1, 0, &q, &err), PG_ERR_ARGUMENT, "no categories");
    pg_engine_free(engine);
    pg_model_free(gaussian);
}

int main(void)
{
    pg_model *model = make_model();
    measured(model);
    refused(model);
    collapsed(model);
    pg_model_free(model);
    return done_testing();
}
