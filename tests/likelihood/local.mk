check_PROGRAMS += tests/likelihood/likelihood
TESTS += tests/likelihood/likelihood
tests_likelihood_likelihood_SOURCES = tests/likelihood/likelihood.c \
	tests/likelihood/reference.c tests/likelihood/reference.h
tests_likelihood_likelihood_LDADD = $(test_ldadd)
