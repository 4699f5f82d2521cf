/* The state of a trainer as a list of pieces of memory.
 *
 * Saving writes the pieces and restoring fills them, from the same list.
 */
#ifndef PG_TRAIN_STATE_H
#define PG_TRAIN_STATE_H

#include "model/safetensors.h"
#include "train/trainer.h"

typedef struct pg_piece pg_piece;

/* A piece of the trainer's memory and its tensor in the file. */
struct pg_piece {
    char name[128];
    pg_dtype dtype;
    int rank;
    size_t shape[PG_SAFETENSORS_MAX_RANK];
    void *memory;
    size_t bytes;
    /* True if the trainer can continue with these bytes. */
    bool (*accepts)(const pg_piece *piece, const void *bytes);
};

size_t pg_trainer_piece_count(const pg_trainer *trainer);
/* Fills an array with room for all pieces. */
void pg_trainer_pieces(pg_trainer *trainer, pg_piece *pieces);

/* Integers of the trainer, stored as metadata. */
typedef struct pg_counters {
    int64_t step, report_steps, nanoseconds;
} pg_counters;

pg_counters pg_trainer_counters(const pg_trainer *trainer);
bool pg_trainer_accepts_counters(const pg_trainer *trainer, const pg_counters *counters);
void pg_trainer_set_counters(pg_trainer *trainer, const pg_counters *counters);

#endif
