/* Internals of an engine, for measurements that need several passes. */
#ifndef PG_MODEL_ENGINE_H
#define PG_MODEL_ENGINE_H

#include <stdint.h>

#include "pixelgan/model.h"

const pg_model *pg_engine_model(const pg_engine *engine);
uint64_t pg_engine_seed(const pg_engine *engine);

#endif
