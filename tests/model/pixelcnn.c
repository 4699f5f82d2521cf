/* The PixelCNN's passes against plain loops and differences; what each pixel can see. */
#include <config.h>

#include "../nn/numbers.h"
#include "../sample/network.h"
#include "differences.h"
#include "model/model.h"
#include "model/pixelcnn_run.h"

typedef struct setting {
    pg_model *model;
    const pg_pixelcnn *net;
    pg_pixelcnn_run *run;
    size_t targets, biases, maps, outputs; /* numbers of each, one image */
    double *target;                        /* that the plain network sees */
    float *seen;                           /* the same in single precision */
    float *bias, *map, *weight;
} setting;

typedef struct shape {
    int height, width, channels, features, blocks, field;
} shape;

static void set_up(setting *s, const shape *shape)
{
    pg_config config;
    pg_error err;
    pg_config_defaults(&config);
    if (pg_config_parse_prior(&config, "none", &err) != PG_OK) bail_out(err.message);
    config.height = shape->height;
    config.width = shape->width;
    config.channels = shape->channels;
    config.features = shape->features;
    config.blocks = shape->blocks;
    config.receptive_field = shape->field;
    memset(s, 0, sizeof *s);
    if (pg_model_create(&config, 1, &s->model, &err) != PG_OK) bail_out(err.message);
    randomise(&s->model->parameters, 3);
    s->net = &s->model->pixelcnn;
    size_t area = (size_t)shape->height * shape->width;
    s->targets = area * shape->channels;
    s->biases = (size_t)s->net->slots * shape->features;
    s->maps = area * shape->features;
    s->outputs = area * s->net->outputs;
    s->target = allocate(s->targets, sizeof *s->target);
    s->seen = allocate(s->targets, sizeof *s->seen);
    s->bias = make_numbers(s->biases, 5, 0.5);
    s->map = make_numbers(s->maps, 6, 0.5);
    s->weight = make_numbers(s->outputs, 7, 1);
    if (pg_pixelcnn_run_create(s->net, true, false, &s->run, &err) != PG_OK) bail_out(err.message);
}

static void tear_down(setting *s)
{
    float *const memory[] = {s->seen, s->bias, s->map, s->weight};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
    free(s->target);
    pg_pixelcnn_run_free(s->run);
    pg_model_free(s->model);
}

static void draw_target(setting *s, uint64_t seed)
{
    uint64_t state = seed;
    for (size_t i = 0; i < s->targets; i++) {
        double number = next_number(&state);
        s->seen[i] = (float)(i % 3 ? number > 0 : (1 + number) / 2); /* some pixels are grey */
        s->target[i] = s->seen[i];
    }
}

static double loss(void *with)
{
    const setting *s = with;
    double *outputs = allocate(s->outputs, sizeof *outputs), sum = 0;
    network_outputs(s->net, s->target, s->bias, s->map, outputs);
    for (size_t i = 0; i < s->outputs; i++)
        sum += s->weight[i] * outputs[i];
    free(outputs);
    return sum;
}

/* ---- Forward and backward ---- */

static void test_forward(setting *s, const float *map, const char *what)
{
    double *expected = allocate(s->outputs, sizeof *expected);
    const float *outputs = pg_pixelcnn_forward(s->run, s->seen, s->bias, map);
    network_outputs(s->net, s->target, s->bias, map, expected);
    is_close(relative_error(outputs, expected, s->outputs), 0, 1e-5, "%s: forward, %s map", what,
             map ? "with" : "without");
    free(expected);
}

/* One image's backward pass: gradients of the biases and the map, sums inside for the weights. */
static void backward(setting *s, float *dbias, float *dmap)
{
    pg_pixelcnn_forward(s->run, s->seen, s->bias, s->map);
    memcpy(pg_pixelcnn_output_gradient(s->run), s->weight, s->outputs * sizeof *s->weight);
    pg_pixelcnn_backward(s->run, dbias, dmap);
}

static void test_backward(setting *s, const char *what)
{
    const pg_parameters *p = &s->model->parameters;
    float *gradient = allocate(p->size, sizeof *gradient), *two = allocate(p->size, sizeof *two);
    float *dbias = make_rubbish(s->biases), *dmap = make_rubbish(s->maps);
    backward(s, dbias, dmap);
    pg_pixelcnn_take_gradient(s->run, p->data, gradient);
    is_close(gradient_error(loss, s, s->bias, dbias, s->biases, 0), 0, 1e-4,
             "%s: gradient by the biases", what);
    is_close(gradient_error(loss, s, s->map, dmap, s->maps, 0), 0, 1e-4, "%s: gradient by the map",
             what);
    check_gradients(loss, s, p, "decoder.first.", gradient, 1e-4, what);
    check_gradients(loss, s, p, "decoder.block", gradient, 1e-4, what);
    check_gradients(loss, s, p, "decoder.out", gradient, 1e-4, what);
    for (int i = 0; i < 2; i++)
        backward(s, dbias, dmap);
    pg_pixelcnn_take_gradient(s->run, p->data, two);
    for (size_t i = 0; i < p->size; i++)
        gradient[i] *= 2;
    is_close(relative_difference(two, gradient, p->size), 0, 1e-6,
             "%s: two images, twice the gradient of the weights", what);
    backward(s, dbias, NULL);
    is_close(gradient_error(loss, s, s->bias, dbias, s->biases, 0), 0, 1e-4,
             "%s: no map asked for, same biases", what);
    float *const memory[] = {gradient, two, dbias, dmap};
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        free(memory[i]);
}

static void test_passes(void)
{
    static const struct {
        shape shape;
        const char *what;
    } cases[] = {
        {{8, 9, 1, 4, 2, 0}, "two blocks"},       {{7, 6, 3, 5, 1, 0}, "one block, colour"},
        {{8, 7, 1, 16, 3, 9}, "field 9"}, {{6, 6, 1, 8, 2, 3}, "field 3"},
        {{6, 7, 2, 3, 2, 5}, "field 5"},          {{9, 9, 1, 9, 2, 17}, "field 17, dilated"},
        {{1, 1, 1, 4, 2, 0}, "one pixel"},        {{1, 8, 1, 4, 2, 0}, "one row"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        setting s;
        set_up(&s, &cases[i].shape);
        draw_target(&s, 11);
        test_forward(&s, NULL, cases[i].what);
        test_forward(&s, s.map, cases[i].what);
        test_backward(&s, cases[i].what);
        tear_down(&s);
    }
}

/* New weights count once they are loaded. */
static void test_load(void)
{
    setting s;
    set_up(&s, &(shape){6, 6, 1, 8, 2, 0});
    draw_target(&s, 12);
    randomise(&s.model->parameters, 99);
    pg_pixelcnn_load(s.run);
    test_forward(&s, s.map, "other weights");
    tear_down(&s);
}

/* ---- What a pixel sees ---- */

/* No output at or before a pixel that changes changes, not in one bit; the next one does. */
static void test_causality(const shape *shape, const char *what)
{
    setting s;
    set_up(&s, shape);
    draw_target(&s, 13);
    size_t each = (size_t)s.net->outputs, area = (size_t)shape->height * shape->width;
    float *before = allocate(s.outputs, sizeof *before);
    memcpy(before, pg_pixelcnn_forward(s.run, s.seen, s.bias, s.map), s.outputs * sizeof *before);
    size_t leaks = 0, unseen = 0;
    for (size_t i = 0; i < s.targets; i++) {
        size_t position = i / shape->channels;
        float value = s.seen[i];
        s.seen[i] = value > 0.5f ? 0 : 1;
        const float *after = pg_pixelcnn_forward(s.run, s.seen, s.bias, s.map);
        if (memcmp(before, after, (position + 1) * each * sizeof *after) != 0) leaks++;
        const float *next = after + (position + 1) * each;
        if (position + 1 < area && (position + 1) % shape->width != 0 &&
            memcmp(before + (position + 1) * each, next, each * sizeof *next) == 0)
            unseen++;
        s.seen[i] = value;
    }
    is_int((intmax_t)leaks, 0, "%s: no output sees its own pixel or a later one", what);
    is_int((intmax_t)unseen, 0, "%s: every output sees the pixel before", what);
    free(before);
    tear_down(&s);
}

/* With positive weights, no biases and a black image, an output is positive where, and only
 * where, it sees the one white pixel. */
static void make_linear(setting *s)
{
    const pg_parameters *p = &s->model->parameters;
    for (int i = 0; i < p->count; i++) {
        const pg_tensor *t = &p->tensors[i];
        for (size_t k = 0; k < t->count; k++)
            pg_parameter(p, i)[k] = t->rank == 4 ? 0.125f : 0;
    }
    pg_pixelcnn_load(s->run);
    memset(s->bias, 0, s->biases * sizeof *s->bias);
}

/* Counts pixels seen although they lie outside of the field, and those within that are not. */
static void count_seen(const setting *s, const float *outputs, int row, int column, int radius,
                       int *outside, int *holes)
{
    *outside = *holes = 0;
    for (int y = 0; y < s->net->height; y++)
        for (int x = 0; x < s->net->width; x++) {
            int up = y - row, left = x - column;
            bool field = abs(left) <= radius &&
                         ((up > 0 && up <= radius) || (up == 0 && left > 0 && left <= radius));
            bool seen = outputs[(size_t)y * s->net->width + x] != 0;
            *outside += seen && !field;
            *holes += field && !seen;
        }
}

static void test_field(int field, int blocks, int expected, int expected_holes)
{
    int radius = expected / 2, row = 1, column = radius + 1, outside, holes;
    setting s;
    set_up(&s, &(shape){radius + 4, 2 * radius + 3, 1, 2, blocks, field});
    make_linear(&s);
    s.seen[row * s.net->width + column] = 1;
    const float *outputs = pg_pixelcnn_forward(s.run, s.seen, s.bias, NULL);
    const float *last = outputs + (size_t)(row + radius) * s.net->width;
    ok(last[0] == 0 && last[1] > 0 && last[2 * radius + 1] > 0 && last[2 * radius + 2] == 0,
       "field %d of %d blocks: reaches its corners and ends there", field, blocks);
    count_seen(&s, outputs, row, column, radius, &outside, &holes);
    is_int(outside, 0, "field %d of %d blocks: nothing is seen outside %dx%d", field, blocks,
           expected, expected);
    is_int(holes, expected_holes, "field %d of %d blocks: all inside is seen", field, blocks);
    tear_down(&s);
}

static void test_fields(void)
{
    for (int blocks = 1; blocks <= 4; blocks++)
        test_field(0, blocks, 7 + 2 * blocks, 0);
    test_field(3, 3, 3, 0);
    test_field(5, 3, 5, 0);
    test_field(7, 1, 7, 0);
    test_field(9, 3, 9, 0);
    test_field(13, 3, 13, 0);
    test_field(13, 1, 13, 0);
    test_field(21, 3, 21, 0);
    test_field(57, 4, 57, 0);
    test_field(57, 30, 57, 0);
}

int main(void)
{
    test_passes();
    test_load();
    test_causality(&(shape){7, 8, 1, 8, 3, 0}, "causality");
    test_causality(&(shape){6, 6, 3, 4, 2, 5}, "causality, colour, field 5");
    test_causality(&(shape){9, 9, 1, 4, 2, 17}, "causality, dilated");
    test_fields();
    return done_testing();
}
