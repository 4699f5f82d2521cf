/* Labels of some images. Each line has the number or the name of an image and its label, under a
 * header "index<TAB>label" or "name<TAB>label"; further columns are ignored. */
#ifndef PG_DATASET_KEYED_H
#define PG_DATASET_KEYED_H

#include "dataset/datafile.h"

typedef struct pg_keyed pg_keyed;

/* True if the bytes begin with such a header. */
bool pg_keyed_is_header(const uint8_t *bytes, size_t available);

/* Reads the whole file. A key that occurs twice is an error. */
pg_status pg_keyed_read(pg_datafile *input, pg_keyed **keyed, pg_error *err) PG_MUST_CHECK;
void pg_keyed_free(pg_keyed *keyed);

/* The label of an image, by its number (from 0) or its name ("" if it has none). False if the file
 * does not list it. */
bool pg_keyed_find(pg_keyed *keyed, uint64_t index, const char *name, int32_t *label);

/* Fails if a key matched none of the images. */
pg_status pg_keyed_expect_all_found(const pg_keyed *keyed, pg_error *err) PG_MUST_CHECK;

#endif
