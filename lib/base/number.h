/* Numbers as text: with a decimal point and without grouping, whatever locale the program around
 * the library has set. Everything that prints or reads a number that need not be an integer, also
 * by way of another library, does it through here. */
#ifndef PG_BASE_NUMBER_H
#define PG_BASE_NUMBER_H

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>

#include "pixelgan/status.h"

/* Between these two the calling thread, and no other, is in the locale "C". */
locale_t pg_plain_locale_begin(void);
void pg_plain_locale_end(locale_t before);

/* snprintf and vsnprintf there. */
int pg_format(char *text, size_t size, const char *format, ...) PG_PRINTF(3, 4);
int pg_format_list(char *text, size_t size, const char *format, va_list values);

/* strtod there. */
double pg_parse_double(const char *text, char **end);

#endif
