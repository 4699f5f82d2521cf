/* A number by which a data set is known again. */
#ifndef PG_TRAIN_DATA_HASH_H
#define PG_TRAIN_DATA_HASH_H

#include "pixelgan/stream.h"

/* Of all images and labels, in their order; however they lie in files and memory. */
uint64_t pg_data_hash(const pg_records *data);

#endif
