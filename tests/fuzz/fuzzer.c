/* The targets for libFuzzer, which comes with clang; the environment variable
 * TARGET names one. See tests/fuzz/run. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>

#include "targets.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    const char *name = getenv("TARGET");
    target = name ? fuzz_find_target(name) : NULL;
    if (target) return 0;
    fprintf(stderr, "TARGET in the environment must be one of");
    for (const fuzz_target *t = fuzz_targets; t->name; t++)
        fprintf(stderr, " %s", t->name);
    fputc('\n', stderr);
    exit(2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    target->parse(target->name, bytes, size);
    return 0;
}
