/* Classes by name: what label a name gets, and which names are refused because
 * theirs would surprise somebody.
 */
#ifndef PG_DATASET_CLASS_NAMES_H
#define PG_DATASET_CLASS_NAMES_H

#include "dataset/entries.h"
#include "pixelgan/dataset.h"

/* Numbers names that come in an order: each is its own label where all are numbers, else
 * the label is the place. Refused are names that would share a label, and numbers that
 * would become another one. where is the folder or file they are from. */
pg_status pg_class_names_number(pg_class_names *classes, const pg_names *names, const char *where,
                                pg_error *err) PG_MUST_CHECK;

/* The label of each name of a folder; one that classes lacks is an error. */
pg_status pg_class_names_apply(const pg_class_names *classes, const pg_names *names,
                               const char *folder, int32_t *labels, pg_error *err) PG_MUST_CHECK;

/* Adds those of `from` whose label is not there yet. */
pg_status pg_class_names_merge(pg_class_names *classes, const pg_class_names *from,
                               pg_error *err) PG_MUST_CHECK;

/* For readers: adds one, then, after the last, sorts and refuses what is there twice. */
pg_status pg_class_names_add(pg_class_names *classes, int32_t label, const char *name,
                             pg_error *err) PG_MUST_CHECK;
pg_status pg_class_names_finish(pg_class_names *classes, pg_error *err) PG_MUST_CHECK;

/* Digits alone, up to INT32_MAX. */
bool pg_class_name_is_label(const char *name, int32_t *label);

#endif
