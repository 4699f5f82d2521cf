/* Tensor streams: examples as NumPy .npy records, in files and through pipes.
 *
 * Promise: a reader hands out checked chunks of examples in bounded memory and
 * never trusts a size before it has checked it; a writer leaves either a
 * complete stream or an error, and no partial file under the final name.
 * The format is described in pg-stream(5).
 */
#ifndef PIXELGAN_STREAM_H
#define PIXELGAN_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pixelgan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PG_MAX_SCALARS = 16, /* scalar fields in one record */
    PG_MAX_NAME = 32,    /* bytes of a field name with its final zero */
    PG_MAX_TEXT = 4096,  /* bytes of the name or the class of an example */
    PG_MAX_SIDE = 4096,  /* pixels along one side of an image */
    PG_MAX_CHANNELS = 16,
    PG_MAX_IMAGE_BYTES = 1 << 26, /* H x W x C together */
    PG_MAX_SOURCE_SIDE = 32768,   /* the same of an image that is to be resized ... */
    PG_MAX_SOURCE_BYTES = 1 << 28,
    PG_MAX_CODE = 65536, /* components of a code */
    PG_LABEL_NONE = -1   /* the label of an unlabelled example */
};

/* Which fields an example has, and their shapes. */
typedef struct pg_schema {
    int height, width, channels; /* image, uint8, H x W x C; channels 0: no image */
    bool has_label;              /* label, int32; -1 is unlabelled */
    int code_dim;                /* code, float32, K components; 0: no code */
    int scalar_count;            /* further float32 fields, by name */
    char scalar_names[PG_MAX_SCALARS][PG_MAX_NAME];
    int name_size;  /* name, text of up to so many bytes, usually a file's; 0: no name */
    int class_size; /* class, the same: what the label is called */
} pg_schema;

/* Where images lie that were not copied: in mapped files. */
typedef struct pg_mapping pg_mapping;

/* A chunk of examples, one array a field; arrays of absent fields are NULL. */
typedef struct pg_records {
    pg_schema schema;
    size_t count;     /* examples present */
    size_t capacity;  /* examples the arrays have room for */
    uint8_t *image;   /* count x H x W x C */
    int32_t *label;   /* count */
    float *code;      /* count x K */
    float *scalar;    /* count x scalar_count */
    char *name;       /* count x (name_size + 1); see pg_records_name */
    char *class_name; /* count x (class_size + 1) */
    pg_mapping *mapping; /* has the images where image is NULL; see pg_reader_map_all */
} pg_records;

typedef struct pg_reader pg_reader;
typedef struct pg_writer pg_writer;

/* Bytes of one image, H*W*C (0 without an image field). */
PG_API size_t pg_schema_image_size(const pg_schema *schema);

/* Index of the named scalar field, or -1. */
PG_API int pg_schema_find_scalar(const pg_schema *schema, const char *name);

/* How many examples make a chunk of a reasonable size (about a megabyte, 512 at most). */
PG_API size_t pg_schema_chunk_capacity(const pg_schema *schema);

/* "image 28x28x1, label, code of 30, nll", for messages. */
PG_API void pg_schema_describe(const pg_schema *schema, char *text, size_t size);

/* True where examples of schema `from` have a place in chunks of schema `to`: both have the same
 * fields, but names and classes may be shorter, or be left out. */
PG_API bool pg_schema_fits(const pg_schema *from, const pg_schema *to);

/* True where both schemas have the same fields and shapes. */
PG_API bool pg_schema_equal(const pg_schema *a, const pg_schema *b);

/* What to do where images have one shape and another is wanted, for messages: a
 * command such as "'pg-prep --resize 28x28' makes them alike". */
enum { PG_REMEDY_BYTES = 128 };
PG_API void pg_images_remedy(const pg_schema *have, const pg_schema *wanted,
                             char text[PG_REMEDY_BYTES]);

/* Fails where name has no images or others than wanted, which are those of whose. */
PG_API pg_status pg_images_check(const pg_schema *have, const pg_schema *wanted, const char *name,
                                 const char *whose, pg_error *err) PG_MUST_CHECK;

/* Allocates room for capacity examples (count is 0). Fails with PG_ERR_LIMIT
 * where a size overflows, PG_ERR_MEMORY where memory is short. */
PG_API pg_status pg_records_init(pg_records *records, const pg_schema *schema, size_t capacity,
                                 pg_error *err) PG_MUST_CHECK;

/* Grows capacity to at least the given one, keeping what is there. */
PG_API pg_status pg_records_reserve(pg_records *records, size_t capacity,
                                    pg_error *err) PG_MUST_CHECK;

/* Appends examples [first, first+count) of source, which has the same schema. */
PG_API pg_status pg_records_append(pg_records *records, const pg_records *source, size_t first,
                                   size_t count, pg_error *err) PG_MUST_CHECK;

/* The i-th image, H x W x C, whether it lies in the array or in a mapped file. */
PG_API const uint8_t *pg_records_image(const pg_records *records, size_t i);

/* Copies images [first, first+count). */
PG_API void pg_records_copy_images(const pg_records *records, size_t first, size_t count,
                                   uint8_t *to);

/* The mapped file that the address is in, or NULL. A file that is cut short while
 * it is mapped raises SIGBUS where it is read; safe to call in the handler. */
PG_API const char *pg_records_file_at(const pg_records *records, const void *address);

/* Fails where a mapped file was written to since it was mapped. */
PG_API pg_status pg_records_check(const pg_records *records, pg_error *err) PG_MUST_CHECK;

/* From now on images are asked for in random order: nothing is read ahead. */
PG_API void pg_records_expect_random(const pg_records *records);

/* The name and the class of example i; "" where there is none. */
PG_API const char *pg_records_name(const pg_records *records, size_t i);
PG_API const char *pg_records_class(const pg_records *records, size_t i);

/* The class of example i, also where it lies in a mapped file. */
PG_API void pg_records_copy_class(const pg_records *records, size_t i, char text[PG_MAX_TEXT + 1]);

/* Sets them, where the schema has the field; false where the text is longer than that. */
PG_API bool pg_records_set_name(pg_records *records, size_t i, const char *name);
PG_API bool pg_records_set_class(pg_records *records, size_t i, const char *name);

PG_API void pg_records_free(pg_records *records);

/* Opens a stream and reads its first header. path "-" is standard input;
 * pg_reader_open_fd takes a descriptor, which stays the caller's, and the name
 * to use in messages; pg_reader_open_prefixed also takes the bytes that were
 * read from it to find out what it is. The reader accepts one array, a chunked
 * stream, and concatenations of either; zeros that pad the end are a remark. */
PG_API pg_status pg_reader_open(const char *path, pg_reader **reader, pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_reader_open_fd(int fd, const char *name, pg_reader **reader,
                                   pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_reader_open_prefixed(int fd, const void *prefix, size_t prefix_size,
                                         const char *name, pg_reader **reader,
                                         pg_error *err) PG_MUST_CHECK;

PG_API const pg_schema *pg_reader_schema(const pg_reader *reader);

/* Fills a chunk made by pg_records_init with the reader's schema: chunk->count
 * becomes its capacity, less at the end of the stream, and 0 past it. */
PG_API pg_status pg_reader_next(pg_reader *reader, pg_records *chunk, pg_error *err) PG_MUST_CHECK;

/* Reads the rest of the stream; records is initialised by the call. */
PG_API pg_status pg_reader_read_all(pg_reader *reader, pg_records *records,
                                    pg_error *err) PG_MUST_CHECK;

/* Adds the images and labels of the rest of the stream to a data set, which may be
 * larger than memory: {0} before the first stream. Images of a regular file are mapped
 * instead of copied, see pg_records_image; the file may be removed, but not changed or
 * cut short. Labels are copied, other fields left out. All streams must have images of
 * one shape, and labels all or none. */
PG_API pg_status pg_reader_map_all(pg_reader *reader, pg_records *records,
                                   pg_error *err) PG_MUST_CHECK;

/* A sentence on something passed over that a person should know of, or NULL. */
PG_API const char *pg_reader_remark(const pg_reader *reader);

PG_API void pg_reader_close(pg_reader *reader);

/* Opens an output. A path makes one array in a temporary file beside it, which
 * gets its name at pg_writer_close; "-" is standard output: one array if that
 * is a regular file positioned at its start, else a chunked stream. A
 * descriptor stays the caller's and is treated as standard output is. */
PG_API pg_status pg_writer_open(const char *path, const pg_schema *schema, pg_writer **writer,
                                pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_writer_open_fd(int fd, const char *name, const pg_schema *schema,
                                   pg_writer **writer, pg_error *err) PG_MUST_CHECK;

/* Appends all examples of records, whose schema equals the writer's. */
PG_API pg_status pg_writer_put(pg_writer *writer, const pg_records *records,
                               pg_error *err) PG_MUST_CHECK;

/* Ends the stream, flushes, checks, renames, and frees the writer also on error. */
PG_API pg_status pg_writer_close(pg_writer *writer, pg_error *err) PG_MUST_CHECK;

/* Frees the writer and removes the unfinished output (harmless on NULL). */
PG_API void pg_writer_abandon(pg_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
