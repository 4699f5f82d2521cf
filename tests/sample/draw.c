/* The incremental pass against a forward pass in plain loops, and what is drawn from it. */
#include <config.h>

#include "../tap.h"
#include "base/random.h"
#include "network.h"
#include "sample/draw.h"

enum { MAX_GROUP = 64 };

/* A group with everything it needs, for one network. */
typedef struct setting {
    const pg_pixelcnn *net;
    pg_packed *packed;
    pg_stacks *stacks;
    gsl_rng *rng[MAX_GROUP];
    float *biases, *maps;
    pg_drawing group;
    size_t values, outputs; /* of one image */
} setting;

static void set_up(setting *s, const pg_pixelcnn *net, size_t count)
{
    memset(s, 0, sizeof *s);
    s->net = net;
    size_t area = (size_t)net->height * net->width;
    s->values = area * net->channels;
    s->outputs = area * net->outputs;
    pg_error err;
    if (pg_packed_create(net, &s->packed, &err) != PG_OK ||
        pg_stacks_create(s->packed, count, &s->stacks, &err) != PG_OK)
        bail_out(err.message);
    for (size_t i = 0; i < count; i++)
        s->rng[i] = pg_rng_create(1, PG_RANDOM_TEST, 0, i);
    s->biases = random_floats(count * net->slots * net->features, 5, 0.5);
    if (net->has_map) s->maps = random_floats(count * area * net->features, 6, 0.5);
    s->group = (pg_drawing){.count = count,
                            .biases = s->biases,
                            .maps = s->maps,
                            .temperature = 1,
                            .seed = 42,
                            .images = calloc(count, s->values),
                            .logits = calloc(count * s->outputs, sizeof(float))};
}

static void tear_down(setting *s)
{
    pg_stacks_free(s->stacks);
    pg_packed_free(s->packed);
    for (size_t i = 0; i < s->group.count; i++)
        gsl_rng_free(s->rng[i]);
    free(s->biases);
    free(s->maps);
    free(s->group.images);
    free(s->group.logits);
}

static void draw(setting *s, const pg_drawing *group)
{
    pg_config config = {.channels = s->net->channels, .likelihood = PG_LIKELIHOOD_BERNOULLI};
    pg_draw(s->packed, s->stacks, &config, s->rng, group);
}

/* The largest difference of the group's logits to a forward pass on its images, as a fraction of
 * the largest logit. */
static double logits_error(const setting *s, const uint8_t *images)
{
    double *expected = calloc(s->outputs, sizeof *expected), worst = 0, largest = 1;
    size_t slots = (size_t)s->net->slots * s->net->features;
    size_t map = (size_t)s->net->height * s->net->width * s->net->features;
    for (size_t i = 0; i < s->group.count; i++) {
        network_forward(s->net, images + i * s->values, s->biases + i * slots,
                        s->maps ? s->maps + i * map : NULL, expected);
        for (size_t k = 0; k < s->outputs; k++) {
            double difference = fabs(expected[k] - s->group.logits[i * s->outputs + k]);
            if (!(difference <= worst)) worst = difference;
            if (fabs(expected[k]) > largest) largest = fabs(expected[k]);
        }
    }
    free(expected);
    return worst / largest;
}

static void test_shape(const network_shape *shape, size_t count, const char *what)
{
    pg_pixelcnn net;
    network_create(shape, 9, 1, &net);
    setting s;
    set_up(&s, &net, count);
    draw(&s, &s.group);
    is_close(logits_error(&s, s.group.images), 0, 1e-5, "%s: logits of the images drawn", what);
    size_t white = 0, values = count * s.values;
    for (size_t i = 0; i < values; i++)
        white += s.group.images[i] == 255;
    ok(values < 20 || (white > 0 && white < values), "%s: both values occur", what);
    tear_down(&s);
    network_free(&net);
}

static void test_shapes(void)
{
    static const struct {
        network_shape shape;
        size_t count;
        const char *what;
    } cases[] = {
        {{1, 1, 1, 4, 1, 1, 1, 1, 1, false}, 3, "one pixel"},
        {{1, 9, 1, 4, 2, 2, 1, 1, 2, false}, 2, "one row"},
        {{9, 1, 1, 4, 2, 2, 1, 1, 2, true}, 2, "one column"},
        {{8, 8, 1, 16, 3, 3, 1, 1, 3, false}, 13, "plain"},
        {{8, 7, 1, 16, 3, 3, 1, 1, 3, true}, 25, "location-dependent"},
        {{9, 8, 1, 5, 4, 2, 1, 2, 4, true}, 4, "dilated, few features"},
        {{12, 12, 1, 20, 4, 1, 1, 4, 4, true}, 5, "dilated by four"},
        {{6, 6, 1, 8, 4, 2, 1, 1, 1, true}, 7, "blocks of a single tap"},
        {{6, 6, 1, 8, 2, 2, 1, 1, 0, false}, 4, "single taps only"},
        {{5, 6, 1, 33, 0, 3, 1, 1, 0, true}, 6, "no blocks"},
        {{5, 5, 1, 3, 1, 0, 1, 1, 1, true}, 6, "no pixel seen by the first layer"},
        {{7, 5, 3, 18, 2, 2, 3, 1, 2, true}, 3, "three channels"},
        {{4, 5, 2, 6, 2, 9, 2, 3, 2, false}, 5, "a field larger than the image"},
        {{6, 6, 1, 32, 2, 3, 1, 1, 2, true}, 64, "a full group"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        test_shape(&cases[i].shape, cases[i].count, cases[i].what);
}

static const network_shape common_shape = {8, 9, 1, 12, 2, 2, 1, 2, 2, true};

/* Row by row: what a group of other size, in other order, makes of the same images. */
static void test_independence(void)
{
    pg_pixelcnn net;
    network_create(&common_shape, 3, 1, &net);
    setting s;
    set_up(&s, &net, 29);
    draw(&s, &s.group);
    uint8_t *images = calloc(29, s.values);
    float *logits = calloc(29 * s.outputs, sizeof *logits);
    size_t map = (size_t)net.height * net.width * net.features;
    for (size_t first = 0, count = 1; first < 29; first += count, count++) {
        if (count > 29 - first) count = 29 - first;
        pg_drawing part = s.group;
        part.count = count;
        part.first = first;
        part.biases += first * net.slots * net.features;
        part.maps += first * map;
        part.images = images + first * s.values;
        part.logits = logits + first * s.outputs;
        draw(&s, &part);
    }
    ok(memcmp(images, s.group.images, 29 * s.values) == 0, "a batch may be split: same images");
    ok(memcmp(logits, s.group.logits, 29 * s.outputs * sizeof *logits) == 0,
       "and the same logits, bit by bit");
    ok(memcmp(images, images + s.values, s.values) != 0, "images of a batch differ");
    s.group.seed = 43;
    draw(&s, &s.group);
    ok(memcmp(images, s.group.images, s.values) != 0, "another seed, other images");
    free(images);
    free(logits);
    tear_down(&s);
    network_free(&net);
}

static void test_given_rows(void)
{
    enum { COUNT = 4, GIVEN = 3 };
    pg_pixelcnn net;
    network_create(&common_shape, 3, 1, &net);
    setting s;
    set_up(&s, &net, COUNT);
    uint8_t *given = calloc(COUNT, s.values);
    for (size_t i = 0; i < COUNT * s.values; i++)
        given[i] = (uint8_t)(i * 37 % 256);
    s.group.given = given;
    s.group.given_rows = GIVEN;
    draw(&s, &s.group);
    is_close(logits_error(&s, s.group.images), 0, 1e-5, "given rows: logits");
    size_t row = (size_t)net.width * net.channels;
    bool kept = true, drawn = false;
    for (size_t i = 0; i < COUNT; i++) {
        const uint8_t *image = s.group.images + i * s.values;
        kept = kept && memcmp(image, given + i * s.values, GIVEN * row) == 0;
        for (size_t k = GIVEN * row; k < s.values; k++)
            drawn = drawn || image[k] == 255;
    }
    ok(kept, "given rows are kept");
    ok(drawn, "and the others drawn");

    uint8_t *first = calloc(COUNT, s.values);
    memcpy(first, s.group.images, COUNT * s.values);
    pg_drawing group = s.group;
    group.logits = NULL;
    draw(&s, &group);
    ok(memcmp(first, s.group.images, COUNT * s.values) == 0, "the same without asking for logits");
    group.given_rows = net.height;
    draw(&s, &group);
    ok(memcmp(given, s.group.images, COUNT * s.values) == 0, "all rows given: nothing is drawn");
    group.given_rows = 0;
    draw(&s, &group);
    ok(memcmp(given, s.group.images, row) != 0, "no row given: all are drawn");
    free(first);
    free(given);
    tear_down(&s);
    network_free(&net);
}

/* With all weights zero every pixel is white with the probability that the last bias says. */
static void test_statistics(void)
{
    static const network_shape shape = {16, 16, 1, 4, 1, 1, 1, 1, 1, false};
    enum { COUNT = 40 };
    pg_pixelcnn net;
    network_create(&shape, 1, 0, &net);
    setting s;
    const double logits[] = {-1.5, 0, 0.8}, temperatures[] = {1, 0.5, 2};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            net.out2.bias[0] = (float)logits[i];
            set_up(&s, &net, COUNT);
            s.group.temperature = (float)temperatures[j];
            draw(&s, &s.group);
            double white = 0, n = (double)COUNT * s.values;
            for (size_t k = 0; k < COUNT * s.values; k++)
                white += s.group.images[k] == 255;
            double p = 1 / (1 + exp(-logits[i] / temperatures[j]));
            is_close(white / n, p, 4 * sqrt(p * (1 - p) / n),
                     "white pixels at logit %g, temperature %g", logits[i], temperatures[j]);
            s.group.mean = true;
            draw(&s, &s.group);
            is_int(s.group.images[0], lrint(255 * p), "their expectation");
            tear_down(&s);
        }
    network_free(&net);
}

/* Expectations are those of the images that are drawn without them. */
static void test_mean(void)
{
    pg_pixelcnn net;
    network_create(&common_shape, 3, 1, &net);
    setting s;
    set_up(&s, &net, 3);
    draw(&s, &s.group);
    float *logits = calloc(3 * s.outputs, sizeof *logits);
    memcpy(logits, s.group.logits, 3 * s.outputs * sizeof *logits);
    s.group.mean = true;
    draw(&s, &s.group);
    ok(memcmp(logits, s.group.logits, 3 * s.outputs * sizeof *logits) == 0,
       "what is fed back stays the draw");
    bool equal = true;
    for (size_t i = 0; i < 3 * s.values; i++)
        equal = equal && abs(s.group.images[i] - (int)lrint(255 / (1 + exp(-logits[i])))) <= 1;
    ok(equal, "the mean is that of the logits");
    free(logits);
    tear_down(&s);
    network_free(&net);
}

static void test_limits(void)
{
    network_shape shape = {4, 4, 1, 2, 0, 65, 1, 1, 0, false};
    pg_pixelcnn net;
    network_create(&shape, 1, 1, &net);
    pg_packed *packed;
    pg_error err;
    is_int(pg_packed_create(&net, &packed, &err), PG_ERR_LIMIT, "too many taps");
    is_string(err.message, "sampler: a kernel has more than 64 taps", "say so");
    network_free(&net);
    shape.radius = 1;
    network_create(&shape, 1, 1, &net);
    if (pg_packed_create(&net, &packed, &err) != PG_OK) bail_out(err.message);
    pg_stacks *stacks;
    is_int(pg_stacks_create(packed, SIZE_MAX / 8, &stacks, &err), PG_ERR_LIMIT,
           "caches for too many images");
    pg_packed_free(packed);
    network_free(&net);
}

int main(void)
{
    test_shapes();
    test_independence();
    test_given_rows();
    test_statistics();
    test_mean();
    test_limits();
    return done_testing();
}
