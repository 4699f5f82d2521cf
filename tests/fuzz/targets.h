/* What is fuzzed: every parser of bytes from outside, each behind one function.
 *
 * The fuzzer calls them with what it makes up (tests/fuzz/run), the tests with
 * seeds, their truncations, and what once crashed (tests/fuzz/replay).
 */
#ifndef TESTS_FUZZ_TARGETS_H
#define TESTS_FUZZ_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fuzz_target {
    const char *name;
    /* Parses the bytes to their end; false where they are refused. Aborts where
     * a refusal has no message. */
    bool (*parse)(const char *name, const uint8_t *bytes, size_t size);
} fuzz_target;

/* Ends with a target without name. */
extern const fuzz_target fuzz_targets[];

const fuzz_target *fuzz_find_target(const char *name);

/* Calls take with well-formed inputs of the target; names begin with "good-". */
typedef void fuzz_take(void *context, const char *name, const uint8_t *bytes, size_t size);
void fuzz_each_seed(const fuzz_target *target, fuzz_take *take, void *context);

/* A tiny training run, whose checkpoint is a seed and whose trainer the target restores. */
struct pg_trainer *fuzz_trainer(void);

#endif
