#include "model/discriminator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { LAYERS = PG_DISCRIMINATOR_LAYERS };

pg_status pg_discriminator_declare(pg_discriminator *d, const pg_config *config, pg_parameters *p,
                                   pg_error *err)
{
    d->classes = config->label_informed ? config->components + 1 : 0;
    d->inputs = config->code_dim + d->classes;
    const int width[] = {d->inputs, config->discriminator_hidden, config->discriminator_hidden, 1};
    for (int i = 0; i < LAYERS; i++) {
        char name[32];
        pg_dense dense = {.in = width[i], .out = width[i + 1], .relu = i < LAYERS - 1};
        snprintf(name, sizeof name, "layer%d", i + 1);
        if (!pg_dense_layer_declare(&d->layer[i], p, PG_GROUP_DISCRIMINATOR, "discriminator", name,
                                    dense, true))
            return pg_fail(err, PG_ERR_MEMORY, "discriminator: out of memory for its parameters");
    }
    return PG_OK;
}

/* Numbers that enter layer i, or leave the last. */
static size_t width(const pg_discriminator *net, int i)
{
    return (size_t)(i ? net->layer[i - 1].dense.out : net->inputs);
}

pg_status pg_discriminator_run_init(pg_discriminator_run *run, const pg_discriminator *net,
                                    const pg_parameters *p, size_t rows, pg_error *err)
{
    memset(run, 0, sizeof *run);
    run->net = net;
    run->p = p;
    bool ok = true;
    for (int i = 0; i <= LAYERS; i++) {
        run->value[i] = pg_allocate(rows * width(net, i), sizeof(float));
        run->d[i] = pg_allocate(rows * width(net, i), sizeof(float));
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
    int classes = run->net->classes, dim = run->net->inputs - classes;
    float *input = run->value[0] + row * (size_t)run->net->inputs;
    memcpy(input, code, dim * sizeof *input);
    memset(input + dim, 0, classes * sizeof *input);
    if (classes) input[dim + (category < 0 ? classes - 1 : category)] = 1;
}

void pg_discriminator_forward(pg_discriminator_run *run, size_t rows)
{
    run->rows = rows;
    for (int i = 0; i < LAYERS; i++)
        pg_dense_layer_forward(&run->net->layer[i], run->p, rows, run->value[i], run->value[i + 1]);
}

void pg_discriminator_backward(pg_discriminator_run *run, float *gradient, bool to_codes)
{
    for (int i = LAYERS - 1; i >= 0; i--)
        pg_dense_layer_backward(&run->net->layer[i], run->p, gradient, run->rows, run->value[i],
                                run->value[i + 1], run->d[i + 1], 0,
                                i > 0 || to_codes ? run->d[i] : NULL);
}
