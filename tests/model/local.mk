model_helpers = tests/model/differences.c tests/model/differences.h tests/nn/numbers.h
model_tests = tests/model/networks
check_PROGRAMS += $(model_tests)
TESTS += $(model_tests)
tests_model_networks_SOURCES = tests/model/networks.c tests/model/plain.c tests/model/plain.h \
	$(model_helpers)
tests_model_networks_LDADD = $(test_ldadd)
