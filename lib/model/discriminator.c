#include "model/discriminator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "nn/blas.h"
#include "nn/elementwise.h"

enum { LAYERS = PG_DISCRIMINATOR_LAYERS };

pg_status pg_discriminator_declare(pg_discriminator *d, const pg_config *config, pg_parameters *p,
                                   pg_error *err)
{
    d->classes = config->label_informed ? config->components + 1 : 0;
    const int width[] = {config->code_dim + d->classes, config->discriminator_hidden,
                         config->discriminator_hidden, 1};
    memcpy(d->width, width, sizeof width);
    for (int i = 0; i < LAYERS; i++) {
        char name[64];
        snprintf(name, sizeof name, "discriminator.layer%d.weight", i + 1);
        d->weight[i] =
            pg_parameters_add(p, PG_GROUP_DISCRIMINATOR, PG_INITIAL_FAN_IN, name, 2, &d->width[i]);
        snprintf(name, sizeof name, "discriminator.layer%d.bias", i + 1);
        d->bias[i] = pg_parameters_add(p, PG_GROUP_DISCRIMINATOR, PG_INITIAL_ZERO, name, 1,
                                       &d->width[i + 1]);
        if (d->weight[i] < 0 || d->bias[i] < 0)
            return pg_fail(err, PG_ERR_MEMORY, "discriminator: out of memory for its parameters");
    }
    return PG_OK;
}

pg_status pg_discriminator_run_init(pg_discriminator_run *run, const pg_discriminator *net,
                                    const pg_parameters *p, size_t rows, pg_error *err)
{
    memset(run, 0, sizeof *run);
    run->net = net;
    run->p = p;
    bool ok = true;
    for (int i = 0; i <= LAYERS; i++) {
        run->value[i] = pg_allocate(rows * net->width[i], sizeof(float));
        run->d[i] = pg_allocate(rows * net->width[i], sizeof(float));
        ok = ok && run->value[i] && run->d[i];
    }
    if (ok) return PG_OK;
    pg_discriminator_run_free(run);
    return pg_fail(err, PG_ERR_MEMORY, "discriminator: out of memory for %zu codes", rows);
}

void pg_discriminator_run_free(pg_discriminator_run *run)
{
    for (int i = 0; i <= LAYERS; i++) {
        free(run->value[i]);
        free(run->d[i]);
    }
    memset(run, 0, sizeof *run);
}

void pg_discriminator_show(pg_discriminator_run *run, size_t row, const float *code, int category)
{
    int width = run->net->width[0], classes = run->net->classes, dim = width - classes;
    float *input = run->value[0] + row * width;
    memcpy(input, code, dim * sizeof *input);
    memset(input + dim, 0, classes * sizeof *input);
    if (classes) input[dim + (category < 0 ? classes - 1 : category)] = 1;
}

void pg_discriminator_forward(pg_discriminator_run *run, size_t rows)
{
    const int *width = run->net->width;
    run->rows = rows;
    for (int i = 0; i < LAYERS; i++) {
        pg_matmul(rows, width[i + 1], width[i], run->value[i],
                  pg_parameter(run->p, run->net->weight[i]), 0, run->value[i + 1]);
        pg_bias(rows, width[i + 1], pg_parameter(run->p, run->net->bias[i]), i < LAYERS - 1,
                run->value[i + 1]);
    }
}

/* Weights' and bias's gradients of layer i, from d[i + 1]. */
static void weight_gradients(pg_discriminator_run *run, int i, float *gradient)
{
    const int *width = run->net->width;
    float *bias = pg_gradient(run->p, gradient, run->net->bias[i]);
    pg_matmul_backward_weights(run->rows, width[i + 1], width[i], run->value[i], run->d[i + 1], 0,
                               pg_gradient(run->p, gradient, run->net->weight[i]));
    memset(bias, 0, width[i + 1] * sizeof *bias);
    pg_column_sums(run->rows, width[i + 1], run->d[i + 1], bias);
}

void pg_discriminator_backward(pg_discriminator_run *run, float *gradient, bool to_codes)
{
    const int *width = run->net->width;
    for (int i = LAYERS - 1; i >= 0; i--) {
        if (i < LAYERS - 1) pg_mask(run->rows * width[i + 1], run->value[i + 1], run->d[i + 1]);
        if (gradient) weight_gradients(run, i, gradient);
        if (i > 0 || to_codes)
            pg_matmul_backward_data(run->rows, width[i + 1], width[i], run->d[i + 1],
                                    pg_parameter(run->p, run->net->weight[i]), 0, run->d[i]);
    }
}
