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

/* ---- Data ---- */

/* Eight bytes at a time: each is mixed in by an invertible map of the 64-bit
 * state, so that data which differ in one place never agree. The multiplier is
 * the odd number next to 2^64 divided by the golden ratio (Knuth, The Art of
 * Computer Programming, vol. 3, sec. 6.4). */
typedef struct hash {
    uint64_t state;
    uint8_t word[sizeof(uint64_t)]; /* bytes yet to be mixed in ... */
    size_t filled;                  /* ... so many */
} hash;

static void mix(hash *h, const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    h->state = (h->state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    h->state ^= h->state >> 29;
}

/* The same for data in any pieces. */
static void hash_add(hash *h, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (; size && h->filled; size--) {
        h->word[h->filled++] = *bytes++;
        if (h->filled < sizeof h->word) continue;
        mix(h, h->word);
        h->filled = 0;
    }
    for (; size >= sizeof h->word; size -= sizeof h->word, bytes += sizeof h->word)
        mix(h, bytes);
    if (!size) return;
    memcpy(h->word, bytes, size);
    h->filled = size;
}

/* Zeros fill the last word up. */
static void hash_fill_up(hash *h)
{
    static const uint8_t zeros[sizeof(uint64_t)];
    if (h->filled) hash_add(h, zeros, sizeof h->word - h->filled);
}

uint64_t pg_trainer_data_hash(pg_trainer *t)
{
    const pg_records *d = t->data;
    if (t->data_hash) return t->data_hash;
    hash h = {.state = 1};
    for (size_t i = 0; i < d->count; i++)
        hash_add(&h, pg_records_image(d, i), pg_schema_image_size(&d->schema));
    hash_fill_up(&h);
    if (d->schema.has_label) hash_add(&h, d->label, d->count * sizeof *d->label);
    hash_fill_up(&h);
    return t->data_hash = h.state ? h.state : 1;
}
