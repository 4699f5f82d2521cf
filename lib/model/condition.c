#include "model/condition.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/depth.h"
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
    c->upsampled = !pg_config_code_is_discrete(config);
    if (c->upsampled)
        return pg_upsampler_declare(&c->upsampler, config, "decoder.map", config->features, p, err);
    c->cells =
        (pg_interpolation){config->height, config->width, config->features, config->map_cell};
    pg_dense dense = {.in = c->code_dim, .out = (int)pg_interpolation_size(&c->cells)};
    if (pg_dense_layer_declare(&c->code_map, p, PG_GROUP_AUTOENCODER, "decoder", "map", dense,
                               false))
        return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for its parameters");
}

pg_status pg_condition_declare(pg_condition *c, const pg_config *config, int slots,
                               pg_parameters *p, pg_error *err)
{
    const int table[] = {slots, config->features};
    memset(c, 0, sizeof *c);
    c->code_dim = config->code_dim;
    c->biases = slots * config->features;
    c->bias_table =
        pg_parameters_add(p, PG_GROUP_AUTOENCODER, PG_INITIAL_ZERO, "decoder.bias", 2, table);
    pg_dense dense = {.in = c->code_dim, .out = c->biases};
    if (c->bias_table < 0 ||
        (c->code_dim && !pg_dense_layer_declare(&c->code, p, PG_GROUP_AUTOENCODER, "decoder",
                                                "code", dense, false)))
        return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for its parameters");
    return declare_map(c, config, p, err);
}

/* Whether a map has to be interpolated between larger cells. */
static bool has_cells(const pg_condition *c)
{
    return c->map && !c->upsampled && c->cells.cell > 1;
}

static bool take(float **memory, size_t rows, size_t count)
{
    *memory = pg_allocate(rows * count, sizeof **memory);
    return *memory != NULL;
}

static bool plan_cells(pg_condition_run *run, size_t rows, bool training)
{
    const pg_interpolation *cells = &run->condition->cells;
    size_t size = pg_interpolation_size(cells);
    return take(&run->row, 1, pg_interpolation_row(cells)) && take(&run->coarse, rows, size) &&
           (!training || take(&run->dcoarse, rows, size));
}

/* Numbers that a code takes. */
static size_t row_size(const pg_condition *c)
{
    return (size_t)c->code_dim + (size_t)c->biases + (size_t)c->map;
}

pg_status pg_condition_run_init(pg_condition_run *run, const pg_condition *condition,
                                const pg_parameters *p, size_t rows, bool training, pg_error *err)
{
    memset(run, 0, sizeof *run);
    run->condition = condition;
    run->p = p;
    run->block_rows = pg_decoded_rows(row_size(condition));
    if (!training) rows = run->block_rows;
    bool ok = training || take(&run->block, rows, row_size(condition));
    if (ok && has_cells(condition)) ok = plan_cells(run, rows, training);
    if (!ok)
        return pg_fail(err, PG_ERR_MEMORY, "decoder: out of memory for maps of %zu codes", rows);
    if (!condition->upsampled) return PG_OK;
    return pg_upsampler_run_init(&run->upsampler, &condition->upsampler, p, rows, training, err);
}

void pg_condition_run_free(pg_condition_run *run)
{
    if (run->condition && run->condition->upsampled) pg_upsampler_run_free(&run->upsampler);
    free(run->block);
    free(run->coarse);
    free(run->dcoarse);
    free(run->row);
    run->block = run->coarse = run->dcoarse = run->row = NULL;
}

void pg_condition_load(pg_condition_run *run)
{
    if (run->condition->upsampled) pg_upsampler_load(&run->upsampler);
}

static void map_forward(pg_condition_run *run, const float *codes, size_t rows, float *maps)
{
    const pg_condition *c = run->condition;
    size_t size = (size_t)c->code_map.dense.out, map = (size_t)c->map;
    float *coarse = has_cells(c) ? run->coarse : maps;
    pg_dense_layer_forward(&c->code_map, run->p, rows, codes, coarse);
    for (size_t r = 0; has_cells(c) && r < rows; r++)
        pg_interpolate(&c->cells, coarse + r * size, run->row, maps + r * map);
}

void pg_condition_forward(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                          float *maps)
{
    const pg_condition *c = run->condition;
    if (c->code_dim)
        pg_dense_layer_forward(&c->code, run->p, rows, codes, biases);
    else
        memset(biases, 0, rows * c->biases * sizeof *biases);
    pg_bias(rows, c->biases, pg_parameter(run->p, c->bias_table), false, biases);
    if (c->upsampled)
        pg_upsampler_forward(&run->upsampler, codes, rows, maps);
    else if (c->map)
        map_forward(run, codes, rows, maps);
}

static void copy_rows(float *to, const float *from, size_t rows, int size)
{
    if (size) memcpy(to, from, rows * (size_t)size * sizeof *to);
}

/* Fewer rows than a block: those behind them are computed and thrown away. */
static void apply_rest(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                       float *maps)
{
    const pg_condition *c = run->condition;
    float *own_codes = run->block, *own_biases = own_codes + run->block_rows * c->code_dim;
    float *own_maps = own_biases + run->block_rows * c->biases;
    memset(own_codes, 0, run->block_rows * (size_t)c->code_dim * sizeof *own_codes);
    copy_rows(own_codes, codes, rows, c->code_dim);
    pg_condition_forward(run, own_codes, run->block_rows, own_biases, own_maps);
    copy_rows(biases, own_biases, rows, c->biases);
    copy_rows(maps, own_maps, rows, c->map);
}

void pg_condition_apply(pg_condition_run *run, const float *codes, size_t rows, float *biases,
                        float *maps)
{
    const pg_condition *c = run->condition;
    for (size_t at = 0; at < rows; at += run->block_rows) {
        const float *own = c->code_dim ? codes + at * (size_t)c->code_dim : NULL;
        float *map = c->map ? maps + at * (size_t)c->map : NULL;
        if (rows - at < run->block_rows)
            apply_rest(run, own, rows - at, biases + at * (size_t)c->biases, map);
        else
            pg_condition_forward(run, own, run->block_rows, biases + at * (size_t)c->biases, map);
    }
}

static void map_backward(pg_condition_run *run, const float *codes, size_t rows, float *dmaps,
                         float *gradient, float *dcodes)
{
    const pg_condition *c = run->condition;
    size_t size = (size_t)c->code_map.dense.out, map = (size_t)c->map;
    float *dcoarse = has_cells(c) ? run->dcoarse : dmaps;
    for (size_t r = 0; has_cells(c) && r < rows; r++)
        pg_interpolate_backward(&c->cells, dmaps + r * map, run->row, dcoarse + r * size);
    pg_dense_layer_backward(&c->code_map, run->p, gradient, rows, codes, NULL, dcoarse, 1, dcodes);
}

void pg_condition_backward(pg_condition_run *run, const float *codes, size_t rows, float *dbiases,
                           float *dmaps, float *gradient, float *dcodes)
{
    const pg_condition *c = run->condition;
    float *table = pg_gradient(run->p, gradient, c->bias_table);
    memset(table, 0, c->biases * sizeof *table);
    pg_column_sums(rows, c->biases, dbiases, table);
    if (c->code_dim)
        pg_dense_layer_backward(&c->code, run->p, gradient, rows, codes, NULL, dbiases, 1, dcodes);
    if (c->upsampled)
        pg_upsampler_backward(&run->upsampler, codes, rows, dmaps, gradient, dcodes);
    else if (c->map)
        map_backward(run, codes, rows, dmaps, gradient, dcodes);
}
