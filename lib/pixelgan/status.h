/* Status codes and error messages of libpixelgan.
 *
 * Promise: the library never prints, never exits and never aborts. A function that can fail
 * returns a pg_status. If it takes a pg_error, it also leaves one sentence there: where, what went
 * wrong, and what to do about it. The locale of the calling program does not affect numbers in
 * files or messages.
 */
#ifndef PIXELGAN_STATUS_H
#define PIXELGAN_STATUS_H

#if defined(__GNUC__)
#define PG_MUST_CHECK __attribute__((warn_unused_result))
#define PG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define PG_MUST_CHECK
#define PG_PRINTF(fmt, args)
#endif

/* Marks what the shared library exports; everything else stays hidden. */
#if defined(__GNUC__)
#define PG_API __attribute__((visibility("default")))
#else
#define PG_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum { PG_MAX_THREADS = 256 }; /* no call uses more */

typedef enum pg_status {
    PG_OK = 0,
    PG_ERR_IO,          /* a system call failed: missing file, full disk, closed pipe */
    PG_ERR_FORMAT,      /* invalid data: wrong magic, truncation */
    PG_ERR_LIMIT,       /* a size overflows or exceeds a limit */
    PG_ERR_MEMORY,      /* out of memory */
    PG_ERR_ARGUMENT,    /* a parameter is out of range or does not fit the others */
    PG_ERR_UNSUPPORTED, /* valid, but not built in or not implemented for this kind */
    PG_ERR_DIVERGED     /* a loss or a weight is not finite, or the loss is hopelessly large */
} pg_status;

typedef struct pg_error {
    pg_status status;
    int system_errno;   /* errno if status is PG_ERR_IO, else 0 */
    char message[1024]; /* "where: what, what to do", no newline */
} pg_error;

/* Fills *err (which may be NULL) and returns status, so that a caller can write
 * `return pg_fail(err, PG_ERR_FORMAT, "%s: ...", name)`. Control characters in the finished
 * message become '?'. */
PG_API pg_status pg_fail(pg_error *err, pg_status status, const char *fmt, ...) PG_PRINTF(3, 4);

/* The same for PG_ERR_IO: appends ": " and the text of errno_value. */
PG_API pg_status pg_fail_errno(pg_error *err, int errno_value, const char *fmt, ...)
    PG_PRINTF(3, 4);

/* A short constant name of a status ("i/o", "format", ...). */
PG_API const char *pg_status_name(pg_status status);

#ifdef __cplusplus
}
#endif
#endif
