/* Numbers as text: with a decimal point and without grouping, whatever locale the calling program
 * has set. All code that prints or reads numbers other than integers uses these functions, also
 * around calls of other libraries. */
#ifndef PG_BASE_NUMBER_H
#define PG_BASE_NUMBER_H

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>

#include "pixelgan/status.h"

/* Between these two calls, only the calling thread is in the locale "C". */
locale_t pg_plain_locale_begin(void);
void pg_plain_locale_end(locale_t before);

/* snprintf and vsnprintf in the locale "C". */
int pg_format(char *text, size_t size, const char *format, ...) PG_PRINTF(3, 4);
int pg_format_list(char *text, size_t size, const char *format, va_list values);

/* strtod in the locale "C". */
double pg_parse_double(const char *text, char **end);

#endif
