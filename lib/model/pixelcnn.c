#include "model/pixelcnn.h"

#include <stdio.h>
#include <string.h>

#include "model/likelihood.h"

enum { FIRST_RADIUS = 3 }; /* of a 7 x 7 first layer, where the field allows it */

/* ---- Geometry ---- */

/* Radius of what a pixel sees, or of the whole image where that is asked for. */
static int field_radius(const pg_config *config)
{
    int side = config->height > config->width ? config->height : config->width;
    if (config->receptive_field != PG_FIELD_FULL) return config->receptive_field / 2;
    return side > 1 ? side - 1 : 1;
}

/* Radius a pixel sees beyond the first layer's; -1: whatever the blocks give. */
static int radius_left(const pg_config *config)
{
    if (!config->receptive_field) return -1;
    int radius = field_radius(config);
    return radius > FIRST_RADIUS ? radius - FIRST_RADIUS : 0;
}

static int first_radius(const pg_config *config)
{
    int radius = field_radius(config);
    return config->receptive_field && radius < FIRST_RADIUS ? radius : FIRST_RADIUS;
}

/* Dilation of block l, 0 for a single tap. A field wider than the blocks give
 * at dilation 1 is shared out evenly, the wider ones last; but no tap is set
 * farther off than the layers below reach, for that would leave holes, unless
 * the last block has to. A narrower field leaves the last blocks with a
 * single tap. */
static int block_dilation(const pg_config *config, int l)
{
    int left = radius_left(config), reach = first_radius(config);
    if (left < 0) return 1;
    if (left <= config->blocks) return l < left;
    for (int i = 0;; i++) {
        int blocks = config->blocks - i, dilation = left / blocks;
        if (blocks > 1 && dilation > reach) dilation = reach;
        if (i == l) return dilation;
        left -= dilation;
        reach += dilation;
    }
}

/* ---- Parameters ---- */

/* Declares (while the parameters have no memory yet) or finds the tensors of a kernel. */
static bool place(pg_parameters *p, const char *name, pg_kernel *kernel, bool bias)
{
    const int shape[] = {kernel->rows, kernel->columns, kernel->in, kernel->out};
    char full[64];
    int weight, own_bias = 0;
    snprintf(full, sizeof full, "decoder.%s.weight", name);
    bool declare = !p->data;
    weight = declare ? pg_parameters_add(p, PG_GROUP_AUTOENCODER, PG_INITIAL_FAN_IN, full, 4, shape)
                     : pg_parameters_find(p, full);
    if (bias) {
        snprintf(full, sizeof full, "decoder.%s.bias", name);
        own_bias = declare ? pg_parameters_add(p, PG_GROUP_AUTOENCODER, PG_INITIAL_ZERO, full, 1,
                                               &kernel->out)
                           : pg_parameters_find(p, full);
    }
    if (weight < 0 || own_bias < 0) return false;
    if (declare) return true;
    kernel->weight = pg_parameter(p, weight);
    kernel->bias = bias ? pg_parameter(p, own_bias) : NULL;
    return true;
}

static pg_kernel make_kernel(int rows, int columns, int dilation, int in, int out)
{
    return (pg_kernel){.rows = rows,
                       .columns = columns,
                       .dilation = dilation ? dilation : 1,
                       .in = in,
                       .out = out};
}

static bool place_block(pg_pixelcnn *net, pg_parameters *p, int l, int dilation)
{
    pg_pixelcnn_block *block = &net->block[l];
    int c = net->features, tap = dilation == 0;
    struct {
        const char *name;
        pg_kernel *kernel;
        pg_kernel shape;
        bool bias;
    } const parts[] = {
        {"v", &block->v, make_kernel(tap ? 1 : 2, tap ? 1 : 3, dilation, c, c), false},
        {"h", &block->h, make_kernel(1, tap ? 1 : 2, dilation, c, c), false},
        {"vh", &block->vh, make_kernel(1, 1, 1, c, c), false},
        {"out_h", &block->out_h, make_kernel(1, 1, 1, c, c), true},
        {"out_v", &block->out_v, make_kernel(1, 1, 1, c, c), true},
    };
    int count = l + 1 < net->blocks ? 5 : 4; /* the last block has no out_v */
    for (int i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "block%d.%s", l + 1, parts[i].name);
        *parts[i].kernel = parts[i].shape;
        if (!place(p, name, parts[i].kernel, parts[i].bias)) return false;
    }
    return true;
}

bool pg_pixelcnn_place(pg_pixelcnn *net, const pg_config *config, pg_parameters *p)
{
    int r = first_radius(config), c = config->features, in = config->channels;
    const pg_likelihood *likelihood = pg_likelihood_find(config->likelihood);
    *net = (pg_pixelcnn){
        .height = config->height,
        .width = config->width,
        .channels = in,
        .features = c,
        .blocks = config->blocks,
        .outputs = likelihood->outputs(config),
        .radius = r,
        .slots = 2 * config->blocks + 3,
        .has_map = config->condition == PG_CONDITION_DEPENDENT && config->code_dim > 0,
        .byte_zero = likelihood->byte_zero,
        .byte_step = likelihood->byte_step,
        .first_v = make_kernel(r, 2 * r + 1, 1, in, c),
        .first_h = make_kernel(1, r, 1, in, c),
        .first_vh = make_kernel(1, 1, 1, c, c),
        .out1 = make_kernel(1, 1, 1, c, c),
    };
    net->out2 = make_kernel(1, 1, 1, c, net->outputs);
    bool ok = place(p, "first.v", &net->first_v, false) &&
              place(p, "first.h", &net->first_h, false) &&
              place(p, "first.vh", &net->first_vh, false);
    for (int l = 0; ok && l < net->blocks; l++)
        ok = place_block(net, p, l, block_dilation(config, l));
    return ok && place(p, "out1", &net->out1, false) && place(p, "out2", &net->out2, true);
}
