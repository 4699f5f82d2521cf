/* Labels of some images: lines of an image's number, or name, and its label, under a header
 * "index<TAB>label" or "name<TAB>label"; further columns are passed over. */
#ifndef PG_DATASET_KEYED_H
#define PG_DATASET_KEYED_H

#include "dataset/datafile.h"

typedef struct pg_keyed pg_keyed;

/* True where bytes begin with such a header. */
bool pg_keyed_is_header(const uint8_t *bytes, size_t available);

/* Reads all of it; a key that is there twice is an error. */
pg_status pg_keyed_read(pg_datafile *input, pg_keyed **keyed, pg_error *err) PG_MUST_CHECK;
void pg_keyed_free(pg_keyed *keyed);

/* The label of an image by its number from 0, or by its name ("": it has none); false where the
 * file says nothing of it. */
bool pg_keyed_find(pg_keyed *keyed, uint64_t index, const char *name, int32_t *label);

/* An error where a key was none of the images'. */
pg_status pg_keyed_expect_all_found(const pg_keyed *keyed, pg_error *err) PG_MUST_CHECK;

#endif
