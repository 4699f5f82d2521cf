check_PROGRAMS += tests/safetensors/safetensors tests/safetensors/copy
TESTS += tests/safetensors/safetensors
tests_safetensors_safetensors_SOURCES = tests/safetensors/safetensors.c
tests_safetensors_safetensors_LDADD = $(test_ldadd)
tests_safetensors_copy_SOURCES = tests/safetensors/copy.c
tests_safetensors_copy_LDADD = $(test_ldadd)

dist_check_SCRIPTS += tests/safetensors/python.sh
TESTS += tests/safetensors/python.sh
