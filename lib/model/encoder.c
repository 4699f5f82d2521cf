#include "model/encoder.h"

#include <limits.h>
#include <string.h>

static const pg_encoder_network *const networks[] = {
    [PG_ENCODER_PLAIN] = &pg_encoder_plain,
    [PG_ENCODER_RESIDUAL] = &pg_encoder_residual,
};

const pg_encoder_network *pg_encoder_find(pg_encoder_kind kind)
{
    return (size_t)kind < sizeof networks / sizeof *networks ? networks[kind] : NULL;
}

/* ---- Layers ---- */

static const char prefix[] = "encoder";

static pg_encoder_layer *add_layer(pg_encoder *encoder, int from)
{
    pg_encoder_layer *layer = &encoder->layer[encoder->count++];
    *layer = (pg_encoder_layer){.from = from, .add = PG_ENCODER_NOTHING, .relu = true};
    return layer;
}

/* Kernels are centred; sides are divided by the stride and rounded up. */
static pg_conv_shape conv_shape(const pg_encoder *encoder, int from, int taps, int stride, int out)
{
    const pg_conv_shape *x = from == PG_ENCODER_IMAGE ? NULL : &encoder->layer[from].conv;
    int height = x ? x->out_height : encoder->height, width = x ? x->out_width : encoder->width;
    return (pg_conv_shape){
        .images = 1,
        .height = height,
        .width = width,
        .in = x ? x->out : encoder->channels,
        .out = out,
        .rows = taps,
        .columns = taps,
        .stride = stride,
        .dilation = 1,
        .pad_top = taps / 2,
        .pad_left = taps / 2,
        .out_height = (height + stride - 1) / stride,
        .out_width = (width + stride - 1) / stride,
    };
}

int pg_encoder_add_conv(pg_encoder *encoder, pg_parameters *p, const char *name, int from, int taps,
                        int stride, int out)
{
    const pg_conv_shape shape = conv_shape(encoder, from, taps, stride, out);
    const int sizes[] = {shape.rows, shape.columns, shape.in, shape.out};
    pg_encoder_layer *layer = add_layer(encoder, from);
    layer->conv = shape;
    layer->size = (size_t)shape.out_height * shape.out_width * shape.out;
    layer->conv_weight = pg_layer_declare(p, PG_GROUP_AUTOENCODER, PG_INITIAL_FAN_IN, prefix, name,
                                          "weight", 4, sizes);
    if (layer->conv_weight < 0 || !pg_norm_layer_declare(&layer->norm, p, prefix, name, out))
        return -1;
    return encoder->count - 1;
}

static bool add_dense(pg_encoder *encoder, pg_parameters *p, const char *name, int out, bool norm,
                      bool relu)
{
    pg_encoder_layer *layer = add_layer(encoder, encoder->count - 1);
    pg_dense dense = {.in = (int)layer[-1].size, .out = out};
    layer->relu = relu;
    layer->size = (size_t)out;
    return pg_dense_layer_declare(&layer->dense, p, PG_GROUP_AUTOENCODER, prefix, name, dense,
                                  !relu) &&
           (!norm || pg_norm_layer_declare(&layer->norm, p, prefix, name, out));
}

/* The gradient by a layer's values has a part from each that reads them: on the way back the first
 * to come writes, the others add. */
static void find_joins(pg_encoder *encoder)
{
    bool written[PG_MAX_ENCODER_LAYERS] = {false};
    for (int i = encoder->count - 1; i >= 0; i--) {
        pg_encoder_layer *layer = &encoder->layer[i];
        if (layer->add != PG_ENCODER_NOTHING) {
            layer->add_joins = written[layer->add];
            written[layer->add] = true;
        }
        if (layer->from != PG_ENCODER_IMAGE) {
            layer->from_joins = written[layer->from];
            written[layer->from] = true;
        }
    }
}

pg_status pg_encoder_declare(pg_encoder *encoder, const pg_config *config, pg_parameters *p,
                             pg_error *err)
{
    memset(encoder, 0, sizeof *encoder);
    encoder->height = config->height;
    encoder->width = config->width;
    encoder->channels = config->channels;
    encoder->outputs = config->code_dim * (config->posterior == PG_POSTERIOR_GAUSSIAN ? 2 : 1);
    bool ok = pg_encoder_find(config->encoder)->declare(encoder, config, p);
    size_t left = encoder->count ? encoder->layer[encoder->count - 1].size : 0;
    if (left > INT_MAX)
        return pg_fail(err, PG_ERR_LIMIT,
                       "encoder: its convolutions leave %zu numbers of an image, too many; use a "
                       "larger encoder_depth",
                       left);
    if (ok && add_dense(encoder, p, "hidden", config->hidden, true, true) &&
        add_dense(encoder, p, "out", encoder->outputs, pg_config_code_is_discrete(config), false)) {
        find_joins(encoder);
        return PG_OK;
    }
    return pg_fail(err, PG_ERR_MEMORY, "encoder: out of memory for its parameters");
}

size_t pg_encoder_image(const pg_encoder *encoder)
{
    return (size_t)encoder->height * encoder->width * encoder->channels;
}
