/* The base library: messages, sizes, allocation, output files, randomness. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>

#include "../tap.h"
#include "base/alloc.h"
#include "base/outfile.h"
#include "base/random.h"
#include "pixelgan/pixelgan.h"

static void test_messages(void)
{
    pg_error err;
    is_int(pg_fail(&err, PG_ERR_FORMAT, "%s: %d", "a\nb", 3), PG_ERR_FORMAT, "status comes back");
    is_string(err.message, "a?b: 3", "a message stays on one line");
    pg_status status = pg_fail_errno(&err, ENOENT, "file");
    is_int(status, PG_ERR_IO, "an errno is an i/o error");
    is_int(err.system_errno, ENOENT, "and is kept");
    is_int(pg_fail(NULL, PG_ERR_LIMIT, "x"), PG_ERR_LIMIT, "no place for a message is fine");
    is_string(pg_status_name(PG_ERR_DIVERGED), "diverged", "the last status has a name");
    is_string(pg_status_name((pg_status)99), "unknown", "no status past the last");
    is_string(pg_version(), PACKAGE_VERSION, "version");
}

static void test_sizes(void)
{
    size_t n;
    ok(pg_size_multiply(SIZE_MAX / 2, 2, &n) && n == SIZE_MAX - 1, "the largest even product");
    ok(!pg_size_multiply(SIZE_MAX / 2 + 1, 2, &n), "a product overflows");
    ok(pg_size_add(SIZE_MAX - 1, 1, &n) && n == SIZE_MAX, "the largest sum");
    ok(!pg_size_add(SIZE_MAX, 1, &n), "a sum overflows");
    ok(!pg_allocate(SIZE_MAX / 2, 3), "no memory for a product that overflows");
    unsigned char *memory = pg_allocate(3, 7);
    ok(memory && (uintptr_t)memory % PG_ALIGNMENT == 0, "memory is aligned");
    bool zero = true;
    for (int i = 0; i < 21; i++)
        zero = zero && memory[i] == 0;
    ok(zero, "and zero");
    free(memory);
    memory = pg_allocate(0, 1);
    ok(memory != NULL, "no bytes are a valid pointer");
    free(memory);
}

static void test_outfile(void)
{
    const char *path = temporary_path("out");
    pg_error err;
    pg_outfile out;
    is_int(pg_outfile_open(&out, path, &err), PG_OK, "open");
    fputs("text", out.stream);
    ok(access(path, F_OK) != 0, "not there before it is complete");
    is_int(pg_outfile_commit(&out, &err), PG_OK, "commit");
    ok(access(path, F_OK) == 0, "there after it");
    is_int(pg_outfile_open(&out, path, &err), PG_OK, "open again");
    fputs("other text", out.stream);
    pg_outfile_abandon(&out);
    struct stat info;
    ok(stat(path, &info) == 0 && info.st_size == 4, "an abandoned output leaves the old file");
    is_int(pg_outfile_open(&out, "/", &err), PG_ERR_IO, "a folder is refused");
    is_int(err.system_errno, EISDIR, "with the reason");
}

static void test_outfile_through_link(void)
{
    char link[4096];
    struct stat info;
    pg_error err;
    pg_outfile out;
    snprintf(link, sizeof link, "%s", temporary_path("link"));
    const char *path = temporary_path("linked");
    FILE *before = fopen(path, "w");
    ok(before && fputs("before", before) >= 0 && fclose(before) == 0, "a file");
    ok(chmod(path, 0640) == 0 && symlink(path, link) == 0, "and a link to it");
    is_int(pg_outfile_open(&out, link, &err), PG_OK, "open");
    fputs("text", out.stream);
    is_int(pg_outfile_commit(&out, &err), PG_OK, "commit");
    ok(lstat(link, &info) == 0 && S_ISLNK(info.st_mode), "the link stays one");
    ok(stat(path, &info) == 0 && info.st_size == 4, "the file is replaced");
    is_int(info.st_mode & 0777, 0640, "and keeps its mode");
}

static void test_rng(void)
{
    /* The first block of a counter and a key of zeros, as the authors publish it. */
    static const unsigned long known[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    gsl_rng *rng = pg_rng_create(0, 0, 0, 0);
    for (int i = 0; i < 4; i++)
        is_int(gsl_rng_get(rng), known[i], "number %d of Philox4x32-10", i);
    for (int i = 0; i < 7; i++)
        gsl_rng_get(rng);
    pg_rng_start(rng, 0, 0, 0, 0);
    is_int(gsl_rng_get(rng), known[0], "a generator starts anew");
    ok(gsl_rng_uniform(rng) == known[1] / 4294967296.0, "uniform numbers are parts of 2^32");
    gsl_rng_free(rng);
}

static int compare_words(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Seeds, purposes, steps and examples near each other and far apart, also where 32 bits end. */
static void test_streams(void)
{
    static const uint64_t number[] = {0, 1, 2, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 43};
    enum { NUMBERS = sizeof number / sizeof *number, STREAMS = NUMBERS * NUMBERS * NUMBERS * 3 };
    static uint64_t start[STREAMS];
    int count = 0, same = 0;
    gsl_rng *rng = pg_rng_create(0, PG_RANDOM_TEST, 0, 0);
    for (int seed = 0; seed < NUMBERS; seed++)
        for (pg_purpose purpose = 0; purpose < 3; purpose++)
            for (int step = 0; step < NUMBERS; step++)
                for (int example = 0; example < NUMBERS; example++) {
                    pg_rng_start(rng, number[seed], purpose, number[step], number[example]);
                    start[count] = (uint64_t)gsl_rng_get(rng) << 32;
                    start[count++] |= gsl_rng_get(rng);
                }
    qsort(start, count, sizeof *start, compare_words);
    for (int i = 1; i < count; i++)
        same += start[i] == start[i - 1];
    is_int(same, 0, "%d streams that all start in their own way", count);
    gsl_rng_free(rng);
}

/* What the tests themselves compare with. */
static void test_worse_of(void)
{
    is_close(worse_of(1, 2), 2, 0, "the larger error is the worse one");
    is_close(worse_of(2, 1), 2, 0, "wherever it stands");
    ok(isnan(worse_of(worse_of(1, NAN), 2)), "no number after NaN makes it forgotten");
}

int main(void)
{
    test_worse_of();
    test_messages();
    test_sizes();
    test_outfile();
    test_outfile_through_link();
    test_rng();
    test_streams();
    return done_testing();
}
