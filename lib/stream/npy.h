/* The header of one .npy array (NumPy enhancement proposal 1): bytes to a
 * checked layout of a record, and a schema to bytes.
 */
#ifndef PG_STREAM_NPY_H
#define PG_STREAM_NPY_H

#include "pixelgan/stream.h"

enum {
    PG_NPY_MAGIC = 8,          /* bytes of magic and version */
    PG_NPY_MAX_HEADER = 65535, /* bytes of the literal we accept */
    PG_NPY_OWN_HEADER = 2048,  /* more than a header of ours ever has */
    PG_NPY_MAX_FIELDS = 64,    /* with padding */
    PG_NPY_MARK = 128          /* spaces that marked the opening of a chunked stream */
};

typedef enum pg_field_kind {
    PG_FIELD_IMAGE,
    PG_FIELD_LABEL,
    PG_FIELD_CODE,
    PG_FIELD_NAME,
    PG_FIELD_CLASS,
    PG_FIELD_SCALAR,
    PG_FIELD_PADDING
} pg_field_kind;

/* A field in the order of the bytes. */
typedef struct pg_npy_field {
    pg_field_kind kind;
    int scalar;          /* index of a scalar in the schema */
    char type;           /* 'u', 'i', 'f', 'S', 'V' */
    bool swapped;        /* in the byte order that is not the machine's */
    bool channels_first; /* of an image */
    bool converts;       /* an image that is not of bytes with channels last, or may not be */
    size_t width;        /* bytes of an element */
    size_t bytes;        /* of the field */
} pg_npy_field;

enum { PG_NPY_NOTE = 320 };

/* How a header is to be read. */
typedef struct pg_reading {
    bool will_be_resized; /* images may be larger than a stream has them */
    bool converts;        /* plain arrays of images may have any layout and type of number */
    const char *layout;   /* of plain arrays, as in layout.h; NULL: guessed */
    bool has_range;       /* of values, else found: what becomes 0 and 255 */
    double low, high;
} pg_reading;

typedef struct pg_npy {
    pg_schema schema;
    int field_count;
    pg_npy_field fields[PG_NPY_MAX_FIELDS];
    size_t record_size;     /* bytes */
    uint64_t count;         /* records the header declares; the bytes are yet to be seen */
    bool opens;             /* a chunked stream: no records */
    char note[PG_NPY_NOTE]; /* what was assumed, empty: nothing */
} pg_npy;

/* Parses the literal of a header; `name` is the stream, for messages. */
pg_status pg_npy_parse(pg_npy *npy, const char *text, size_t length, const char *name,
                       const pg_reading *reading, pg_error *err) PG_MUST_CHECK;

/* Writes magic, version and literal for count records of the schema and returns
 * the length, a multiple of 64 that does not depend on the count. */
size_t pg_npy_format(const pg_schema *schema, uint64_t count, char header[PG_NPY_OWN_HEADER]);

/* The same for what opens a chunked stream: its shape is a string, which NumPy refuses and
 * shows; an array that it could open would pass for the whole. */
size_t pg_npy_format_opening(const pg_schema *schema, char header[PG_NPY_OWN_HEADER]);

#endif
