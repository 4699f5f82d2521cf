#include "sample/draw.h"

#include <string.h>

#include "base/random.h"
#include "model/likelihood.h"
#include "pixelgan/stream.h"

/* Offset of a pixel in a count x H x W array. */
static size_t pixel_index(const pg_packed *net, size_t image, int y, int x)
{
    return (image * net->height + (size_t)y) * net->width + (size_t)x;
}

static void keep_logits(const pg_packed *net, const pg_drawing *group, const float *outputs, int y,
                        int x)
{
    size_t count = (size_t)net->outputs;
    for (size_t i = 0; i < group->count; i++)
        memcpy(group->logits + pixel_index(net, i, y, x) * count, outputs + i * net->output_stride,
               count * sizeof(float));
}

/* Copies a known pixel of every image. */
static void copy_pixel(const pg_packed *net, pg_stacks *stacks, const pg_drawing *group, int y,
                       int x)
{
    size_t channels = (size_t)net->channels;
    for (size_t i = 0; i < group->count; i++) {
        size_t at = pixel_index(net, i, y, x) * channels;
        memcpy(group->images + at, group->given + at, channels);
        pg_stacks_put(stacks, i, y, x, group->given + at);
    }
}

static void draw_pixel(const pg_packed *net, pg_stacks *stacks, const pg_config *config,
                       gsl_rng *const *rng, const pg_drawing *group, const float *outputs, int y,
                       int x)
{
    const pg_likelihood *likelihood = pg_likelihood_find(config->likelihood);
    size_t channels = (size_t)net->channels;
    for (size_t i = 0; i < group->count; i++) {
        const float *own = outputs + i * net->output_stride;
        uint8_t *out = group->images + pixel_index(net, i, y, x) * channels;
        uint8_t drawn[PG_MAX_CHANNELS];
        likelihood->draw(config, own, group->temperature, rng[i], drawn);
        pg_stacks_put(stacks, i, y, x, drawn);
        if (group->mean)
            likelihood->mean(config, own, group->temperature, out);
        else
            memcpy(out, drawn, channels);
    }
}

void pg_draw(const pg_packed *net, pg_stacks *stacks, const pg_config *config, gsl_rng *const *rng,
             const pg_drawing *group)
{
    for (size_t i = 0; i < group->count; i++)
        pg_rng_start(rng[i], group->seed, PG_RANDOM_PIXELS, 0, group->first + i);
    pg_stacks_begin(stacks, group->count, group->biases, group->maps);
    for (int y = 0; y < net->height; y++) {
        bool known = group->given && y < group->given_rows;
        pg_stacks_row(stacks, y);
        for (int x = 0; x < net->width; x++) {
            /* The horizontal stack of a known row feeds nothing but its own outputs. */
            const float *outputs = NULL;
            if (!known || group->logits) outputs = pg_stacks_pixel(stacks, y, x);
            if (group->logits) keep_logits(net, group, outputs, y, x);
            if (known)
                copy_pixel(net, stacks, group, y, x);
            else
                draw_pixel(net, stacks, config, rng, group, outputs, y, x);
        }
    }
}

void pg_draw_independent(const pg_config *config, gsl_rng *rng, const pg_drawing *group)
{
    const pg_likelihood *likelihood = pg_likelihood_find(config->likelihood);
    int channels = config->channels, outputs = likelihood->outputs(config);
    size_t area = (size_t)config->height * config->width;
    size_t known = group->given ? (size_t)group->given_rows * config->width : 0;
    for (size_t i = 0; i < group->count; i++) {
        pg_rng_start(rng, group->seed, PG_RANDOM_PIXELS, 0, group->first + i);
        for (size_t k = 0; k < area; k++) {
            const float *own = group->logits + (i * area + k) * (size_t)outputs;
            size_t at = (i * area + k) * (size_t)channels;
            if (k < known)
                memcpy(group->images + at, group->given + at, (size_t)channels);
            else if (group->mean)
                likelihood->mean(config, own, group->temperature, group->images + at);
            else
                likelihood->draw(config, own, group->temperature, rng, group->images + at);
        }
    }
}
