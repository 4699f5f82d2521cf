/* Teams that get fewer workers than they asked for, and sums over shards. */
#include <config.h>

#include "nn/group.h"
#include "numbers.h"

enum { THINGS = 97, SHARDS = 13, WIDTH = 3 };

/* ---- All work is done ---- */

typedef struct work {
    int done[THINGS]; /* how often each thing was */
    int workers;
} work;

static void do_share(const pg_worker *worker, void *argument)
{
    work *w = argument;
    size_t begin, end;
    pg_share(worker, THINGS, &begin, &end);
    for (size_t i = begin; i < end; i++)
        w->done[i]++;
    if (worker->id == 0) w->workers = worker->count;
}

static bool all_done_once(const work *w)
{
    for (int i = 0; i < THINGS; i++)
        if (w->done[i] != 1) return false;
    return true;
}

static void test_teams(void)
{
    for (int threads = 1; threads <= 9; threads++) {
        work w = {0};
        pg_team_run(threads, do_share, &w);
        ok(all_done_once(&w) && w.workers <= threads, "%d threads wanted, %d there: all is done",
           threads, w.workers);
    }
    ok(pg_team_size(1000000) <= PG_MAX_THREADS, "there is a most");
}

/* Callers that are in a team themselves, where OpenMP grants one thread to each. */
static void test_nested(void)
{
    work w[3] = {0};
#ifdef _OPENMP
#pragma omp parallel for num_threads(3) schedule(static, 1)
#endif
    for (int i = 0; i < 3; i++)
        pg_team_run(4, do_share, &w[i]);
    for (int i = 0; i < 3; i++)
        ok(all_done_once(&w[i]), "inside a parallel region: all is done by %d", w[i].workers);
}

/* ---- Sums over shards ---- */

typedef struct sums {
    pg_shards shards;
    pg_group group;
    double parts[SHARDS * WIDTH], sums[WIDTH];
} sums;

/* Numbers whose sum depends on the order. */
static double number(int shard, int i)
{
    return (shard % 2 ? -1 : 1) * pow(10, (shard * 7 + i) % 20);
}

static void sum_task(const pg_worker *worker, void *argument)
{
    sums *s = argument;
    int begin, end;
    pg_own_shards(&s->shards, worker, &begin, &end);
    for (int shard = begin; shard < end; shard++)
        for (int i = 0; i < WIDTH; i++)
            pg_group_part(&s->group, s->parts, WIDTH, shard)[i] = number(shard, i);
    pg_group_sum(&s->group, worker, WIDTH, s->parts, s->sums);
    pg_team_barrier();
}

static void test_group_sum(void)
{
    double expected[WIDTH] = {0};
    for (int shard = 0; shard < SHARDS; shard++)
        for (int i = 0; i < WIDTH; i++)
            expected[i] += number(shard, i);
    for (int threads = 1; threads <= SHARDS + 2; threads++) {
        sums s = {.shards = {.count = SHARDS}, .group = pg_group_alone(SHARDS)};
        pg_team_run(threads, sum_task, &s);
        ok(memcmp(s.sums, expected, sizeof expected) == 0, "%d threads: sums in order", threads);
    }
}

/* A sum by halves is the sum of its halves: of the first 4, 2 and 1 of 7 shards. */
static void test_halves(void)
{
    enum { COUNT = 5000, OFFSET = 3, SIZE = OFFSET + COUNT };
    const float *part[7];
    float *memory[7], *whole = make_rubbish(COUNT), *four = make_rubbish(COUNT);
    float *two = make_rubbish(COUNT);
    int differ = 0;
    for (int s = 0; s < 7; s++)
        part[s] = memory[s] = make_numbers(SIZE, (uint64_t)s + 1, pow(10, s % 3));
    pg_shards_sum(part, 7, OFFSET, COUNT, whole);
    pg_shards_sum(part, 4, OFFSET, COUNT, four);
    pg_shards_sum(part + 4, 2, OFFSET, COUNT, two);
    for (int i = 0; i < COUNT; i++)
        differ += whole[i] != four[i] + (two[i] + part[6][OFFSET + i]);
    is_int(differ, 0, "the sum of seven shards is that of four and of three, bit for bit");
    pg_shards_sum(part, 1, OFFSET, COUNT, two);
    ok(memcmp(two, part[0] + OFFSET, COUNT * sizeof *two) == 0, "the sum of one shard is that");
    for (int s = 0; s < 7; s++)
        free(memory[s]);
    free(whole);
    free(four);
    free(two);
}

int main(void)
{
    test_teams();
    test_nested();
    test_group_sum();
    test_halves();
    return done_testing();
}
