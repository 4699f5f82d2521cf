/* The progress bar, seen by a terminal and by a file. */
#include <config.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>

#include "../../src/progress.h"
#include "../tap.h"

enum { ROOM = 8192 };

static void pause_for(long milliseconds)
{
    struct timespec t = {0, milliseconds * 1000000};
    nanosleep(&t, NULL);
}

/* Twenty updates; the bar is too early for most of them. */
static void work(bool quiet)
{
    progress bar;
    progress_start(&bar, "images", 0, 1000, quiet);
    for (int i = 1; i <= 20; i++) {
        pause_for(20);
        progress_update(&bar, (uint64_t)i * 25, "epoch 1/2  nll 83.5");
    }
    progress_finish(&bar);
}

static int terminal = -1; /* master side */

static void set_columns(unsigned short columns)
{
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    ioctl(terminal, TIOCSWINSZ, &size);
}

static int open_terminal(void)
{
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) || unlockpt(terminal)) return -1;
    const char *name = ptsname(terminal);
    return name ? open(name, O_RDWR | O_NOCTTY) : -1;
}

static const char *seen_by_terminal(void)
{
    static char text[ROOM];
    fcntl(terminal, F_SETFL, O_NONBLOCK);
    size_t used = 0;
    ssize_t n;
    while ((n = read(terminal, text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = 0;
    return text;
}

static const char erase[] = "\r\033[J"; /* the rest of the screen */

static size_t longest_drawing(const char *text)
{
    size_t longest = 0;
    for (const char *start = text; (start = strstr(start, erase)); start++) {
        size_t length = strcspn(start + strlen(erase), "\033\r");
        if (length > longest) longest = length;
    }
    return longest;
}

static int count_drawings(const char *text)
{
    int count = 0;
    for (; (text = strstr(text, "nll")); text++)
        count++;
    return count;
}

static void test_terminal(void)
{
    setenv("TERM", "xterm", 1);
    set_columns(100);
    work(false);
    const char *text = seen_by_terminal();
    ok(strstr(text, "epoch 1/2  nll 83.5"), "the text");
    ok(strstr(text, "[=="), "the bar");
    ok(strstr(text, " images/s"), "the rate");
    ok(strstr(text, " left"), "the time left");
    int drawings = count_drawings(text);
    ok(drawings >= 1 && drawings < 20, "not every update is drawn");
    size_t length = strlen(text);
    ok(length > 4 && strcmp(text + length - 4, erase) == 0, "the bar is taken away");
    set_columns(30);
    work(false);
    text = seen_by_terminal();
    ok(longest_drawing(text) > 0 && longest_drawing(text) < 30, "a narrow terminal");
    work(true);
    is_string(seen_by_terminal(), "", "nothing when quiet");
    setenv("TERM", "dumb", 1);
    work(false);
    is_string(seen_by_terminal(), "", "no bar where a line cannot be erased");
}

static void test_file(void)
{
    const char *path = temporary_path("progress");
    int fd = open(path, O_RDWR | O_CREAT, 0600), saved = dup(STDERR_FILENO);
    dup2(fd, STDERR_FILENO);
    work(false);
    dup2(saved, STDERR_FILENO);
    is_int(lseek(fd, 0, SEEK_END), 0, "lines in a file are sparse");
    close(fd);
    close(saved);
}

int main(void)
{
    int slave = open_terminal();
    if (slave < 0) skip_all("no pseudo-terminal");
    int saved = dup(STDERR_FILENO);
    test_file();
    dup2(slave, STDERR_FILENO);
    test_terminal();
    dup2(saved, STDERR_FILENO);
    return done_testing();
}
