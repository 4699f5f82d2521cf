/* The variables of a MATLAB version 5 file ("MAT-File Format", The MathWorks), as save -v6, save
 * -v7, Octave and scipy write them.
 *
 * Promise: pg_matlab_open reads and checks the whole file in constant memory. In a file that opens,
 * each array of numbers or characters has the parts that its tags say, within the file, and
 * compressed data unpacks to its end with the right checksum. */
#ifndef PG_DATASET_MATLAB_FILE_H
#define PG_DATASET_MATLAB_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pixelgan/status.h"

enum { PG_MATLAB_MOST_DIMS = 32, PG_MATLAB_MOST_NAME = 63 };

/* Classes of arrays (mxCLASS). */
enum {
    PG_MATLAB_CHAR = 4,
    PG_MATLAB_SPARSE,
    PG_MATLAB_DOUBLE,
    PG_MATLAB_SINGLE,
    PG_MATLAB_INT8,
    PG_MATLAB_UINT8,
    PG_MATLAB_UINT64 = 15
};

/* The stored type of unsigned bytes (miUINT8). */
enum { PG_MATLAB_BYTES = 2 };

/* One array. Its numbers may be stored in a narrower type than its class. */
typedef struct pg_matlab_variable {
    char name[PG_MATLAB_MOST_NAME + 1];
    int class, type;
    bool is_complex;
    int rank;
    size_t dims[PG_MATLAB_MOST_DIMS];
    size_t width;     /* bytes of a stored number */
    int64_t at, size; /* of its element in the file, without the tag */
    bool is_compressed;
    size_t data; /* bytes of the element, unpacked, before the numbers */
} pg_matlab_variable;

typedef struct pg_matlab_file pg_matlab_file;

/* PG_ERR_FORMAT: damaged or truncated; PG_ERR_UNSUPPORTED: another version; PG_ERR_IO: cannot be
 * read. *padding is the number of zeros after the last variable. */
pg_status pg_matlab_open(const char *path, pg_matlab_file **file, uint64_t *padding, pg_error *err);
void pg_matlab_close(pg_matlab_file *file);

/* The first array with that name, NULL if there is none. Cell arrays, structures, functions and
 * objects have only a name and a class. */
const pg_matlab_variable *pg_matlab_find(const pg_matlab_file *file, const char *name);

/* Goes to the first number of an array of this file. */
pg_status pg_matlab_start(pg_matlab_file *file, const pg_matlab_variable *variable, pg_error *err);

/* Reads the next bytes of the array that was started last. */
pg_status pg_matlab_read(pg_matlab_file *file, void *bytes, size_t count, pg_error *err);

/* Converts a stored number of the variable. */
double pg_matlab_number(const pg_matlab_file *file, const pg_matlab_variable *variable,
                        const uint8_t *bytes);

#endif
