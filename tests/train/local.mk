train_tests = tests/train/gradient
check_PROGRAMS += $(train_tests)
TESTS += $(train_tests)
tests_train_gradient_SOURCES = tests/train/gradient.c tests/train/tiny.h tests/nn/numbers.h
tests_train_gradient_LDADD = $(test_ldadd)
