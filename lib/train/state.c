#include "train/state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/model_file.h"

/* ---- What may be taken from a file ---- */

static bool is_anything(const pg_piece *piece, const void *bytes)
{
    (void)piece, (void)bytes;
    return true;
}

static bool is_finite(const pg_piece *piece, const void *bytes)
{
    const float *values = bytes;
    for (size_t i = 0; i < piece->bytes / sizeof *values; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

/* ---- Pieces ---- */

enum { LOSSES = sizeof(pg_loss_sums) / sizeof(double) };

static bool has_moments(const pg_tensor *tensor)
{
    return tensor->group != PG_GROUP_BUFFER;
}

size_t pg_trainer_piece_count(const pg_trainer *t)
{
    const pg_parameters *p = &t->model->parameters;
    size_t count = (size_t)t->group.shards;
    for (int i = 0; i < p->count; i++)
        if (has_moments(&p->tensors[i])) count += 2;
    return count;
}

static pg_piece moment_piece(const char *which, const pg_tensor *tensor, float *moments)
{
    pg_piece piece = {.dtype = PG_DTYPE_F32,
                      .rank = tensor->rank,
                      .memory = moments + tensor->offset,
                      .bytes = tensor->count * sizeof *moments,
                      .accepts = is_finite};
    snprintf(piece.name, sizeof piece.name, PG_CHECKPOINT_PREFIX "%s_moment.%s", which,
             tensor->name);
    for (int d = 0; d < tensor->rank; d++)
        piece.shape[d] = (size_t)tensor->shape[d];
    return piece;
}

/* The bits of doubles. */
static pg_piece losses_piece(pg_loss_sums *sums)
{
    return (pg_piece){.dtype = PG_DTYPE_I64,
                      .rank = 1,
                      .shape = {LOSSES},
                      .memory = sums,
                      .bytes = sizeof *sums,
                      .accepts = is_anything};
}

void pg_trainer_pieces(pg_trainer *t, pg_piece *piece)
{
    const pg_parameters *p = &t->model->parameters;
    for (int i = 0; i < p->count; i++) {
        if (!has_moments(&p->tensors[i])) continue;
        *piece++ = moment_piece("first", &p->tensors[i], t->first_moment);
        *piece++ = moment_piece("second", &p->tensors[i], t->second_moment);
    }
    for (int i = 0; i < t->group.shards; i++) {
        *piece = losses_piece(&t->sums[i]);
        snprintf(piece++->name, sizeof piece->name, PG_CHECKPOINT_PREFIX "losses.shard%d", i);
    }
}

/* ---- Counters ---- */

pg_counters pg_trainer_counters(const pg_trainer *t)
{
    return (pg_counters){(int64_t)t->step, (int64_t)t->report_steps, t->nanoseconds};
}

bool pg_trainer_accepts_counters(const pg_trainer *t, const pg_counters *c)
{
    (void)t;
    return c->step >= 0 && c->report_steps >= 0 && c->report_steps <= c->step &&
           c->nanoseconds >= 0;
}

void pg_trainer_set_counters(pg_trainer *t, const pg_counters *c)
{
    t->step = (size_t)c->step;
    t->adam.step = t->discriminator_adam.step = (long)c->step;
    t->report_steps = (size_t)c->report_steps;
    t->nanoseconds = c->nanoseconds;
}
