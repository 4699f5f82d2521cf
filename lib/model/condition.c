#include "model/condition.h"

#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "model/prior.h"
#include "nn/blas.h"
#include "nn/elementwise.h"

static pg_status declare_map(pg_condition *c, const pg_config *config, pg_parameters *p,
                             pg_error *err)
{
    if (config->condition != PG_CONDITION_DEPENDENT || !c->code_dim) return PG_OK;
    size_t map;
    if (!pg_size_multiply((size_t)config->height * config->width, config->features, &map) ||
        map > INT_MAX)
        return pg_fail(err, PG_ERR_LIMIT,
                       "decoder: a map of %d features on %dx%d pixels is too large; use condition "
                       "invariant",
                       config->features, config->height, config->width);
    c->map = map;
    c->upsampled = !pg_prior_find(config->prior)->discrete;
    if (c->upsampled)
        return pg_upsampler_declare(&c->upsampler, config, "decoder.map", config->features, p, err);
    const int shape[] = {c->code_dim, c->map};
    c->map_weight = pg_parameters_add(p, PG_GROUP_AUTOENCODER, PG_INITIAL_FAN_IN,
                                      "decoder.map.weight", 2, shape);
    return c->map_weight >= 0 ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory");
}

pg_status pg_condition_declare(pg_condition *c, const pg_config *config, int slots,
                               pg_parameters *p, pg_error *err)
{
    const int table[] = {slots, config->features};
    const int code[] = {config->code_dim, slots * config->features};
    memset(c, 0, sizeof *c);
    c->code_dim = config->code_dim;
    c->biases = slots * config->features;
    c->code_weight = c->map_weight = -1;
    c->bias_table =
        pg_parameters_add(p, PG_GROUP_AUTOENCODER, PG_INITIAL_ZERO, "decoder.bias", 2, table);
    if (c->code_dim)
        c->code_weight = pg_parameters_add(p, PG_GROUP_AUTOENCODER, PG_INITIAL_FAN_IN,
                                           "decoder.code.weight", 2, code);
    if (c->bias_table < 0 || (c->code_dim && c->code_weight < 0))
        return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for its parameters");
    return declare_map(c, config, p, err);
}

pg_status pg_condition_run_init(pg_condition_run *run, const pg_condition *condition,
                                const pg_parameters *p, size_t rows, bool training, pg_error *err)
{
    memset(run, 0, sizeof *run);
    run->condition = condition;
    run->p = p;
    if (!condition->upsampled) return PG_OK;
    return pg_upsampler_run_init(&run->upsampler, &condition->upsampler, p, rows, training, err);
}

void pg_condition_run_free(pg_condition_run *run)
{
    if (run->condition && run->condition->upsampled) pg_upsampler_run_free(&run->upsampler);
}

void pg_condition_load(pg_condition_run *run)
{
    if (run->condition->upsampled) pg_upsampler_load(&run->upsampler);
}

void pg_condition_forward(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                          float *maps)
{
    const pg_condition *c = run->condition;
    const float *table = pg_parameter(run->p, c->bias_table);
    for (size_t r = 0; r < rows; r++)
        memcpy(biases + r * c->biases, table, c->biases * sizeof *biases);
    if (c->code_dim)
        pg_matmul(rows, c->biases, c->code_dim, codes, pg_parameter(run->p, c->code_weight), 1,
                  biases);
    if (c->upsampled)
        pg_upsampler_forward(&run->upsampler, codes, rows, maps);
    else if (c->map)
        pg_matmul(rows, c->map, c->code_dim, codes, pg_parameter(run->p, c->map_weight), 0, maps);
}

/* y = x w: gradients of w, and of x where dx is not NULL. */
static void linear_backward(const pg_condition_run *run, int weight, const float *codes,
                            size_t rows, int n, const float *dy, float *gradient, float *dcodes)
{
    int k = run->condition->code_dim;
    pg_matmul_backward_weights(rows, n, k, codes, dy, 0, pg_gradient(run->p, gradient, weight));
    if (dcodes) pg_matmul_backward_data(rows, n, k, dy, pg_parameter(run->p, weight), 1, dcodes);
}

void pg_condition_backward(pg_condition_run *run, const float *codes, size_t rows,
                           const float *dbiases, const float *dmaps, float *gradient, float *dcodes)
{
    const pg_condition *c = run->condition;
    float *table = pg_gradient(run->p, gradient, c->bias_table);
    memset(table, 0, c->biases * sizeof *table);
    pg_column_sums(rows, c->biases, dbiases, table);
    if (c->code_dim)
        linear_backward(run, c->code_weight, codes, rows, c->biases, dbiases, gradient, dcodes);
    if (c->upsampled)
        pg_upsampler_backward(&run->upsampler, codes, rows, dmaps, gradient, dcodes);
    else if (c->map)
        linear_backward(run, c->map_weight, codes, rows, c->map, dmaps, gradient, dcodes);
}
