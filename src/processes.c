#include <config.h>

#include "processes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common.h"
#include "interrupt.h"
#include "pixelgan/pixelgan.h"

static const pg_transport *inner; /* NULL: alone */
static pg_transport counting;
static bool is_over; /* no other process waits for this one any more */
static bool save_wanted;

/* ---- What is exchanged ---- */

static struct traffic {
    size_t calls;
    double bytes, seconds; /* bytes: that came from other processes */
} traffic;

static void count(double begun, double bytes)
{
    traffic.calls++;
    traffic.bytes += bytes;
    traffic.seconds += seconds_now() - begun;
}

static void count_most(void *state, int64_t *values, size_t number)
{
    double begun = seconds_now();
    inner->most(state, values, number);
    count(begun, (double)(number * sizeof *values));
}

static void count_broadcast(void *state, int from, void *data, size_t bytes)
{
    double begun = seconds_now();
    inner->broadcast(state, from, data, bytes);
    count(begun, from == inner->rank ? 0 : (double)bytes);
}

static void count_gather(void *state, void *data, size_t number, size_t unit)
{
    double begun = seconds_now();
    size_t rank = (size_t)inner->rank, size = (size_t)inner->size;
    size_t own = number * (rank + 1) / size - number * rank / size;
    inner->gather(state, data, number, unit);
    count(begun, (double)((number - own) * unit));
}

static void count_exchange(void *state, const void *send, const size_t *send_bytes, void *receive,
                           const size_t *receive_bytes)
{
    double begun = seconds_now(), bytes = 0;
    inner->exchange(state, send, send_bytes, receive, receive_bytes);
    for (int p = 0; p < inner->size; p++)
        if (p != inner->rank) bytes += (double)receive_bytes[p];
    count(begun, bytes);
}

void processes_begin_counting(void)
{
    traffic = (struct traffic){0};
}

void processes_report(size_t steps, double seconds)
{
    if (!inner || !steps) return;
    detail("%d processes: each step %.1f exchanges, %.0f bytes to each process, %.3g ms of %.3g",
           inner->size, (double)traffic.calls / (double)steps, traffic.bytes / (double)steps,
           1e3 * traffic.seconds / (double)steps, 1e3 * seconds / (double)steps);
}

/* ---- Meetings ---- */

/* What a process tells the others. Of each the largest counts; a process is told by how many are
 * not before it, so that the first of them counts. */
typedef struct news {
    int64_t failed, ended, goes_on; /* a process */
    int64_t status;                 /* it ends with */
    int64_t stop_signal, save;
} news;

static int64_t myself(void)
{
    return inner->size - inner->rank;
}

static int number_of(int64_t process)
{
    return inner->size - (int)process + 1;
}

static void exchange_news(news *n)
{
    _Static_assert(sizeof *n == 6 * sizeof(int64_t), "one array");
    counting.most(inner->state, &n->failed, 6);
    if (n->failed || n->ended) is_over = true;
}

/* When this process fails: it says why where it is the first of those that do. */
static const char *fail_together(int *status)
{
    static char prefix[64];
    if (is_over) return is_first_process() ? prefix : NULL;
    news n = {.failed = myself(), .status = *status};
    exchange_news(&n);
    *status = (int)n.status;
    if (n.failed != myself()) return NULL;
    if (!is_first_process())
        snprintf(prefix, sizeof prefix, "process %d of %d: ", inner->rank + 1, inner->size);
    return prefix;
}

/* At the end of a process that has not failed. */
static void leave(void)
{
    if (is_over) return;
    news n = {.ended = myself()};
    exchange_news(&n);
}

/* Goes on only where all others do. */
static void go_on(news *n)
{
    n->goes_on = myself();
    exchange_news(n);
    if (n->failed) exit((int)n->status);
    if (!n->ended) return;
    if (n->goes_on != myself()) exit(EXIT_DATA);
    set_end_hook(NULL);
    fail_with("process %d of %d has ended; start all with the same options", number_of(n->ended),
              inner->size);
}

void processes_join(const pg_transport *transport)
{
    if (!transport || transport->size == 1) return;
    inner = transport;
    counting = (pg_transport){.state = transport->state,
                              .rank = transport->rank,
                              .size = transport->size,
                              .most = count_most,
                              .broadcast = count_broadcast,
                              .gather = count_gather,
                              .exchange = count_exchange};
    atexit(leave);
    set_end_hook(fail_together);
    if (!is_first_process()) hush();
}

const pg_transport *processes_transport(void)
{
    return inner ? &counting : NULL;
}

bool is_first_process(void)
{
    return !inner || inner->rank == 0;
}

void meet(void)
{
    news n = {0};
    if (inner) go_on(&n);
}

bool stop_together(void)
{
    if (!inner) return interrupt_stops() != 0;
    news n = {.stop_signal = interrupt_stops(), .save = interrupt_saves()};
    go_on(&n);
    if (n.save) save_wanted = true;
    if (n.stop_signal) interrupt_take((int)n.stop_signal);
    return n.stop_signal != 0;
}

bool save_together(void)
{
    bool wanted = inner ? save_wanted : interrupt_saves();
    save_wanted = false;
    return wanted;
}

void compare_together(const void *bytes, size_t number, const char *what)
{
    pg_error err;
    meet();
    if (pg_transport_compare(processes_transport(), bytes, number, what, &err) != PG_OK) fail(&err);
}

/* ---- Data ---- */

/* A pipe, a device: what gives its bytes once. */
static bool gives_once(const char *path)
{
    struct stat info;
    if (strcmp(path, "-") == 0) return true;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static void broadcast(void *data, size_t bytes)
{
    if (data) counting.broadcast(inner->state, 0, data, bytes);
}

enum { IMAGES_AT_ONCE = 512 };

/* The images of the first process, wherever it has them, into the arrays of the others. */
static void hand_out_images(pg_records *records)
{
    size_t size = pg_schema_image_size(&records->schema);
    uint8_t *buffer = malloc(IMAGES_AT_ONCE * size);
    if (!buffer) fail_with("out of memory for images to hand out");
    meet();
    for (size_t done = 0, n; done < records->count; done += n) {
        n = records->count - done < IMAGES_AT_ONCE ? records->count - done : IMAGES_AT_ONCE;
        if (is_first_process()) pg_records_copy_images(records, done, n, buffer);
        broadcast(is_first_process() ? buffer : records->image + done * size, n * size);
    }
    free(buffer);
}

/* The first process's records to all; the others make room for them. */
static void hand_out(pg_records *records)
{
    pg_error err;
    pg_schema schema = records->schema;
    uint64_t number = records->count;
    meet();
    broadcast(&schema, sizeof schema);
    broadcast(&number, sizeof number);
    if (!is_first_process() && pg_records_init(records, &schema, (size_t)number, &err) != PG_OK)
        fail(&err);
    records->count = (size_t)number;
    hand_out_images(records);
    broadcast(records->label, records->count * sizeof *records->label);
}

static bool any_gives_once(const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (gives_once(paths[i])) return true;
    return false;
}

void read_together(const char *const *paths, size_t count, pg_records *records, read_streams *read)
{
    int64_t once = 0;
    meet();
    if (inner) {
        once = is_first_process() && any_gives_once(paths, count);
        broadcast(&once, sizeof once);
    }
    if (!once || is_first_process()) read(paths, count, records);
    if (once) hand_out(records);
}
