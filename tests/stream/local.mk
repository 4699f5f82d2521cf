check_PROGRAMS += tests/stream/stream
TESTS += tests/stream/stream
tests_stream_stream_SOURCES = tests/stream/stream.c
tests_stream_stream_LDADD = $(test_ldadd)

dist_check_SCRIPTS += tests/stream/pipes.sh tests/stream/numpy.sh tests/stream/hostile.sh tests/stream/memory.sh \
	tests/stream/arrays.sh
TESTS += tests/stream/pipes.sh tests/stream/numpy.sh tests/stream/hostile.sh tests/stream/memory.sh \
	tests/stream/arrays.sh
