/* The header of one .npy array (NumPy enhancement proposal 1): parses bytes to a checked record
 * layout, and formats a schema to bytes.
 */
#ifndef PG_STREAM_NPY_H
#define PG_STREAM_NPY_H

#include "pixelgan/stream.h"

enum {
    PG_NPY_MAGIC = 8,          /* bytes of magic and version */
    PG_NPY_MAX_HEADER = 65535, /* largest accepted literal, bytes */
    PG_NPY_OWN_HEADER = 2048,  /* upper limit for headers that we write, bytes */
    PG_NPY_MAX_FIELDS = 64,    /* including padding */
    PG_NPY_MARK = 128          /* spaces that used to mark the opening of a chunked stream */
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

/* One field; fields are in the order of the bytes. */
typedef struct pg_npy_field {
    pg_field_kind kind;
    int scalar;          /* index of a scalar in the schema */
    char type;           /* 'u', 'i', 'f', 'S', 'V' */
    bool swapped;        /* the byte order is not that of the machine */
    bool channels_first; /* of an image */
    bool converts;       /* the image may need conversion to bytes with channels last */
    size_t width;        /* bytes of an element */
    size_t bytes;        /* of the field */
} pg_npy_field;

enum { PG_NPY_NOTE = 320 };

/* Options for reading a header. */
typedef struct pg_reading {
    bool will_be_resized; /* images may be larger than the limit of a stream */
    bool converts;        /* plain arrays of images may have any layout and type of number */
    const char *layout;   /* of plain arrays, as in layout.h; NULL: infer it */
    bool has_range;       /* low becomes 0 and high 255; false: find the range */
    double low, high;
} pg_reading;

typedef struct pg_npy {
    pg_schema schema;
    int field_count;
    pg_npy_field fields[PG_NPY_MAX_FIELDS];
    size_t record_size;     /* bytes */
    uint64_t count;         /* records that the header declares; not yet checked */
    bool opens;             /* the header opens a chunked stream and has no records */
    char note[PG_NPY_NOTE]; /* assumptions that were made, or empty */
} pg_npy;

/* Parses the literal of a header. `name` is the name of the stream for messages. */
pg_status pg_npy_parse(pg_npy *npy, const char *text, size_t length, const char *name,
                       const pg_reading *reading, pg_error *err) PG_MUST_CHECK;

/* Writes magic, version and literal for count records of the schema. Returns the length, a multiple
 * of 64 that does not depend on the count. */
size_t pg_npy_format(const pg_schema *schema, uint64_t count, char header[PG_NPY_OWN_HEADER]);

/* The same for the opening of a chunked stream. Its shape is a string, which NumPy refuses and
 * prints; NumPy would mistake an array that it could open for the whole stream. */
size_t pg_npy_format_opening(const pg_schema *schema, char header[PG_NPY_OWN_HEADER]);

#endif
