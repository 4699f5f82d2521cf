# The family of models: priors with densities, every combination of the switches,
# bounds and estimates, the presets through the tools.
check_PROGRAMS += tests/family/priors tests/family/combinations tests/family/bounds \
	tests/family/pull
TESTS += tests/family/priors tests/family/combinations tests/family/bounds \
	tests/family/pull
tests_family_priors_SOURCES = tests/family/priors.c
tests_family_priors_LDADD = $(test_ldadd)
tests_family_combinations_SOURCES = tests/family/combinations.c
tests_family_combinations_LDADD = libpixelgan.la
tests_family_bounds_SOURCES = tests/family/bounds.c
tests_family_bounds_LDADD = $(test_ldadd)
tests_family_pull_SOURCES = tests/family/pull.c
tests_family_pull_LDADD = $(test_ldadd)

dist_check_SCRIPTS += tests/family/presets.sh tests/family/sizes.sh
TESTS += tests/family/presets.sh tests/family/sizes.sh
