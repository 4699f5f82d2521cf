/* The base library: messages, sizes, allocation, output files, randomness. */
#include <config.h>

#include <errno.h>
#include <fcntl.h>

#include "../tap.h"
#include "base/alloc.h"
#include "base/outfile.h"
#include "base/rng.h"
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
    gsl_rng *a = pg_rng_create(7, 0), *b = pg_rng_create(7, 0), *c = pg_rng_create(7, 1);
    unsigned long first = gsl_rng_get(a);
    ok(first == gsl_rng_get(b), "one seed, one sequence");
    ok(first != gsl_rng_get(c), "another stream, another sequence");
    pg_rng_restart(c, 7, 0);
    ok(first == gsl_rng_get(c), "a generator starts anew");
    gsl_rng_free(a);
    gsl_rng_free(b);
    gsl_rng_free(c);
}

int main(void)
{
    test_messages();
    test_sizes();
    test_outfile();
    test_outfile_through_link();
    test_rng();
    return done_testing();
}
