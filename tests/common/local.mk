dist_check_SCRIPTS += tests/common/options.sh
TESTS += tests/common/options.sh

check_PROGRAMS += tests/common/progress
TESTS += tests/common/progress
tests_common_progress_SOURCES = tests/common/progress.c
tests_common_progress_LDADD = src/libcommon.la $(test_ldadd)

dist_check_SCRIPTS += tests/common/limits.sh tests/common/outputs.sh tests/common/remedies.sh
TESTS += tests/common/limits.sh tests/common/outputs.sh tests/common/remedies.sh
check_PROGRAMS += tests/common/slowly
tests_common_slowly_SOURCES = tests/common/slowly.c
