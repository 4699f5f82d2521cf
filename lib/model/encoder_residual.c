/* Residual blocks (He, Zhang, Ren & Sun 2016, "Deep residual learning for image recognition",
 * sec. 3.3 and fig. 3): after a first convolution one stage for each further halving, of
 * encoder_blocks blocks
 *
 *   y = relu(norm(conv2(relu(norm(conv1(x))))) + shortcut(x))
 *
 * of 3x3 convolutions. The first block of a stage halves the sides in conv1, and its shortcut is a
 * 1x1 convolution of stride 2 with normalisation (their option B); elsewhere it is x itself.
 */
#include <stdio.h>

#include "model/encoder.h"

/* Reads layer x; returns the block's last layer, -1 where memory is short. */
static int add_block(pg_encoder *encoder, pg_parameters *p, int stage, int block, int x, int maps)
{
    int stride = block == 1 ? 2 : 1, shortcut = x;
    char name[3][64];
    static const char *const parts[] = {"shortcut", "conv1", "conv2"};
    for (int i = 0; i < 3; i++)
        snprintf(name[i], sizeof name[i], "stage%d.block%d.%s", stage, block, parts[i]);
    if (block == 1) {
        shortcut = pg_encoder_add_conv(encoder, p, name[0], x, 1, stride, maps);
        if (shortcut < 0) return -1;
        encoder->layer[shortcut].relu = false;
    }
    int inner = pg_encoder_add_conv(encoder, p, name[1], x, 3, stride, maps);
    int last = inner < 0 ? -1 : pg_encoder_add_conv(encoder, p, name[2], inner, 3, 1, maps);
    if (last >= 0) encoder->layer[last].add = shortcut;
    return last;
}

static bool declare(pg_encoder *encoder, const pg_config *config, pg_parameters *p)
{
    int maps = config->encoder_features;
    int at = pg_encoder_add_conv(encoder, p, "conv1", PG_ENCODER_IMAGE, 5, 2, maps);
    for (int stage = 2; at >= 0 && stage <= config->encoder_depth; stage++)
        for (int block = 1; at >= 0 && block <= config->encoder_blocks; block++)
            at = add_block(encoder, p, stage, block, at, 2 * maps);
    return at >= 0;
}

const pg_encoder_network pg_encoder_residual = {.declare = declare};
