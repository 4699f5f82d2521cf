#include "train/divergence.h"

#include <string.h>

#include "model/posterior.h"

static bool is_closed(const pg_trainer *t)
{
    return pg_prior_find(t->model->config.prior)->divergence != NULL;
}

static int count_parts(const pg_trainer *t)
{
    return is_closed(t) ? t->model->config.code_dim : 1;
}

/* The encoder's outputs for a shard. */
static const float *shard_outputs(const pg_trainer *t, const pg_train_shard *s)
{
    return pg_encoder_output(t->encoder) + s->first_row * (size_t)t->model->encoder.outputs;
}

static float *shard_codes(const pg_trainer *t, const pg_train_shard *s)
{
    return t->codes + s->first_row * (size_t)t->model->config.code_dim;
}

/* -H(q(z|x)) - log p(z), summed over the rows. */
static double sample(const pg_trainer *t, pg_train_shard *s)
{
    double sum = 0;
    pg_posterior_entropy(&t->model->config, s->unlabelled, shard_outputs(t, s), s->nats);
    for (size_t r = 0; r < s->unlabelled; r++)
        sum -= s->nats[r];
    s->prior.prior->log_density(&s->prior, shard_codes(t, s), s->unlabelled, s->nats);
    for (size_t r = 0; r < s->unlabelled; r++)
        sum -= s->nats[r];
    return sum;
}

/* The parts of a shard's divergence. */
static void find_parts(const pg_trainer *t, pg_train_shard *s, double *parts)
{
    int count = count_parts(t);
    memset(parts, 0, (size_t)count * sizeof *parts);
    if (is_closed(t))
        s->prior.prior->divergence(&t->model->config, s->unlabelled, shard_outputs(t, s), parts);
    else
        parts[0] = sample(t, s);
    for (int i = 0; i < count; i++)
        s->sums->kl += parts[i];
}

/* Gradient of the objective by each part: none where it is below the threshold. */
static void find_scales(pg_trainer *t)
{
    float scale = pg_train_warmth(t) * pg_train_nll_scale(t);
    double threshold = t->options.free_bits * (is_closed(t) ? 1 : t->model->config.code_dim);
    for (int i = 0; i < count_parts(t); i++) {
        bool is_free = threshold > 0 && t->divergence.sums[i] / (double)t->batch < threshold;
        t->divergence.scale[i] = is_free ? 0 : scale; /* a sampled part may be below zero */
    }
}

void pg_divergence_forward(pg_trainer *t, const pg_worker *worker)
{
    pg_divergence_sums *d = &t->divergence;
    size_t parts = (size_t)count_parts(t);
    int begin, end;
    pg_own_shards(&t->shards, worker, &begin, &end);
    for (int s = begin; s < end; s++)
        find_parts(t, &t->shard[s], pg_group_part(&t->group, d->of_shards, parts, s));
    if (pg_group_sum(&t->group, worker, parts, d->of_shards, d->sums)) find_scales(t);
    pg_team_barrier();
    for (int i = begin; i < end && !is_closed(t); i++) {
        pg_train_shard *s = &t->shard[i];
        s->prior.prior->backward(&s->prior, shard_codes(t, s), s->unlabelled, -d->scale[0],
                                 s->gradient,
                                 t->dcodes + s->first_row * (size_t)t->model->config.code_dim);
    }
}

void pg_divergence_backward(pg_trainer *t, const pg_worker *worker)
{
    const pg_config *config = &t->model->config;
    const float *scale = t->divergence.scale;
    int begin, end;
    pg_own_shards(&t->shards, worker, &begin, &end);
    for (int i = begin; i < end; i++) {
        const pg_train_shard *s = &t->shard[i];
        float *doutputs = pg_encoder_output_gradient(t->encoder) +
                          s->first_row * (size_t)t->model->encoder.outputs;
        if (is_closed(t))
            s->prior.prior->divergence_backward(config, s->unlabelled, shard_outputs(t, s), scale,
                                                doutputs);
        else
            pg_posterior_entropy_backward(config, s->unlabelled, -scale[0], doutputs);
    }
}
