#include "pixelgan/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"

/* Keeps a message on one line whatever a file name or a header contained. */
static void make_printable(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
}

pg_status pg_fail(pg_error *err, pg_status status, const char *fmt, ...)
{
    if (!err) return status;
    err->status = status;
    err->system_errno = 0;
    va_list args;
    va_start(args, fmt);
    pg_format_list(err->message, sizeof err->message, fmt, args);
    va_end(args);
    make_printable(err->message);
    return status;
}

pg_status pg_fail_errno(pg_error *err, int errno_value, const char *fmt, ...)
{
    if (!err) return PG_ERR_IO;
    err->status = PG_ERR_IO;
    err->system_errno = errno_value;
    va_list args;
    va_start(args, fmt);
    pg_format_list(err->message, sizeof err->message, fmt, args);
    va_end(args);
    size_t used = strlen(err->message);
    locale_t before = pg_plain_locale_begin(); /* one language in one sentence */
    snprintf(err->message + used, sizeof err->message - used, ": %s", strerror(errno_value));
    pg_plain_locale_end(before);
    make_printable(err->message);
    return PG_ERR_IO;
}

const char *pg_status_name(pg_status status)
{
    static const char *const names[] = {"ok",     "i/o",      "format",      "limit",
                                        "memory", "argument", "unsupported", "diverged"};
    return (unsigned)status < sizeof names / sizeof *names ? names[status] : "unknown";
}
