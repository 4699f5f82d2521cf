/* Every target on its seeds, on truncations of them, and on what once crashed,
 * was taken for good or took too much room: tests/fuzz/found/TARGET/. With a
 * folder as argument, writes the seeds there for the fuzzer. */
#include <config.h>

#include <dirent.h>
#include <sys/stat.h>

#include "nn/blas.h"
#include "targets.h"
#include "tests/tap.h"

enum { TRUNCATIONS = 300, MOST_BYTES = 1 << 20, MOST_ROOM = 256, BLAS_ROOM = 128 };

/* ---- Room ---- */

/* A line of this process's status, in MiB of addresses, touched or not; 0: there is none. */
static long status_mib(const char *name)
{
    char line[256];
    long kib = 0;
    FILE *stream = fopen("/proc/self/status", "r");
    while (stream && fgets(line, sizeof line, stream))
        if (strncmp(line, name, strlen(name)) == 0) sscanf(line + strlen(name), ": %ld", &kib);
    if (stream) fclose(stream);
    return kib >> 10;
}

/* What was asked for since the peak before, beside the addresses at the start, to which OpenBLAS
 * adds some for each of its threads. The sanitizers' allocator has all addresses from the start:
 * with it only the fuzzer's limit looks. */
static void test_room(const fuzz_target *target, long at_start, long peak_before)
{
    long most = MOST_ROOM + BLAS_ROOM * sysconf(_SC_NPROCESSORS_ONLN);
    long peak = status_mib("VmPeak");
    ok(peak == peak_before || peak - at_start <= most, "%s: takes at most %ld MiB (%ld)",
       target->name, most, peak - at_start);
}

/* ---- Seeds ---- */

typedef struct replaying {
    const fuzz_target *target;
    int seeds, accepted, truncations;
} replaying;

/* All prefixes of a small seed, some hundreds of a larger one, in memory that
 * ends where they end. */
static void replay_truncations(replaying *r, const uint8_t *bytes, size_t size)
{
    size_t step = size / TRUNCATIONS + 1;
    for (size_t length = 0; length < size; length += step, r->truncations++) {
        uint8_t *copy = malloc(length ? length : 1);
        memcpy(copy, bytes, length);
        r->target->parse(r->target->name, copy, length);
        free(copy);
    }
}

static void replay_seed(void *context, const char *name, const uint8_t *bytes, size_t size)
{
    replaying *r = context;
    bool accepted = r->target->parse(r->target->name, bytes, size);
    if (!accepted) diag("%s: %s is refused", r->target->name, name);
    r->seeds++;
    r->accepted += accepted;
    replay_truncations(r, bytes, size);
}

static void test_seeds(const fuzz_target *target)
{
    replaying r = {.target = target};
    fuzz_each_seed(target, replay_seed, &r);
    ok(r.accepted == r.seeds, "%s: %d seeds are accepted, %d truncations do no harm", target->name,
       r.seeds, r.truncations);
}

/* ---- What the fuzzer has found ---- */

static uint8_t *read_file(const char *path, size_t *size)
{
    uint8_t *bytes = malloc(MOST_BYTES);
    FILE *stream = fopen(path, "rb");
    if (!stream || !bytes) bail_out(path);
    *size = fread(bytes, 1, MOST_BYTES, stream);
    fclose(stream);
    return bytes;
}

/* bad-*: it must be refused; other names: it must just end. */
static void replay_file(const fuzz_target *target, const char *folder, const char *name)
{
    char path[4096];
    size_t size;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) bail_out(name);
    uint8_t *bytes = read_file(path, &size);
    bool accepted = target->parse(target->name, bytes, size);
    free(bytes);
    ok(!accepted || strncmp(name, "bad-", 4) != 0, "%s: %s", target->name, name);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void test_found(const fuzz_target *target)
{
    struct dirent **entries;
    char folder[3072];
    const char *top = fixture_path("tests/fuzz/found");
    if ((size_t)snprintf(folder, sizeof folder, "%s/%s", top, target->name) >= sizeof folder)
        bail_out(top);
    int count = scandir(folder, &entries, is_visible, alphasort);
    for (int i = 0; i < count; i++) {
        replay_file(target, folder, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
}

/* ---- Seeds for the fuzzer ---- */

static void write_seed(void *context, const char *name, const uint8_t *bytes, size_t size)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", (const char *)context, name) >= sizeof path)
        bail_out(name);
    FILE *stream = fopen(path, "wb");
    if (!stream || fwrite(bytes, 1, size, stream) != size || fclose(stream) != 0) bail_out(path);
}

static int write_seeds(const char *top)
{
    mkdir(top, 0777);
    for (const fuzz_target *target = fuzz_targets; target->name; target++) {
        char folder[3072];
        if ((size_t)snprintf(folder, sizeof folder, "%s/%s", top, target->name) >= sizeof folder)
            bail_out(top);
        mkdir(folder, 0777);
        fuzz_each_seed(target, write_seed, folder);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1) return write_seeds(argv[1]);
    if (pg_blas_open(1, NULL) != PG_OK) return 99; /* its memory is not the parsers' */
    long at_start = status_mib("VmSize");
    for (const fuzz_target *target = fuzz_targets; target->name; target++) {
        long peak = status_mib("VmPeak");
        test_seeds(target);
        test_found(target);
        test_room(target, at_start, peak);
    }
    return done_testing();
}
