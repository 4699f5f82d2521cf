# Input is hostile: each parser on seeds, their truncations and what a fuzzer found.
fuzz_sources = tests/fuzz/targets.c tests/fuzz/targets.h tests/fuzz/seeds.c \
	tests/fuzz/pictures.h
fuzz_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) $(ZLIB_CFLAGS) $(GSL_CFLAGS)

check_PROGRAMS += tests/fuzz/replay
TESTS += tests/fuzz/replay
tests_fuzz_replay_SOURCES = tests/fuzz/replay.c $(fuzz_sources)
tests_fuzz_replay_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_replay_LDADD = $(test_ldadd) $(ZLIB_LIBS)

# Only in a build by clang with --enable-fuzzing: tests/fuzz/run makes one.
EXTRA_PROGRAMS += tests/fuzz/fuzzer
tests_fuzz_fuzzer_SOURCES = tests/fuzz/fuzzer.c $(fuzz_sources)
tests_fuzz_fuzzer_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzzer_LDADD = $(test_ldadd) $(ZLIB_LIBS)
tests_fuzz_fuzzer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

.PHONY: fuzz
fuzz: tests/fuzz/fuzzer tests/fuzz/replay

EXTRA_DIST += tests/fuzz/run tests/fuzz/leaks tests/fuzz/dict tests/fuzz/found
