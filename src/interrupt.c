#include <config.h>

#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t stop_signal, save_wanted;

static void ask_to_stop(int number)
{
    stop_signal = number;
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
    watch(SIGINT, ask_to_stop);
    watch(SIGTERM, ask_to_stop);
    watch(SIGUSR1, ask_to_save);
}

int interrupt_stops(void)
{
    return stop_signal;
}

bool interrupt_saves(void)
{
    bool wanted = save_wanted;
    save_wanted = 0;
    return wanted;
}
