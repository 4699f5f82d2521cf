check_PROGRAMS += tests/sample/draw
TESTS += tests/sample/draw
tests_sample_draw_SOURCES = tests/sample/draw.c tests/sample/network.c tests/sample/network.h
tests_sample_draw_LDADD = $(test_ldadd)

# Run by hand.
check_PROGRAMS += tests/sample/speed
tests_sample_speed_SOURCES = tests/sample/speed.c tests/sample/network.c tests/sample/network.h
tests_sample_speed_CPPFLAGS = $(AM_CPPFLAGS) $(BLAS_CFLAGS)
tests_sample_speed_LDADD = $(BLAS_LIBS) $(test_ldadd)
