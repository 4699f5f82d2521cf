/* The remarks of a source, kept until the caller asks for them. */
#ifndef PG_DATASET_REMARKS_H
#define PG_DATASET_REMARKS_H

#include "pixelgan/dataset.h"

typedef struct pg_remarks {
    pg_remark *list;
    size_t count, room;
} pg_remarks;

/* Adds a remark of one line, whatever a name contains. If there is not enough memory, the remark is
 * lost. */
void pg_remarks_add(pg_remarks *remarks, bool is_warning, const char *fmt, ...) PG_PRINTF(3, 4);

/* NULL past the last. */
const pg_remark *pg_remarks_get(const pg_remarks *remarks, size_t i);

void pg_remarks_free(pg_remarks *remarks);

#endif
