#include <config.h>

#include "progress.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common.h"

static const double redraw_seconds = 0.1; /* on a terminal */
static const double line_seconds = 30;    /* elsewhere */
static const double smooth_seconds = 10;  /* time constant of the rate */

enum { BAR_CELLS = 20, LINE_BYTES = 512, DEFAULT_COLUMNS = 80 };

static bool bar_is_drawn;

/* A terminal on which a line can be erased. */
static bool has_cursor(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && term && *term && strcmp(term, "dumb") != 0;
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return DEFAULT_COLUMNS;
}

void progress_start(progress *bar, const char *unit, uint64_t done, uint64_t total, bool quiet)
{
    *bar = (progress){.silent = quiet,
                      .terminal = has_cursor(STDERR_FILENO),
                      .total = total,
                      .unit = unit,
                      .shown_at = seconds_now(),
                      .shown_done = done};
}

/* The recent rate: an exponential average with a time constant. */
static void update_rate(progress *bar, double elapsed, uint64_t done)
{
    if (elapsed <= 0 || done < bar->shown_done) return;
    double rate = (double)(done - bar->shown_done) / elapsed;
    double weight = bar->rate > 0 ? 1 - exp(-elapsed / smooth_seconds) : 1;
    bar->rate += weight * (rate - bar->rate);
}

/* "1:02:03" or "2:03". */
static void format_duration(char *text, size_t size, double seconds)
{
    if (!(seconds < 1e8)) {
        snprintf(text, size, "?");
        return;
    }
    long s = lround(seconds);
    if (s >= 3600)
        snprintf(text, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(text, size, "%ld:%02ld", s / 60, s % 60);
}

static void format_bar(char *text, size_t size, double fraction)
{
    int cells = (int)(fraction * BAR_CELLS);
    char cell[BAR_CELLS + 1];
    for (int i = 0; i < BAR_CELLS; i++)
        cell[i] = i < cells ? '=' : i == cells ? '>' : ' ';
    cell[BAR_CELLS] = 0;
    snprintf(text, size, "[%s] ", cell);
}

static void append(char *line, const char *text)
{
    size_t used = strlen(line);
    snprintf(line + used, LINE_BYTES - used, "%s", text);
}

/* What is behind us, the caller's text, the rate, the time ahead. */
static void format_line(const progress *bar, uint64_t done, const char *text, bool with_bar,
                        char line[LINE_BYTES])
{
    char part[LINE_BYTES], left[32];
    line[0] = 0;
    if (bar->total) {
        double fraction = fmin((double)done / (double)bar->total, 1);
        if (with_bar) {
            format_bar(part, sizeof part, fraction);
            append(line, part);
        }
        snprintf(part, sizeof part, "%3.0f%%  ", floor(100 * fraction));
    } else {
        snprintf(part, sizeof part, "%" PRIu64 " %s  ", done, bar->unit);
    }
    append(line, part);
    if (*text) {
        append(line, text);
        append(line, "  ");
    }
    snprintf(part, sizeof part, "%.*f %s/s", bar->rate < 10 ? 1 : 0, bar->rate, bar->unit);
    append(line, part);
    if (bar->total > done) {
        format_duration(left, sizeof left, (double)(bar->total - done) / bar->rate);
        snprintf(part, sizeof part, "  %s left", left);
        append(line, part);
    }
}

/* Erases from the start of the line on, also what a terminal that became
 * narrower has wrapped into the lines below. */
static const char erase[] = "\r\033[J";

/* The bar gives way where the terminal is too narrow for bar and text. The
 * cursor waits at the start, which a terminal that wraps lines anew keeps track
 * of; from the end it would not be known how many lines to go up. */
static void draw(const progress *bar, uint64_t done, const char *text)
{
    char line[LINE_BYTES];
    int columns = terminal_columns();
    format_line(bar, done, text, true, line);
    if (strlen(line) >= (size_t)columns) format_line(bar, done, text, false, line);
    fprintf(message_stream(), "%s%.*s\r", erase, columns - 1, line);
    flush_messages();
    bar_is_drawn = true;
}

void progress_update(progress *bar, uint64_t done, const char *text)
{
    if (bar->silent) return;
    double time = seconds_now(), elapsed = time - bar->shown_at;
    if (elapsed < (bar->terminal ? redraw_seconds : line_seconds)) return;
    update_rate(bar, elapsed, done);
    bar->shown_at = time;
    bar->shown_done = done;
    if (bar->terminal) {
        draw(bar, done, text);
    } else {
        char line[LINE_BYTES];
        format_line(bar, done, text, false, line);
        fprintf(message_stream(), "%s\n", line);
        flush_messages();
    }
}

void progress_finish(progress *bar)
{
    bar->silent = true;
    progress_hide();
}

void progress_hide(void)
{
    if (!bar_is_drawn) return;
    fputs(erase, message_stream());
    flush_messages();
    bar_is_drawn = false;
}
