/* Progress of long work, on standard error.
 *
 * On a terminal: one line, redrawn at most ten times a second to the width the
 * terminal has at that moment. Elsewhere: a plain line now and then.
 */
#ifndef PG_PROGRESS_H
#define PG_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    bool silent;
    bool terminal;
    uint64_t total;      /* units of the whole work; 0: unknown */
    const char *unit;    /* "images" */
    double shown_at;     /* seconds, of the last line drawn */
    uint64_t shown_done; /* units done by then */
    double rate;         /* units a second, smoothed */
} progress;

/* done units are behind us already (a resumed run), total are to be reached. */
void progress_start(progress *bar, const char *unit, uint64_t done, uint64_t total, bool quiet);

/* text tells what is known beside the count, as "epoch 3/20  nll 83.5". Cheap
 * when it is too early to draw. */
void progress_update(progress *bar, uint64_t done, const char *text);

/* Removes the bar. */
void progress_finish(progress *bar);

/* Takes the bar, if there is one, off its line, to make room for a message; the
 * next update draws it again. */
void progress_hide(void);

#endif
