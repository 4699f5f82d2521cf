/* What the tools share: options, messages, exits, numbers.
 *
 * src/TEMPLATE.c is the skeleton a new tool copies. The rules it stands for:
 *
 *   exit status   0 done, 1 bad data or a failure of the system, 2 wrong usage
 *   messages      standard error, one line, "TOOL: where: what, what to do"
 *   -             standard input or output, where a file is asked for
 *   broken pipe   a reader that leaves is no error of ours and no message: the
 *                 tool dies of SIGPIPE, also where it was started ignoring it
 *   full disk     standard output is checked at exit, whatever wrote there; so is a
 *                 limit of file sizes, which is no signal here
 *   slow reader   is waited for, also where a descriptor is non-blocking
 *   locale        none is set: numbers have a decimal point everywhere
 */
#ifndef PG_COMMON_H
#define PG_COMMON_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pixelgan/status.h"

enum { EXIT_DATA = 1, EXIT_USAGE = 2 };

/* Options that mean the same in each tool that has them. */
typedef struct shared_options {
    const char *model;  /* -m FILE; NULL: not given */
    const char *output; /* -o FILE; "-": standard output, the default */
    uint64_t seed;      /* -s N; 0 by default */
    int threads;        /* -j N; as many as there are cores by default */
} shared_options;

/* Entries of a tool's option table; a tool lists those it has. */
#define OPTION_MODEL                                                                               \
    {                                                                                              \
        "model", required_argument, NULL, 'm'                                                      \
    }
#define OPTION_OUTPUT                                                                              \
    {                                                                                              \
        "output", required_argument, NULL, 'o'                                                     \
    }
#define OPTION_SEED                                                                                \
    {                                                                                              \
        "seed", required_argument, NULL, 's'                                                       \
    }
#define OPTION_THREADS                                                                             \
    {                                                                                              \
        "threads", required_argument, NULL, 'j'                                                    \
    }
#define OPTIONS_EVERY_TOOL                                                                         \
    {"quiet", no_argument, NULL, 'q'}, {"verbose", no_argument, NULL, 'v'},                        \
        {"help", no_argument, NULL, 'h'},                                                          \
    {                                                                                              \
        "version", no_argument, NULL, 'V'                                                          \
    }

/* Values for options without a letter start here. */
enum { FIRST_LONG_OPTION = 256 };

/* First call of main: sets the name for messages, the text of --help, the
 * check of standard output at exit. */
void begin(char **argv, const char *program, const char *help);

/* Of several processes that do one thing together: a process that is about to say why it fails asks
 * the hook, which may change the status. What it returns goes before the message ("process 2 of 3:
 * ", or ""); NULL where another process says it. */
void set_end_hook(const char *(*hook)(int *status));

/* And one that says nothing but that. */
void hush(void);

/* getopt_long with a short letter for each entry of the table whose value is a
 * character. Takes care of the options above, of mistakes, --help and
 * --version; returns the tool's own options, and -1 after the last. */
int next_option(int argc, char **argv, const struct option *table, shared_options *shared);

/* What messages call it: "standard input" for "-". */
const char *input_name(const char *path);

/* All operands, "-" where there is none. */
const char *const *all_operands(int argc, char **argv, size_t *count);

/* The one operand, "-" where there is none; more than one is a usage error. */
const char *single_operand(int argc, char **argv);

/* Standard output and standard error; stdout and stderr themselves would lose what a descriptor
 * that is not ready does not take. Standard output is checked at exit. */
FILE *output_stream(void);
FILE *message_stream(void);

/* Writes what is buffered for standard error; 0 or an errno. */
int flush_messages(void);

/* "TOOL: message", status 1. */
_Noreturn void fail(const pg_error *err);
_Noreturn void fail_with(const char *fmt, ...) PG_PRINTF(1, 2);

/* "TOOL: message" and a hint to try --help, status 2. */
_Noreturn void usage_error(const char *fmt, ...) PG_PRINTF(1, 2);

/* Lines on standard error: warnings and notes unless -q, details with -v. */
void warning(const char *fmt, ...) PG_PRINTF(1, 2);
void note(const char *fmt, ...) PG_PRINTF(1, 2);
void detail(const char *fmt, ...) PG_PRINTF(1, 2);
bool is_quiet(void);
bool is_verbose(void);

/* The whole text as a number within [min, max], or a usage error that names
 * `what` ("--epochs"). No blanks, no plus sign, no hexadecimal, no infinity. */
long long parse_integer(const char *text, long long min, long long max, const char *what);
double parse_real(const char *text, double min, double max, const char *what);

/* "AxB", "A/B", ...: two integers within [min, max]. */
void parse_pair(const char *text, char separator, long long min, long long max, long long *first,
                long long *second, const char *what);

/* "A,B,C": fills values (room for `room`) and returns how many there are, at least one. */
size_t parse_list(const char *text, long long min, long long max, long long *values, size_t room,
                  const char *what);

/* Usage errors where path is "-" and binary data would come from, or go to, a terminal. */
void refuse_terminal_input(const char *path);
void refuse_terminal_output(const char *path);

/* Seconds of a clock that never goes back. */
double seconds_now(void);

/* Cores this process may use, or what OMP_NUM_THREADS says. */
int default_threads(void);

/* The command as a shell would take it, for the record in a model file; free() it. */
char *command_line(int argc, char *const *argv);

#endif
