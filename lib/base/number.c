#include <config.h>

#include "base/number.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static locale_t plain; /* 0 where memory was short: then nothing is changed */
static pthread_once_t plain_once = PTHREAD_ONCE_INIT;

static void make_plain(void)
{
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

locale_t pg_plain_locale_begin(void)
{
    pthread_once(&plain_once, make_plain);
    return uselocale(plain);
}

void pg_plain_locale_end(locale_t before)
{
    uselocale(before);
}

int pg_format_list(char *text, size_t size, const char *format, va_list values)
{
    locale_t before = pg_plain_locale_begin();
    int length = vsnprintf(text, size, format, values);
    pg_plain_locale_end(before);
    return length;
}

int pg_format(char *text, size_t size, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length = pg_format_list(text, size, format, values);
    va_end(values);
    return length;
}

double pg_parse_double(const char *text, char **end)
{
    locale_t before = pg_plain_locale_begin();
    double value = strtod(text, end);
    pg_plain_locale_end(before);
    return value;
}
