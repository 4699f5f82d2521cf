#include "model/prior.h"

#include <stdio.h>
#include <string.h>

static const pg_prior *const priors[] = {
    [PG_PRIOR_NONE] = &pg_prior_none,       [PG_PRIOR_GAUSSIAN] = &pg_prior_gaussian,
    [PG_PRIOR_MIXTURE] = &pg_prior_mixture, [PG_PRIOR_CATEGORICAL] = &pg_prior_categorical,
    [PG_PRIOR_LABEL] = &pg_prior_label,     [PG_PRIOR_FLOW] = &pg_prior_flow,
};

const pg_prior *pg_prior_find(pg_prior_kind kind)
{
    return (size_t)kind < sizeof priors / sizeof *priors ? priors[kind] : NULL;
}

pg_status pg_prior_declare(const pg_config *config, pg_parameters *p, pg_error *err)
{
    const pg_prior *prior = pg_prior_find(config->prior);
    return prior->declare ? prior->declare(config, p, err) : PG_OK;
}

pg_status pg_prior_run_init(pg_prior_run *run, const pg_config *config, const pg_parameters *p,
                            size_t rows, bool training, pg_error *err)
{
    *run = (pg_prior_run){.prior = pg_prior_find(config->prior), .config = config, .p = p};
    return run->prior->start ? run->prior->start(run, rows, training, err) : PG_OK;
}

void pg_prior_run_free(pg_prior_run *run)
{
    if (run->prior && run->prior->stop) run->prior->stop(run);
    memset(run, 0, sizeof *run);
}

void pg_prior_load(pg_prior_run *run)
{
    if (run->prior->load) run->prior->load(run);
}

void pg_prior_print(const pg_config *config, char *text, size_t size)
{
    const pg_prior *prior = pg_prior_find(config->prior);
    int number = config->components ? config->components : config->code_dim;
    if (prior->size)
        snprintf(text, size, "%s:%d", prior->name, number);
    else
        snprintf(text, size, "%s", prior->name);
}
