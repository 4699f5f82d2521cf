#include "model/posterior.h"

#include <math.h>
#include <string.h>

#include "nn/loss.h"

static void gaussian_forward(int dim, size_t rows, const float *outputs, const float *noise,
                             float *codes)
{
    for (size_t r = 0; r < rows; r++, outputs += 2 * dim, codes += dim)
        for (int i = 0; i < dim; i++) {
            float z = noise ? expf(0.5f * outputs[dim + i]) * noise[r * dim + i] : 0;
            codes[i] = outputs[i] + z;
        }
}

static void gaussian_backward(int dim, size_t rows, const float *outputs, const float *noise,
                              const float *dcodes, float *doutputs)
{
    for (size_t r = 0; r < rows; r++, outputs += 2 * dim, dcodes += dim, doutputs += 2 * dim)
        for (int i = 0; i < dim; i++) {
            float z = noise ? expf(0.5f * outputs[dim + i]) * noise[r * dim + i] : 0;
            doutputs[i] = dcodes[i];
            doutputs[dim + i] = 0.5f * z * dcodes[i];
        }
}

void pg_posterior_forward(const pg_config *config, size_t rows, const float *outputs,
                          const float *noise, float *codes)
{
    int dim = config->code_dim;
    if (pg_config_code_is_discrete(config))
        pg_softmax(rows, dim, outputs, codes);
    else if (config->posterior == PG_POSTERIOR_GAUSSIAN)
        gaussian_forward(dim, rows, outputs, noise, codes);
    else
        memcpy(codes, outputs, rows * dim * sizeof *codes);
}

void pg_posterior_backward(const pg_config *config, size_t rows, const float *outputs,
                           const float *noise, const float *codes, float *dcodes, float *doutputs)
{
    int dim = config->code_dim;
    if (!pg_config_code_is_discrete(config) && config->posterior == PG_POSTERIOR_GAUSSIAN) {
        gaussian_backward(dim, rows, outputs, noise, dcodes, doutputs);
        return;
    }
    if (pg_config_code_is_discrete(config)) pg_softmax_backward(rows, dim, codes, dcodes);
    memcpy(doutputs, dcodes, rows * dim * sizeof *doutputs);
}

void pg_posterior_kl(const pg_config *config, size_t rows, const float *outputs, double *parts)
{
    int dim = config->code_dim;
    for (size_t r = 0; r < rows; r++, outputs += 2 * dim)
        for (int i = 0; i < dim; i++) {
            float mean = outputs[i], log_variance = outputs[dim + i];
            parts[i] += 0.5 * (mean * mean + expf(log_variance) - 1 - log_variance);
        }
}

void pg_posterior_kl_backward(const pg_config *config, size_t rows, const float *outputs,
                              const float *scale, float *doutputs)
{
    int dim = config->code_dim;
    for (size_t r = 0; r < rows; r++, outputs += 2 * dim, doutputs += 2 * dim)
        for (int i = 0; i < dim; i++) {
            doutputs[i] += scale[i] * outputs[i];
            doutputs[dim + i] += scale[i] * 0.5f * (expf(outputs[dim + i]) - 1);
        }
}

void pg_posterior_entropy(const pg_config *config, size_t rows, const float *outputs, double *nats)
{
    int dim = config->code_dim;
    for (size_t r = 0; r < rows; r++, outputs += 2 * dim) {
        nats[r] = 0;
        for (int i = 0; i < dim; i++)
            nats[r] += 0.5 * (1 + log(2 * M_PI) + outputs[dim + i]);
    }
}

void pg_posterior_entropy_backward(const pg_config *config, size_t rows, float scale,
                                   float *doutputs)
{
    int dim = config->code_dim;
    for (size_t r = 0; r < rows; r++, doutputs += 2 * dim)
        for (int i = 0; i < dim; i++)
            doutputs[dim + i] += 0.5f * scale;
}
