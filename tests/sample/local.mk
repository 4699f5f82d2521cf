check_PROGRAMS += tests/sample/draw tests/sample/sampler
TESTS += tests/sample/draw tests/sample/sampler
tests_sample_draw_SOURCES = tests/sample/draw.c tests/sample/network.c tests/sample/network.h
tests_sample_draw_LDADD = $(test_ldadd)
tests_sample_sampler_SOURCES = tests/sample/sampler.c
tests_sample_sampler_LDADD = $(test_ldadd)

dist_check_SCRIPTS += tests/sample/tool.sh
TESTS += tests/sample/tool.sh
check_PROGRAMS += tests/sample/make-model
tests_sample_make_model_SOURCES = tests/sample/make-model.c
tests_sample_make_model_LDADD = libpixelgan.la

# Run by hand.
check_PROGRAMS += tests/sample/speed
tests_sample_speed_SOURCES = tests/sample/speed.c tests/sample/network.c tests/sample/network.h
tests_sample_speed_CPPFLAGS = $(AM_CPPFLAGS) $(BLAS_CFLAGS)
tests_sample_speed_LDADD = $(BLAS_LIBS) $(test_ldadd)
