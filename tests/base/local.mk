base_tests = tests/base/base tests/base/filetype
check_PROGRAMS += $(base_tests)
TESTS += $(base_tests)
tests_base_base_SOURCES = tests/base/base.c
tests_base_base_LDADD = $(test_ldadd)
tests_base_filetype_SOURCES = tests/base/filetype.c
tests_base_filetype_LDADD = $(test_ldadd)
