/* Settings: named fields of a struct.
 *
 * Promise: the name, range, initial value, words and summary of a setting are defined in one place,
 * its entry in the table of its struct. Parsing, checks, lists for users, and writing and reading
 * files all use this entry.
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
    PG_FIELD_WORD,   /* an enum: index into words */
    PG_FIELD_OWN     /* handled by scan and print */
} pg_field_kind;

typedef struct pg_field {
    const char *name, *summary;
    pg_field_kind kind;
    size_t offset; /* in the struct */
    double initial, least, most;
    const char *special;      /* word that may be used instead of the number -1, or NULL */
    const char *const *words; /* ends with NULL */
    const char *before;       /* value for files without this field; NULL: all files have it */
    pg_status (*scan)(void *object, const char *text, pg_error *err);
    void (*print)(const void *object, char text[PG_FIELD_TEXT]);
} pg_field;

typedef struct pg_fields {
    const pg_field *field;
    int count;
} pg_fields;

/* Sets every field, except those of kind PG_FIELD_OWN, to its initial value. */
void pg_fields_start(const pg_fields *fields, void *object);

/* Finds a field by name, in which a dash counts as an underscore; NULL if there is none. */
const pg_field *pg_fields_find(const pg_fields *fields, const char *name);

/* Sets a field. Error messages use `name`, as the user wrote it. */
pg_status pg_field_scan(const pg_field *field, void *object, const char *name, const char *text,
                        pg_error *err) PG_MUST_CHECK;

/* Prints a value with as many digits as needed to read the same number back. */
void pg_field_print(const pg_field *field, const void *object, char text[PG_FIELD_TEXT]);

/* Checks that every field is in its range. */
pg_status pg_fields_check(const pg_fields *fields, const void *object, pg_error *err) PG_MUST_CHECK;

#endif
