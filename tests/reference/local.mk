check_PROGRAMS += tests/reference/reference
TESTS += tests/reference/reference
tests_reference_reference_SOURCES = tests/reference/reference.c tests/nn/numbers.h
tests_reference_reference_LDADD = $(test_ldadd)

EXTRA_DIST += tests/reference/make-reference.py \
	tests/reference/good-categorical.safetensors \
	tests/reference/good-gaussian.safetensors \
	tests/reference/good-gaussian-kl.safetensors
