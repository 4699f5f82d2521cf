/* A hash that identifies a data set. */
#ifndef PG_TRAIN_DATA_HASH_H
#define PG_TRAIN_DATA_HASH_H

#include "pixelgan/stream.h"

/* The hash of all images and labels in order, independent of how files and memory hold them. */
uint64_t pg_data_hash(const pg_records *data);

#endif
