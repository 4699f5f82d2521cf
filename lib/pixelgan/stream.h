/* Tensor streams: examples as NumPy .npy records, in files and pipes.
 *
 * Promise: a reader returns checked chunks of examples in bounded memory, and checks every size
 * before it uses it. A writer leaves either a complete stream or an error, and no partial file
 * under the final name. pg-stream(5) describes the format.
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
    PG_MAX_NAME = 32,    /* bytes of a field name, including the final zero */
    PG_MAX_TEXT = 4096,  /* bytes of the name or the class of an example */
    PG_MAX_SIDE = 4096,  /* pixels along one side of an image */
    PG_MAX_CHANNELS = 16,
    PG_MAX_IMAGE_BYTES = 1 << 26,  /* H x W x C together */
    PG_MAX_SOURCE_SIDE = 32768,    /* side of an image that is to be resized ... */
    PG_MAX_SOURCE_BYTES = 1 << 28, /* ... and its H x W x C together */
    PG_MAX_CODE = 65536,           /* components of a code */
    PG_LABEL_NONE = -1             /* the label of an unlabelled example */
};

/* The fields of an example and their shapes. */
typedef struct pg_schema {
    int height, width, channels; /* image, uint8, H x W x C; channels 0: no image */
    bool has_label;              /* label, int32; -1 is unlabelled */
    int code_dim;                /* code, float32, K components; 0: no code */
    int scalar_count;            /* further float32 fields, by name */
    char scalar_names[PG_MAX_SCALARS][PG_MAX_NAME];
    int name_size;  /* largest name, usually a file name, in bytes; 0: no name */
    int class_size; /* largest class, the name of the label, in bytes; 0: no class */
} pg_schema;

/* Mapped files that hold images in place. */
typedef struct pg_mapping pg_mapping;

/* A chunk of examples with one array per field; arrays of absent fields are NULL. */
typedef struct pg_records {
    pg_schema schema;
    size_t count;        /* examples present */
    size_t capacity;     /* examples the arrays have room for */
    uint8_t *image;      /* count x H x W x C */
    int32_t *label;      /* count */
    float *code;         /* count x K */
    float *scalar;       /* count x scalar_count */
    char *name;          /* count x (name_size + 1); see pg_records_name */
    char *class_name;    /* count x (class_size + 1) */
    pg_mapping *mapping; /* holds the images if image is NULL; see pg_reader_map_all */
} pg_records;

typedef struct pg_reader pg_reader;
typedef struct pg_writer pg_writer;

/* Bytes of one image, H*W*C (0 without an image field). */
PG_API size_t pg_schema_image_size(const pg_schema *schema);

/* Index of the named scalar field, or -1. */
PG_API int pg_schema_find_scalar(const pg_schema *schema, const char *name);

/* A reasonable number of examples per chunk: about a megabyte, at most 512 examples. */
PG_API size_t pg_schema_chunk_capacity(const pg_schema *schema);

/* Describes a schema for messages: "image 28x28x1, label, code of 30, nll". */
PG_API void pg_schema_describe(const pg_schema *schema, char *text, size_t size);

/* True if examples of schema `from` fit into chunks of schema `to`: both have the same fields,
 * except that names and classes of `from` may be shorter or absent. */
PG_API bool pg_schema_fits(const pg_schema *from, const pg_schema *to);

/* True if both schemas have the same fields and shapes. */
PG_API bool pg_schema_equal(const pg_schema *a, const pg_schema *b);

/* The remedy for images of a wrong shape, for messages: a command such as
 * "'pg-prep --resize 28x28' makes them alike". */
enum { PG_REMEDY_BYTES = 128 };
PG_API void pg_images_remedy(const pg_schema *have, const pg_schema *wanted,
                             char text[PG_REMEDY_BYTES]);

/* Fails if `name` has no images, or images of another shape than wanted, which is that of `whose`.
 */
PG_API pg_status pg_images_check(const pg_schema *have, const pg_schema *wanted, const char *name,
                                 const char *whose, pg_error *err) PG_MUST_CHECK;

/* Allocates room for capacity examples; count is 0. PG_ERR_LIMIT if a size overflows,
 * PG_ERR_MEMORY if there is not enough memory. */
PG_API pg_status pg_records_init(pg_records *records, const pg_schema *schema, size_t capacity,
                                 pg_error *err) PG_MUST_CHECK;

/* Grows to at least the given capacity and keeps the examples. */
PG_API pg_status pg_records_reserve(pg_records *records, size_t capacity,
                                    pg_error *err) PG_MUST_CHECK;

/* Appends examples [first, first+count) of source, which has the same schema. */
PG_API pg_status pg_records_append(pg_records *records, const pg_records *source, size_t first,
                                   size_t count, pg_error *err) PG_MUST_CHECK;

/* Image i, H x W x C, from the array or a mapped file. */
PG_API const uint8_t *pg_records_image(const pg_records *records, size_t i);

/* Copies images [first, first+count). */
PG_API void pg_records_copy_images(const pg_records *records, size_t first, size_t count,
                                   uint8_t *to);

/* The mapped file that contains the address, or NULL. Reading a mapped file that has been truncated
 * raises SIGBUS; this function is safe to call in the handler. */
PG_API const char *pg_records_file_at(const pg_records *records, const void *address);

/* Fails if a mapped file has been written to since it was mapped. */
PG_API pg_status pg_records_check(const pg_records *records, pg_error *err) PG_MUST_CHECK;

/* Announces that images will be read in random order, which turns reading ahead off. */
PG_API void pg_records_expect_random(const pg_records *records);

/* The name and the class of example i; "" if there is none. */
PG_API const char *pg_records_name(const pg_records *records, size_t i);
PG_API const char *pg_records_class(const pg_records *records, size_t i);

/* Copies the class of example i, also if it lies in a mapped file. */
PG_API void pg_records_copy_class(const pg_records *records, size_t i, char text[PG_MAX_TEXT + 1]);

/* Set the name or the class, if the schema has that field. False if the text is too long for it. */
PG_API bool pg_records_set_name(pg_records *records, size_t i, const char *name);
PG_API bool pg_records_set_class(pg_records *records, size_t i, const char *name);

PG_API void pg_records_free(pg_records *records);

/* Opens a stream and reads its first header. The path "-" is standard input. pg_reader_open_fd
 * takes a descriptor, which stays the caller's, and a name for messages. pg_reader_open_prefixed
 * also takes the bytes that were already read from it to detect its format. The reader accepts one
 * array, a chunked stream, and concatenations of either. Zeros that pad the end cause a remark. */
PG_API pg_status pg_reader_open(const char *path, pg_reader **reader, pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_reader_open_fd(int fd, const char *name, pg_reader **reader,
                                   pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_reader_open_prefixed(int fd, const void *prefix, size_t prefix_size,
                                         const char *name, pg_reader **reader,
                                         pg_error *err) PG_MUST_CHECK;

PG_API const pg_schema *pg_reader_schema(const pg_reader *reader);

/* Fills a chunk that pg_records_init made with the reader's schema. chunk->count becomes its
 * capacity, less at the end of the stream, and 0 past it. */
PG_API pg_status pg_reader_next(pg_reader *reader, pg_records *chunk, pg_error *err) PG_MUST_CHECK;

/* Initialises records and reads the rest of the stream into it. */
PG_API pg_status pg_reader_read_all(pg_reader *reader, pg_records *records,
                                    pg_error *err) PG_MUST_CHECK;

/* Adds the images and labels of the rest of the stream to a data set, which may be larger than
 * memory. Initialise records to {0} before the first stream. Images of a regular file are mapped
 * instead of copied (see pg_records_image); the file may be removed, but not changed or truncated.
 * Labels are copied; other fields are dropped. All streams must have images of the same shape, and
 * either all or none of them labels. */
PG_API pg_status pg_reader_map_all(pg_reader *reader, pg_records *records,
                                   pg_error *err) PG_MUST_CHECK;

/* A sentence about skipped data that the user should know of, or NULL. */
PG_API const char *pg_reader_remark(const pg_reader *reader);

PG_API void pg_reader_close(pg_reader *reader);

/* Opens an output. For a path, the writer makes one array in a temporary file beside it, which
 * pg_writer_close renames. "-" is standard output: one array if that is a regular file positioned
 * at its start, else a chunked stream. A descriptor stays the caller's and is treated like
 * standard output. */
PG_API pg_status pg_writer_open(const char *path, const pg_schema *schema, pg_writer **writer,
                                pg_error *err) PG_MUST_CHECK;
PG_API pg_status pg_writer_open_fd(int fd, const char *name, const pg_schema *schema,
                                   pg_writer **writer, pg_error *err) PG_MUST_CHECK;

/* Appends all examples of records, whose schema must equal the writer's. */
PG_API pg_status pg_writer_put(pg_writer *writer, const pg_records *records,
                               pg_error *err) PG_MUST_CHECK;

/* Ends the stream, flushes, checks and renames it. Frees the writer, also on error. */
PG_API pg_status pg_writer_close(pg_writer *writer, pg_error *err) PG_MUST_CHECK;

/* Frees the writer and removes the unfinished output; does nothing if writer is NULL. */
PG_API void pg_writer_abandon(pg_writer *writer);

#ifdef __cplusplus
}
#endif
#endif
