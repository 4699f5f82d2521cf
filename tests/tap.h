/* A small TAP producer for unit tests.
 *
 *     int main(void)
 *     {
 *         ok(1 + 1 == 2, "addition works for %d and %d", 1, 1);
 *         is_int(strlen("ab"), 2, "length of ab");
 *         return done_testing();
 *     }
 *
 * Every check prints one line; a failed one also says where and what it met.
 * The plan comes last, so a program that dies early counts as failed.
 */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int tap_checks, tap_failures;

static inline bool tap_report(bool passed, const char *fmt, va_list args)
{
    tap_checks++;
    if (!passed) tap_failures++;
    printf("%sok %d - ", passed ? "" : "not ", tap_checks);
    vprintf(fmt, args);
    putchar('\n');
    fflush(stdout); /* what was checked stays known if the next call crashes */
    return passed;
}

/* A line of explanation beside the checks. */
static inline void diag(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static inline void diag(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    printf("# ");
    vprintf(fmt, args);
    putchar('\n');
    va_end(args);
}

#define TAP_CHECK_ARGS const char *file, int line, const char *fmt, ...

static inline bool tap_ok(bool passed, const char *text, TAP_CHECK_ARGS)
    __attribute__((format(printf, 5, 6)));
static inline bool tap_ok(bool passed, const char *text, TAP_CHECK_ARGS)
{
    va_list args;
    va_start(args, fmt);
    tap_report(passed, fmt, args);
    va_end(args);
    if (!passed) diag("%s:%d: false: %s", file, line, text);
    return passed;
}

static inline bool tap_is_int(intmax_t got, intmax_t expected, TAP_CHECK_ARGS)
    __attribute__((format(printf, 5, 6)));
static inline bool tap_is_int(intmax_t got, intmax_t expected, TAP_CHECK_ARGS)
{
    va_list args;
    va_start(args, fmt);
    tap_report(got == expected, fmt, args);
    va_end(args);
    if (got != expected) diag("%s:%d: got %jd, expected %jd", file, line, got, expected);
    return got == expected;
}

static inline bool tap_is_close(double got, double expected, double tolerance, TAP_CHECK_ARGS)
    __attribute__((format(printf, 6, 7)));
static inline bool tap_is_close(double got, double expected, double tolerance, TAP_CHECK_ARGS)
{
    bool passed = fabs(got - expected) <= tolerance; /* false where either is NaN */
    va_list args;
    va_start(args, fmt);
    tap_report(passed, fmt, args);
    va_end(args);
    if (!passed)
        diag("%s:%d: got %.17g, expected %.17g within %g", file, line, got, expected, tolerance);
    return passed;
}

static inline bool tap_is_string(const char *got, const char *expected, TAP_CHECK_ARGS)
    __attribute__((format(printf, 5, 6)));
static inline bool tap_is_string(const char *got, const char *expected, TAP_CHECK_ARGS)
{
    bool passed = got && expected ? strcmp(got, expected) == 0 : got == expected;
    va_list args;
    va_start(args, fmt);
    tap_report(passed, fmt, args);
    va_end(args);
    if (!passed)
        diag("%s:%d: got \"%s\", expected \"%s\"", file, line, got ? got : "(null)",
             expected ? expected : "(null)");
    return passed;
}

/* Each returns whether it passed; the last arguments are a printf format and
 * its values, the name of the check. */
#define ok(condition, ...) tap_ok((condition), #condition, __FILE__, __LINE__, __VA_ARGS__)
#define is_int(got, expected, ...) tap_is_int((got), (expected), __FILE__, __LINE__, __VA_ARGS__)
#define is_close(got, expected, tolerance, ...)                                                    \
    tap_is_close((got), (expected), (tolerance), __FILE__, __LINE__, __VA_ARGS__)
#define is_string(got, expected, ...)                                                              \
    tap_is_string((got), (expected), __FILE__, __LINE__, __VA_ARGS__)

/* The larger of two errors. One that is not a number stays, which fmax would forget. */
static inline double worse_of(double worst, double error)
{
    return isnan(worst) || error <= worst ? worst : error;
}

/* Ends a program whose subject is not available here. */
static inline _Noreturn void skip_all(const char *why)
{
    printf("1..0 # SKIP %s\n", why);
    exit(0);
}

/* Ends a program that cannot go on. */
static inline _Noreturn void bail_out(const char *why)
{
    printf("Bail out! %s\n", why);
    exit(1);
}

static inline int done_testing(void)
{
    printf("1..%d\n", tap_checks);
    return tap_failures > 0;
}

enum { TAP_MAX_TEMPORARIES = 128 };
static char *tap_temporaries[TAP_MAX_TEMPORARIES];

static inline void tap_remove_temporaries(void)
{
    for (int i = 0; i < TAP_MAX_TEMPORARIES && tap_temporaries[i]; i++) {
        unlink(tap_temporaries[i]);
        free(tap_temporaries[i]);
    }
}

/* A path of that name in the build folder which no other process uses; what
 * the test leaves there is removed at exit. The string lives until then. */
static inline const char *temporary_path(const char *name)
{
    const char *folder = getenv("TEST_TMPDIR");
    if (!folder) folder = ".";
    int n = 0;
    while (n < TAP_MAX_TEMPORARIES && tap_temporaries[n])
        n++;
    if (n == TAP_MAX_TEMPORARIES) bail_out("too many temporary files");
    if (n == 0) atexit(tap_remove_temporaries);
    size_t size = strlen(folder) + strlen(name) + 32;
    char *path = malloc(size);
    if (!path) bail_out("out of memory");
    snprintf(path, size, "%s/%ld-%s", folder, (long)getpid(), name);
    unlink(path);
    return tap_temporaries[n] = path;
}

/* The path of a fixture given relative to the top of the source tree. */
static inline const char *fixture_path(const char *name)
{
    static char path[4096];
    const char *srcdir = getenv("srcdir");
    snprintf(path, sizeof path, "%s/%s", srcdir ? srcdir : ".", name);
    return path;
}

#endif
