#include "plain.h"

#include "../nn/numbers.h"

double *widened(const float *from, size_t count)
{
    double *to = allocate(count, sizeof *to);
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
    return to;
}

static void rectify(size_t count, double *x)
{
    for (size_t i = 0; i < count; i++)
        x[i] = fmax(x[i], 0);
}

void plain_dense(size_t rows, int n, int k, const double *x, const float *w, const float *bias,
                 double *y)
{
    for (size_t r = 0; r < rows; r++)
        for (int o = 0; o < n; o++) {
            double sum = bias ? bias[o] : 0;
            for (int i = 0; i < k; i++)
                sum += x[r * k + i] * w[(size_t)i * n + o];
            y[r * n + o] = sum;
        }
}

static void plain_dense_layer(const pg_dense_layer *layer, const pg_parameters *p, size_t rows,
                              const double *x, double *y)
{
    const pg_dense *dense = &layer->dense;
    plain_dense(rows, dense->out, dense->in, x, pg_parameter(p, layer->weight),
                layer->bias < 0 ? NULL : pg_parameter(p, layer->bias), y);
    if (dense->relu) rectify(rows * dense->out, y);
}

/* Both directions of a convolution over one image: every product w * fine <-> coarse. The sum
 * goes to coarse in the forward direction, else to fine. */
static void convolve(const pg_conv_shape *s, const float *w, bool forward, double *fine,
                     double *coarse)
{
    for (int v = 0; v < s->out_height; v++)
        for (int u = 0; u < s->out_width; u++, coarse += s->out)
            for (int r = 0; r < s->rows; r++)
                for (int c = 0; c < s->columns; c++) {
                    int row = v * s->stride - s->pad_top + r * s->dilation;
                    int column = u * s->stride - s->pad_left + c * s->dilation;
                    if (row < 0 || row >= s->height || column < 0 || column >= s->width) continue;
                    double *at = fine + ((size_t)row * s->width + column) * s->in;
                    const float *tap = w + (size_t)(r * s->columns + c) * s->in * s->out;
                    for (int i = 0; i < s->in; i++)
                        for (int o = 0; o < s->out; o++)
                            if (forward)
                                coarse[o] += at[i] * tap[(size_t)i * s->out + o];
                            else
                                at[i] += coarse[o] * tap[(size_t)i * s->out + o];
                }
}

/* ---- Encoder ---- */

static void normalise(const pg_norm_layer *layer, const pg_parameters *p, size_t rows,
                      bool training, double *x)
{
    int channels = layer->channels;
    for (int c = 0; c < channels; c++) {
        double mean = pg_parameter(p, layer->mean)[c], variance = 0;
        if (training) {
            mean = 0;
            for (size_t r = 0; r < rows; r++)
                mean += x[r * channels + c] / (double)rows;
            for (size_t r = 0; r < rows; r++)
                variance += pow(x[r * channels + c] - mean, 2) / (double)rows;
        } else {
            variance = pg_parameter(p, layer->variance)[c];
        }
        double scale = pg_parameter(p, layer->gamma)[c] / sqrt(variance + 1e-5);
        for (size_t r = 0; r < rows; r++) {
            double *value = &x[r * channels + c];
            *value = (*value - mean) * scale + pg_parameter(p, layer->beta)[c];
        }
    }
}

/* A layer's values before normalisation. */
static double *encoder_layer(const pg_encoder_layer *layer, const pg_parameters *p, size_t rows,
                             double *x)
{
    const pg_conv_shape *conv = &layer->conv;
    double *y = allocate(rows * layer->size, sizeof *y);
    if (conv->rows) {
        size_t in = (size_t)conv->height * conv->width * conv->in;
        for (size_t r = 0; r < rows; r++)
            convolve(conv, pg_parameter(p, layer->conv_weight), true, x + r * in,
                     y + r * layer->size);
    } else {
        plain_dense_layer(&layer->dense, p, rows, x, y);
    }
    return y;
}

void plain_encoder(const pg_encoder *net, const pg_parameters *p, size_t rows, bool training,
                   const float *images, double *outputs)
{
    double *image = widened(images, rows * pg_encoder_image(net)), *values[PG_MAX_ENCODER_LAYERS];
    for (int i = 0; i < net->count; i++) {
        const pg_encoder_layer *layer = &net->layer[i];
        double *x = layer->from == PG_ENCODER_IMAGE ? image : values[layer->from];
        double *y = values[i] = encoder_layer(layer, p, rows, x);
        size_t positions = layer->norm.channels ? layer->size / layer->norm.channels : 0;
        if (positions) normalise(&layer->norm, p, rows * positions, training, y);
        for (size_t k = 0; layer->add != PG_ENCODER_NOTHING && k < rows * layer->size; k++)
            y[k] += values[layer->add][k];
        if (layer->relu) rectify(rows * layer->size, y);
    }
    memcpy(outputs, values[net->count - 1], rows * net->outputs * sizeof *outputs);
    for (int i = 0; i < net->count; i++)
        free(values[i]);
    free(image);
}

/* ---- Discriminator ---- */

void plain_discriminator(const pg_discriminator *net, const pg_parameters *p, size_t rows,
                         const float *codes, double *logits)
{
    double *x = widened(codes, rows * net->inputs);
    for (int i = 0; i < PG_DISCRIMINATOR_LAYERS; i++) {
        double *y = allocate(rows * net->layer[i].dense.out, sizeof *y);
        plain_dense_layer(&net->layer[i], p, rows, x, y);
        free(x);
        x = y;
    }
    memcpy(logits, x, rows * sizeof *logits);
    free(x);
}

/* ---- Upsampler ---- */

/* Maps of one layer from those of the layer before, which are released. */
static double *upsample(const pg_upsampler *net, const pg_parameters *p, int i, size_t rows,
                        double *x)
{
    const pg_conv_shape *s = &net->shape[i];
    const float *bias = pg_parameter(p, net->conv_bias[i]);
    size_t in = (size_t)s->out_height * s->out_width * s->out;
    size_t out = (size_t)s->height * s->width * s->in;
    double *y = allocate(rows * out, sizeof *y);
    for (size_t r = 0; r < rows; r++)
        convolve(s, pg_parameter(p, net->conv_weight[i]), false, y + r * out, x + r * in);
    for (size_t k = 0; k < rows * out; k++)
        y[k] += bias[k % s->in];
    if (i + 1 < net->convs) rectify(rows * out, y);
    free(x);
    return y;
}

void plain_upsampler(const pg_upsampler *net, const pg_parameters *p, size_t rows,
                     const float *codes, double *maps)
{
    double *x = widened(codes, rows * net->dense[0].dense.in);
    for (int i = 0; i < PG_UPSAMPLER_DENSE; i++) {
        double *y = allocate(rows * net->dense[i].dense.out, sizeof *y);
        plain_dense_layer(&net->dense[i], p, rows, x, y);
        free(x);
        x = y;
    }
    for (int i = 0; i < net->convs; i++)
        x = upsample(net, p, i, rows, x);
    const pg_conv_shape *last = &net->shape[net->convs - 1];
    memcpy(maps, x, rows * last->height * last->width * last->in * sizeof *maps);
    free(x);
}
