/* Threads that behave as processes: a transport through the memory they share. */
#ifndef TESTS_TRAIN_THREADS_H
#define TESTS_TRAIN_THREADS_H

#include <pthread.h>

#include "../tap.h"
#include "pixelgan/transport.h"

enum { MOST_PROCESSES = 16 };

/* What a process lays open to the others during a call. */
typedef struct crowd_place {
    void *data;
    const size_t *sizes;
    int64_t number;
} crowd_place;

typedef struct crowd {
    int size;
    pthread_barrier_t barrier;
    crowd_place place[MOST_PROCESSES];
} crowd;

typedef struct crowd_member {
    crowd *all;
    pg_transport transport;
    void (*run)(const pg_transport *transport, void *argument);
    void *argument;
    size_t calls, bytes; /* what it sent */
} crowd_member;

static inline void crowd_wait(crowd_member *m)
{
    pthread_barrier_wait(&m->all->barrier);
}

/* Lays data open, and returns when all others have. */
static inline crowd_place *crowd_show(crowd_member *m, void *data, const size_t *sizes)
{
    m->all->place[m->transport.rank].data = data;
    m->all->place[m->transport.rank].sizes = sizes;
    m->calls++;
    crowd_wait(m);
    return m->all->place;
}

static inline void crowd_most(void *state, int64_t *values, size_t count)
{
    crowd_member *m = state;
    int64_t most[8];
    crowd_place *place = crowd_show(m, values, NULL);
    if (count > 8) bail_out("too many values");
    memcpy(most, values, count * sizeof *most);
    for (int r = 0; r < m->all->size; r++)
        for (size_t i = 0; i < count; i++)
            if (((int64_t *)place[r].data)[i] > most[i]) most[i] = ((int64_t *)place[r].data)[i];
    crowd_wait(m);
    memcpy(values, most, count * sizeof *most);
}

static inline void crowd_broadcast(void *state, int from, void *data, size_t bytes)
{
    crowd_member *m = state;
    crowd_place *place = crowd_show(m, data, NULL);
    if (m->transport.rank != from && bytes) memcpy(data, place[from].data, bytes);
    crowd_wait(m);
}

static inline void crowd_gather(void *state, void *data, size_t count, size_t unit)
{
    crowd_member *m = state;
    size_t size = (size_t)m->all->size;
    crowd_place *place = crowd_show(m, data, NULL);
    for (size_t r = 0; r < size; r++) {
        size_t from = count * r / size * unit, to = count * (r + 1) / size * unit;
        if ((int)r != m->transport.rank)
            memcpy((char *)data + from, (char *)place[r].data + from, to - from);
        else
            m->bytes += to - from;
    }
    crowd_wait(m);
}

static inline void crowd_exchange(void *state, const void *send, const size_t *send_bytes,
                                  void *receive, const size_t *receive_bytes)
{
    crowd_member *m = state;
    crowd_place *place = crowd_show(m, (void *)send, send_bytes);
    char *to = receive;
    for (int r = 0; r < m->all->size; r++) {
        const char *from = place[r].data;
        for (int before = 0; before < m->transport.rank; before++)
            from += place[r].sizes[before];
        if (place[r].sizes[m->transport.rank] != receive_bytes[r])
            bail_out("a process expects more or less than another sends");
        memcpy(to, from, receive_bytes[r]);
        to += receive_bytes[r];
        m->bytes += send_bytes[r];
    }
    crowd_wait(m);
}

static inline void *crowd_begin(void *member)
{
    crowd_member *m = member;
    m->run(&m->transport, m->argument);
    return NULL;
}

/* Runs something as each of so many processes; arguments[rank] is what each gets. */
static inline void crowd_run(int size, void (*run)(const pg_transport *, void *),
                             void *const *arguments)
{
    crowd all = {.size = size};
    crowd_member member[MOST_PROCESSES];
    pthread_t thread[MOST_PROCESSES];
    pthread_barrier_init(&all.barrier, NULL, (unsigned)size);
    for (int r = 0; r < size; r++) {
        member[r] = (crowd_member){.all = &all, .run = run, .argument = arguments[r]};
        member[r].transport = (pg_transport){
            &member[r], r, size, crowd_most, crowd_broadcast, crowd_gather, crowd_exchange};
        if (pthread_create(&thread[r], NULL, crowd_begin, &member[r]) != 0)
            bail_out("no thread to be had");
    }
    for (int r = 0; r < size; r++)
        pthread_join(thread[r], NULL);
    pthread_barrier_destroy(&all.barrier);
}

#endif
