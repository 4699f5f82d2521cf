check_PROGRAMS += tests/likelihood/likelihood tests/likelihood/normalize
TESTS += tests/likelihood/likelihood tests/likelihood/normalize
tests_likelihood_likelihood_SOURCES = tests/likelihood/likelihood.c \
	tests/likelihood/reference.c tests/likelihood/reference.h
tests_likelihood_likelihood_LDADD = $(test_ldadd)
tests_likelihood_normalize_SOURCES = tests/likelihood/normalize.c
tests_likelihood_normalize_LDADD = $(test_ldadd)
