/* Signals to a long run: stop in good order, save. */
#ifndef PG_INTERRUPT_H
#define PG_INTERRUPT_H

#include <stdbool.h>

/* From now on SIGINT, SIGTERM, SIGHUP, SIGXCPU and SIGPIPE ask the run to stop, SIGUSR1 to save; a
 * second SIGINT or SIGTERM ends the process at once. What was ignored stays ignored. */
void interrupt_watch(void);

/* The signal that asks to stop, or 0; its name. */
int interrupt_stops(void);
const char *interrupt_name(void);

/* As if that signal had come. */
void interrupt_take(int number);

/* True once for each time saving was asked for. */
bool interrupt_saves(void);

#endif
