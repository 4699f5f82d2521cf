/* The processes that train one model together; alone where there is no transport.
 *
 * All of them come to the same calls that others wait in. A process that fails between two such
 * calls tells so in the next one, whichever that is: one of them says why, and all end with that
 * status. So what only some of the processes do, as writing files, is followed by meet().
 */
#ifndef PG_PROCESSES_H
#define PG_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>

#include "pixelgan/stream.h"
#include "pixelgan/transport.h"

/* Before begin(), so that the last message is out when the others are told. */
void processes_join(const pg_transport *transport);

/* For the library; NULL where this process is alone. It counts what is exchanged. */
const pg_transport *processes_transport(void);

/* The one that writes files and says how it goes. */
bool is_first_process(void);

/* Waits for the others; where one of them has failed, this one ends, too. */
void meet(void);

/* A meeting; true where a signal asked any of the processes to stop, as interrupt_stops() then says
 * in all of them. */
bool stop_together(void);

/* True once for each time any process was asked to save. */
bool save_together(void);

/* Ends all processes where they were given other bytes; what is for the message. */
void compare_together(const void *bytes, size_t count, const char *what);

/* Reads the images and labels of some streams. Where one of them is a pipe, which only one process
 * can read, the first one reads for all. */
typedef void read_streams(const char *const *paths, size_t count, pg_records *records);
void read_together(const char *const *paths, size_t count, pg_records *records, read_streams *read);

/* Says what was exchanged, with -v, since counting began, in so many steps that took so long. */
void processes_begin_counting(void);
void processes_report(size_t steps, double seconds);

#endif
