/* Label files: IDX of rank 1, a NORB matrix of rank 1, text with one integer per line (-1 is
 * unlabelled), or text with keys (see keyed.h).
 */
#ifndef PG_DATASET_LABELS_H
#define PG_DATASET_LABELS_H

#include "pixelgan/dataset.h"

typedef struct pg_labels pg_labels;

pg_status pg_labels_open(const char *path, pg_labels **labels, pg_error *err) PG_MUST_CHECK;
/* The same for a name that the user did not give: see pg_datafile_open_found. */
pg_status pg_labels_open_found(const char *path, pg_labels **labels, pg_error *err) PG_MUST_CHECK;
void pg_labels_close(pg_labels *labels);

/* A remark on skipped data, or NULL. It lives as long as the labels. */
const pg_remark *pg_labels_remark(const pg_labels *labels);

/* The labels by key, if the file has keys; else NULL. */
struct pg_keyed *pg_labels_keyed(const pg_labels *labels);

/* The number of labels that the header declares, or -1 for text. */
int64_t pg_labels_known_count(const pg_labels *labels);

/* Up to count labels; *got is less only at the end. */
pg_status pg_labels_read(pg_labels *labels, int32_t *values, size_t count, size_t *got,
                         pg_error *err) PG_MUST_CHECK;

#endif
