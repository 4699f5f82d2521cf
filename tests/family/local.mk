# The family of models: priors with densities, every combination of the switches.
check_PROGRAMS += tests/family/priors tests/family/combinations
TESTS += tests/family/priors tests/family/combinations
tests_family_priors_SOURCES = tests/family/priors.c
tests_family_priors_LDADD = $(test_ldadd)
tests_family_combinations_SOURCES = tests/family/combinations.c
tests_family_combinations_LDADD = libpixelgan.la
