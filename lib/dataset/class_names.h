/* Class names: the label of each name, and the names that are refused because their label would be
 * surprising.
 */
#ifndef PG_DATASET_CLASS_NAMES_H
#define PG_DATASET_CLASS_NAMES_H

#include "dataset/entries.h"
#include "pixelgan/dataset.h"

/* Numbers a list of names. If all names are numbers, each is its own label; else the label is the
 * position in the list. Names that would share a label, and numbers that would become a different
 * label, are refused. where is the folder or file that the names come from. */
pg_status pg_class_names_number(pg_class_names *classes, const pg_names *names, const char *where,
                                pg_error *err) PG_MUST_CHECK;

/* The label of each name in a folder. A name that is not in classes is an error. */
pg_status pg_class_names_apply(const pg_class_names *classes, const pg_names *names,
                               const char *folder, int32_t *labels, pg_error *err) PG_MUST_CHECK;

/* Adds the names in `from` whose label is new. */
pg_status pg_class_names_merge(pg_class_names *classes, const pg_class_names *from,
                               pg_error *err) PG_MUST_CHECK;

/* For readers: add one name at a time; after the last, finish sorts and refuses duplicates. */
pg_status pg_class_names_add(pg_class_names *classes, int32_t label, const char *name,
                             pg_error *err) PG_MUST_CHECK;
pg_status pg_class_names_finish(pg_class_names *classes, pg_error *err) PG_MUST_CHECK;

/* True for digits only, up to INT32_MAX. */
bool pg_class_name_is_label(const char *name, int32_t *label);

#endif
