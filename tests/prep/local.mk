dist_check_SCRIPTS += tests/prep/keyed.sh
TESTS += tests/prep/keyed.sh
check_PROGRAMS += tests/prep/fixtures
tests_prep_fixtures_SOURCES = tests/prep/fixtures.c
tests_prep_fixtures_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)
tests_prep_fixtures_LDADD = $(ZLIB_LIBS)

prep_tests = tests/prep/arrays.sh tests/prep/classes.sh tests/prep/folders.sh \
	tests/prep/formats.sh tests/prep/found.sh tests/prep/kinds.sh tests/prep/numpy.sh \
	tests/prep/options.sh tests/prep/pictures.sh
dist_check_SCRIPTS += $(prep_tests)
TESTS += $(prep_tests)
