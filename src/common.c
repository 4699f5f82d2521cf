#include <config.h>

#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/output.h"
#include "pixelgan/pixelgan.h"
#include "progress.h"

static const char *program_name = "pixelgan";
static const char *help_text = "";
static int verbosity;   /* -1 quiet, 0, 1 verbose */
static bool has_failed; /* a message about the end was printed */
static bool is_hushed;
static const char *(*end_hook)(int *status);
static pg_output *output, *messages;

FILE *output_stream(void)
{
    if (!output) output = pg_output_open(STDOUT_FILENO);
    if (!output) fail_with("standard output: out of memory");
    return output->stream;
}

FILE *message_stream(void)
{
    if (!messages) messages = pg_output_open(STDERR_FILENO);
    return messages ? messages->stream : stderr;
}

/* The next message may be luckier, so the failure is forgotten. */
int flush_messages(void)
{
    if (!messages) return 0;
    int why = pg_output_flush(messages);
    messages->why = 0;
    clearerr(messages->stream);
    return why;
}

/* Keeps a message on one line, whatever a file name or an argument contains. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127) *text = '?';
}

/* One line "TOOL: prefix message", in one piece: other tools of a pipeline write there, too. */
static void print_message(const char *prefix, const char *fmt, va_list args)
{
    char *text;
    if (vasprintf(&text, fmt, args) < 0) text = NULL;
    if (text) make_printable(text);
    progress_hide();
    fprintf(message_stream(), "%s: %s%s\n", program_name, prefix, text ? text : "out of memory");
    flush_messages();
    free(text);
}

/* Dies as a process does whose reader has left. */
static _Noreturn void die_of_broken_pipe(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(SIGPIPE);
    _exit(128 + SIGPIPE);
}

_Noreturn void fail(const pg_error *err)
{
    if (err->status == PG_ERR_IO && err->system_errno == EPIPE) die_of_broken_pipe();
    fail_with("%s", err->message);
}

void set_end_hook(const char *(*hook)(int *status))
{
    end_hook = hook;
}

void hush(void)
{
    is_hushed = true;
}

/* The beginning of the message that this process ends with, unless another one says why. */
static const char *begin_end(int *status)
{
    const char *prefix = end_hook ? end_hook(status) : "";
    has_failed = true;
    if (!prefix) exit(*status);
    return prefix;
}

_Noreturn void fail_with(const char *fmt, ...)
{
    va_list args;
    int status = EXIT_DATA;
    const char *prefix = begin_end(&status);
    va_start(args, fmt);
    print_message(prefix, fmt, args);
    va_end(args);
    exit(status);
}

_Noreturn void usage_error(const char *fmt, ...)
{
    va_list args;
    int status = EXIT_USAGE;
    const char *prefix = begin_end(&status);
    va_start(args, fmt);
    print_message(prefix, fmt, args);
    va_end(args);
    fprintf(message_stream(), "try '%s --help'\n", program_name);
    flush_messages();
    exit(status);
}

void warning(const char *fmt, ...)
{
    if (is_quiet()) return;
    va_list args;
    va_start(args, fmt);
    print_message("warning: ", fmt, args);
    va_end(args);
}

void note(const char *fmt, ...)
{
    if (is_quiet()) return;
    va_list args;
    va_start(args, fmt);
    print_message("", fmt, args);
    va_end(args);
}

void detail(const char *fmt, ...)
{
    if (!is_verbose()) return;
    va_list args;
    va_start(args, fmt);
    print_message("", fmt, args);
    va_end(args);
}

bool is_quiet(void)
{
    return is_hushed || verbosity < 0;
}

bool is_verbose(void)
{
    return !is_hushed && verbosity > 0;
}

static int close_standard_output(void)
{
    pg_output *closing = output;
    output = NULL;
    if (closing) return pg_output_close(closing, true);
    return close(STDOUT_FILENO) == 0 ? 0 : errno;
}

/* What is still buffered may not fit the disk; a tool that has failed already
 * says no more. */
static void check_standard_output(void)
{
    progress_hide();
    int why = close_standard_output();
    if (!why || has_failed) return;
    if (why == EPIPE) die_of_broken_pipe();
    fprintf(message_stream(), "%s: standard output: cannot write: %s\n", program_name,
            strerror(why));
    flush_messages();
    _exit(EXIT_DATA);
}

/* A standard stream that is closed must not be taken by the first file opened:
 * its place is filled by one for which the wrong use is an error. */
static void occupy_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void begin(char **argv, const char *program, const char *help)
{
    program_name = program;
    help_text = help;
    argv[0] = (char *)program; /* the same in all records of the command, however it was called */
    occupy_standard_descriptors();
    setenv("OPENBLAS_NUM_THREADS", "1", true); /* each of our threads works for itself there */
    signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is an error like that of a full disk */
    atexit(check_standard_output);
}

/* ":m:o:qvhV..." from the table, in static storage; the first colon leaves messages to us. */
static const char *short_options(const struct option *table)
{
    static char text[256] = ":";
    size_t n = 1;
    for (const struct option *option = table; option->name; option++) {
        if (option->val <= ' ' || option->val >= 127 || n + 3 > sizeof text) continue;
        text[n++] = (char)option->val;
        if (option->has_arg == required_argument) text[n++] = ':';
    }
    text[n] = 0;
    return text;
}

static bool has_value(const struct option *table, int value)
{
    for (; table->name; table++)
        if (table->val == value) return true;
    return false;
}

/* How many long options begin like the word "--NAME" or "--NAME=VALUE". */
static int count_matches(const struct option *table, const char *word)
{
    size_t length = strcspn(word + 2, "=");
    int matches = 0;
    for (; table->name; table++)
        matches += strncmp(table->name, word + 2, length) == 0;
    return matches;
}

/* What getopt did not like; it would print the word as it is, over several lines maybe. */
static _Noreturn void refuse_option(int option, char **argv, const struct option *table)
{
    const char *word = argv[optind - 1];
    int name = (int)strcspn(word, "=");
    if (option == ':' && word[1] == '-')
        usage_error("option '%.*s' requires an argument", name, word);
    if (option == ':') usage_error("option '-%c' requires an argument", optopt);
    if (optopt && !has_value(table, optopt)) usage_error("invalid option -- '%c'", optopt);
    if (optopt) usage_error("option '%.*s' takes no argument", name, word);
    usage_error(count_matches(table, word) > 1 ? "option '%.*s' is ambiguous"
                                               : "unrecognized option '%.*s'",
                name, word);
}

static _Noreturn void print_help(void)
{
    if (!is_hushed) fputs(help_text, output_stream());
    exit(EXIT_SUCCESS);
}

static _Noreturn void print_version(void)
{
    if (!is_hushed) fprintf(output_stream(), "%s (pixelgan) %s\n", program_name, pg_version());
    exit(EXIT_SUCCESS);
}

/* True where the option was one of those all tools share. */
static bool take_shared_option(int option, shared_options *shared)
{
    switch (option) {
    case 'm':
        shared->model = optarg;
        break;
    case 'o':
        shared->output = optarg;
        break;
    case 's':
        shared->seed = (uint64_t)parse_integer(optarg, 0, INT64_MAX, "--seed");
        break;
    case 'j':
        shared->threads = (int)parse_integer(optarg, 1, PG_MAX_THREADS, "--threads");
        break;
    case 'q':
        verbosity = -1;
        break;
    case 'v':
        verbosity = 1;
        break;
    case 'h':
        print_help();
    case 'V':
        print_version();
    default:
        return false;
    }
    return true;
}

int next_option(int argc, char **argv, const struct option *table, shared_options *shared)
{
    if (!shared->output) shared->output = "-";
    if (!shared->threads) shared->threads = default_threads();
    const char *letters = short_options(table);
    int option;
    do {
        option = getopt_long(argc, argv, letters, table, NULL);
        if (option == '?' || option == ':') refuse_option(option, argv, table);
    } while (option != -1 && take_shared_option(option, shared));
    return option;
}

const char *input_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

const char *const *all_operands(int argc, char **argv, size_t *count)
{
    static const char *const standard_input[] = {"-"};
    *count = optind < argc ? (size_t)(argc - optind) : 1;
    return optind < argc ? (const char *const *)argv + optind : standard_input;
}

const char *single_operand(int argc, char **argv)
{
    if (argc - optind > 1)
        usage_error("one input at most, and there are %d: '%s', '%s'...", argc - optind,
                    argv[optind], argv[optind + 1]);
    return optind < argc ? argv[optind] : "-";
}

/* Digits with an optional minus sign, all of [text, end). */
static bool scan_integer(const char *text, const char *end, long long *value)
{
    if (!(*text >= '0' && *text <= '9') && *text != '-') return false;
    char *stop;
    errno = 0;
    *value = strtoll(text, &stop, 10);
    return stop == end && stop[-1] != '-' && errno == 0;
}

long long parse_integer(const char *text, long long min, long long max, const char *what)
{
    long long value;
    if (!scan_integer(text, text + strlen(text), &value) || value < min || value > max)
        usage_error("%s: '%s' is not a whole number from %lld to %lld", what, text, min, max);
    return value;
}

double parse_real(const char *text, double min, double max, const char *what)
{
    char *stop = NULL;
    double value = NAN;
    if (strspn(text, "0123456789.eE+-") == strlen(text) && *text != '+')
        value = strtod(text, &stop);
    if (!stop || stop == text || *stop || !(value >= min && value <= max))
        usage_error("%s: '%s' is not a number from %g to %g", what, text, min, max);
    return value;
}

void parse_pair(const char *text, char separator, long long min, long long max, long long *first,
                long long *second, const char *what)
{
    const char *middle = strchr(text, separator);
    if (!middle || !scan_integer(text, middle, first) ||
        !scan_integer(middle + 1, text + strlen(text), second) || *first < min || *first > max ||
        *second < min || *second > max)
        usage_error("%s: '%s' is not A%cB with whole numbers from %lld to %lld", what, text,
                    separator, min, max);
}

size_t parse_list(const char *text, long long min, long long max, long long *values, size_t room,
                  const char *what)
{
    size_t count = 0;
    for (const char *start = text;; count++) {
        const char *end = start + strcspn(start, ",");
        if (count == room) usage_error("%s: more than %zu numbers", what, room);
        if (!scan_integer(start, end, &values[count]) || values[count] < min || values[count] > max)
            usage_error("%s: '%s' is not a list A,B,C of whole numbers from %lld to %lld", what,
                        text, min, max);
        if (!*end) return count + 1;
        start = end + 1;
    }
}

void refuse_terminal_input(const char *path)
{
    if (strcmp(path, "-") == 0 && isatty(STDIN_FILENO))
        usage_error("standard input is a terminal, and the data is binary; name a file or pipe "
                    "it in ('... | %s')",
                    program_name);
}

void refuse_terminal_output(const char *path)
{
    if (strcmp(path, "-") == 0 && isatty(STDOUT_FILENO))
        usage_error("standard output is a terminal, and the data is binary; redirect it "
                    "('> FILE'), pipe it on or use -o FILE");
}

double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int default_threads(void)
{
    const char *wanted = getenv("OMP_NUM_THREADS");
    long long count;
    if (wanted && scan_integer(wanted, wanted + strcspn(wanted, ","), &count) && count >= 1 &&
        count <= PG_MAX_THREADS)
        return (int)count;
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set) < PG_MAX_THREADS ? CPU_COUNT(&set) : PG_MAX_THREADS;
    count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > PG_MAX_THREADS ? PG_MAX_THREADS : (int)count;
}

/* Copies a word, in single quotes where a shell would not take it as it is. */
static char *append_word(char *to, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_-+=:,./@%";
    if (*word && strspn(word, plain) == strlen(word)) return stpcpy(to, word);
    *to++ = '\'';
    for (; *word; word++)
        if (*word == '\'')
            to = stpcpy(to, "'\\''");
        else
            *to++ = *word;
    *to++ = '\'';
    *to = 0;
    return to;
}

char *command_line(int argc, char *const *argv)
{
    size_t size = 1;
    for (int i = 0; i < argc; i++)
        size += 4 * strlen(argv[i]) + 3;
    char *text = malloc(size);
    if (!text) fail_with("out of memory");
    char *end = text;
    *end = 0;
    for (int i = 0; i < argc; i++) {
        if (i) *end++ = ' ';
        end = append_word(end, argv[i]);
    }
    return text;
}
