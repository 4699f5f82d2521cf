#include "train/divergence.h"

#include <string.h>

#include "model/posterior.h"

static bool is_closed(const pg_trainer *t)
{
    return t->model->config.prior == PG_PRIOR_GAUSSIAN;
}

static int count_parts(const pg_trainer *t)
{
    return is_closed(t) ? t->model->config.code_dim : 1;
}

/* -H(q(z|x)) - log p(z), summed over the rows. */
static double sampled(const pg_trainer *t, pg_train_worker *w, const float *outputs,
                      const float *codes)
{
    double sum = 0;
    pg_posterior_entropy(&t->model->config, w->unlabelled, outputs, w->nats);
    for (size_t r = 0; r < w->unlabelled; r++)
        sum -= w->nats[r];
    w->prior.prior->log_density(&w->prior, codes, w->unlabelled, w->nats);
    for (size_t r = 0; r < w->unlabelled; r++)
        sum -= w->nats[r];
    return sum;
}

/* Gradient of the objective by a nat of the divergence. */
static float divergence_scale(const pg_trainer *t)
{
    return pg_train_warmth(t) * pg_train_nll_scale(t);
}

/* Mean over the whole batch of a part. */
static double mean_part(const pg_trainer *t, int part)
{
    double sum = 0;
    for (int i = 0; i < t->rows.workers; i++)
        sum += t->workers[i].kl_parts[part];
    return sum / t->batch;
}

static void free_parts(const pg_trainer *t, pg_train_worker *w)
{
    double threshold = t->options.free_bits * (is_closed(t) ? 1 : t->model->config.code_dim);
    pg_team_barrier();
    for (int i = 0; i < count_parts(t); i++)
        if (mean_part(t, i) < threshold) w->kl_scale[i] = 0;
}

void pg_divergence_forward(pg_trainer *t, pg_train_worker *w, const float *outputs,
                           const float *codes, float *dcodes)
{
    int parts = count_parts(t);
    memset(w->kl_parts, 0, parts * sizeof *w->kl_parts);
    if (is_closed(t))
        pg_posterior_kl(&t->model->config, w->unlabelled, outputs, w->kl_parts);
    else
        w->kl_parts[0] = sampled(t, w, outputs, codes);
    for (int i = 0; i < parts; i++) {
        w->sums.kl += w->kl_parts[i];
        w->kl_scale[i] = divergence_scale(t);
    }
    if (t->options.free_bits > 0) free_parts(t, w);
    if (!is_closed(t))
        w->prior.prior->backward(&w->prior, codes, w->unlabelled, -w->kl_scale[0], w->gradient,
                                 dcodes);
}

void pg_divergence_backward(const pg_trainer *t, const pg_train_worker *w, const float *outputs,
                            float *doutputs)
{
    const pg_config *config = &t->model->config;
    if (is_closed(t))
        pg_posterior_kl_backward(config, w->unlabelled, outputs, w->kl_scale, doutputs);
    else
        pg_posterior_entropy_backward(config, w->unlabelled, -w->kl_scale[0], doutputs);
}
