#include <config.h>

#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stop_signal, save_wanted;

/* Somebody who asks twice does not want to wait. The other signals may come more than once by
 * themselves: a shell and the terminal both tell that it was hung up, a limit is told each second.
 */
static void ask_to_stop(int number)
{
    if (!stop_signal) stop_signal = number;
    if (number != SIGINT && number != SIGTERM) return;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
}

static void ask_to_save(int number)
{
    (void)number;
    save_wanted = 1;
}

/* System calls under way go on. */
static void watch(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
    sigemptyset(&action.sa_mask);
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaction(number, &action, NULL);
}

void interrupt_watch(void)
{
    static const int stopping[] = {SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGPIPE};
    for (size_t i = 0; i < sizeof stopping / sizeof *stopping; i++)
        watch(stopping[i], ask_to_stop);
    watch(SIGUSR1, ask_to_save);
}

int interrupt_stops(void)
{
    return stop_signal;
}

void interrupt_take(int number)
{
    stop_signal = number;
}

const char *interrupt_name(void)
{
    switch (stop_signal) {
    case SIGINT:
        return "SIGINT";
    case SIGHUP:
        return "SIGHUP";
    case SIGXCPU:
        return "SIGXCPU (the limit of CPU time)";
    case SIGPIPE:
        return "SIGPIPE";
    default:
        return "SIGTERM";
    }
}

bool interrupt_saves(void)
{
    bool wanted = save_wanted;
    save_wanted = 0;
    return wanted;
}
