check_PROGRAMS += tests/nn/conv
TESTS += tests/nn/conv
tests_nn_conv_SOURCES = tests/nn/conv.c tests/nn/numbers.h
tests_nn_conv_LDADD = $(test_ldadd)
