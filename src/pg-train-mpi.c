/* pg-train-mpi: pg-train in several processes that MPI started; the transport between them. */
#include <config.h>

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common.h"
#include "processes.h"
#include "train.h"

static const char help[] =
    "Usage: mpirun -n N pg-train-mpi [OPTION]... -o MODEL [FILE]\n"
    "Trains as pg-train does, in N processes on one machine or on several, which\n"
    "share the work of each step. The model is that of pg-train, byte for byte.\n"
    "\n"
    "Options and settings are those of pg-train, see 'pg-train --help'; of these\n"
    "\n"
    "  -o, --output FILE   the model; the first process alone writes files\n"
    "  -j, --threads N     of each process; default: its part of the machine's cores\n"
    "  -v, --verbose       also say how much the processes exchange\n"
    "  -h, --help\n"
    "  -V, --version\n"
    "\n"
    "At most as many processes have work as there are shards of a batch: 8, or\n"
    "what --set shards=S says.\n";

/* ---- The transport ---- */

enum { WORD = 4 }; /* bytes; MPI counts with int, and in words that goes further */

static int rank, size;
static int *send_count, *send_at, *receive_count, *receive_at; /* words, by process */

static void most(void *state, int64_t *values, size_t count)
{
    (void)state;
    MPI_Allreduce(MPI_IN_PLACE, values, (int)count, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD);
}

static void broadcast(void *state, int from, void *data, size_t bytes)
{
    const size_t piece = 1 << 30;
    (void)state;
    for (char *at = data; bytes;) {
        size_t n = bytes < piece ? bytes : piece;
        MPI_Bcast(at, (int)n, MPI_BYTE, from, MPI_COMM_WORLD);
        at += n;
        bytes -= n;
    }
}

static void gather(void *state, void *data, size_t count, size_t unit)
{
    (void)state;
    for (size_t p = 0; p < (size_t)size; p++) {
        size_t begin = count * p / (size_t)size, end = count * (p + 1) / (size_t)size;
        receive_at[p] = (int)(begin * (unit / WORD));
        receive_count[p] = (int)((end - begin) * (unit / WORD));
    }
    MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, data, receive_count, receive_at,
                   MPI_UINT32_T, MPI_COMM_WORLD);
}

static void count_words(const size_t *bytes, int *count, int *at)
{
    for (int p = 0, total = 0; p < size; p++) {
        at[p] = total;
        total += count[p] = (int)(bytes[p] / WORD);
    }
}

static void exchange(void *state, const void *send, const size_t *send_bytes, void *receive,
                     const size_t *receive_bytes)
{
    (void)state;
    count_words(send_bytes, send_count, send_at);
    count_words(receive_bytes, receive_count, receive_at);
    MPI_Alltoallv(send, send_count, send_at, MPI_UINT32_T, receive, receive_count, receive_at,
                  MPI_UINT32_T, MPI_COMM_WORLD);
}

/* ---- Starting and ending ---- */

static _Noreturn void refuse(const char *why)
{
    fprintf(stderr, "pg-train-mpi: MPI: %s\n", why);
    MPI_Abort(MPI_COMM_WORLD, EXIT_DATA);
    exit(EXIT_DATA);
}

/* Where nothing else is said, processes of a machine that may use the same cores share them. */
static void share_cores(void)
{
    MPI_Comm machine;
    cpu_set_t own, other;
    int processes, me, same = 0;
    char text[16];
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &machine);
    MPI_Comm_size(machine, &processes);
    MPI_Comm_rank(machine, &me);
    if (sched_getaffinity(0, sizeof own, &own) != 0) CPU_ZERO(&own);
    for (int p = 0; p < processes; p++) {
        other = own;
        MPI_Bcast(&other, sizeof other, MPI_BYTE, p, machine);
        same += CPU_EQUAL(&own, &other) != 0;
    }
    MPI_Comm_free(&machine);
    int cores = CPU_COUNT(&own) / same;
    snprintf(text, sizeof text, "%d", cores < 1 ? 1 : cores);
    setenv("OMP_NUM_THREADS", text, false);
}

static void end_mpi(void)
{
    MPI_Finalize();
}

/* One thread of a process calls MPI, the first. Where more than that wants the cores, Open MPI's
 * way to wait must let it have them; where nothing does, that costs nothing. */
static void begin_mpi(int *argc, char ***argv)
{
    int level;
    setenv("OMPI_MCA_mpi_yield_when_idle", "1", false);
    MPI_Init_thread(argc, argv, MPI_THREAD_FUNNELED, &level);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (level < MPI_THREAD_FUNNELED) refuse("this one is not for programs with threads");
    int *counts = malloc(4 * (size_t)size * sizeof *counts);
    if (!counts) refuse("out of memory");
    send_count = counts;
    send_at = counts + size;
    receive_count = counts + 2 * size;
    receive_at = counts + 3 * size;
    atexit(end_mpi);
}

int main(int argc, char **argv)
{
    begin_mpi(&argc, &argv);
    share_cores();
    const pg_transport transport = {.rank = rank,
                                    .size = size,
                                    .most = most,
                                    .broadcast = broadcast,
                                    .gather = gather,
                                    .exchange = exchange};
    processes_join(&transport);
    int status = train_main(argc, argv, "pg-train-mpi", help);
    exit(status); /* here, for the transport is needed until the very end */
}
