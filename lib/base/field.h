/* Settings: fields of a struct that have names.
 *
 * Promise: name, range, first value, words and summary of a setting are said in one place, its
 * entry in the table of its struct. From there come parsing, checks, lists for people, and what is
 * written into files and read from them.
 */
#ifndef PG_BASE_FIELD_H
#define PG_BASE_FIELD_H

#include <stddef.h>

#include "pixelgan/status.h"

enum { PG_FIELD_TEXT = 64 }; /* room for a value as text */

typedef enum pg_field_kind {
    PG_FIELD_WHOLE,  /* int */
    PG_FIELD_REAL,   /* double */
    PG_FIELD_SWITCH, /* bool */
    PG_FIELD_SEED,   /* uint64_t */
    PG_FIELD_WORD,   /* an enum: places among words */
    PG_FIELD_OWN     /* whatever scan and print make of it */
} pg_field_kind;

typedef struct pg_field {
    const char *name, *summary;
    pg_field_kind kind;
    size_t offset; /* in the struct */
    double initial, least, most;
    const char *special;      /* word that may stand in the place of a number, for -1, or NULL */
    const char *const *words; /* up to NULL */
    const char *before;       /* what files mean that do not say, or NULL: all do */
    pg_status (*scan)(void *object, const char *text, pg_error *err);
    void (*print)(const void *object, char text[PG_FIELD_TEXT]);
} pg_field;

typedef struct pg_fields {
    const pg_field *field;
    int count;
} pg_fields;

/* Gives every field but those of a kind of their own its first value. */
void pg_fields_start(const pg_fields *fields, void *object);

/* By name, in which a dash counts as an underscore; NULL where there is none of it. */
const pg_field *pg_fields_find(const pg_fields *fields, const char *name);

/* Sets a field; errors call it by the name that it was given by. */
pg_status pg_field_scan(const pg_field *field, void *object, const char *name, const char *text,
                        pg_error *err) PG_MUST_CHECK;

/* With as many digits as it takes to read the same number back. */
void pg_field_print(const pg_field *field, const void *object, char text[PG_FIELD_TEXT]);

/* Whether every field is in its range. */
pg_status pg_fields_check(const pg_fields *fields, const void *object, pg_error *err) PG_MUST_CHECK;

#endif
