train_tests = tests/train/augment tests/train/gradient tests/train/locale \
	tests/train/processes tests/train/reproducible tests/train/views
check_PROGRAMS += $(train_tests)
TESTS += $(train_tests)
tests_train_augment_SOURCES = tests/train/augment.c
tests_train_augment_LDADD = $(test_ldadd)
tests_train_gradient_SOURCES = tests/train/gradient.c tests/train/tiny.h tests/nn/numbers.h
tests_train_gradient_LDADD = $(test_ldadd)
tests_train_locale_SOURCES = tests/train/locale.c tests/train/tiny.h tests/nn/numbers.h
tests_train_locale_LDADD = $(test_ldadd)
tests_train_processes_SOURCES = tests/train/processes.c tests/train/threads.h tests/train/tiny.h \
	tests/nn/numbers.h
tests_train_processes_LDADD = $(test_ldadd)
tests_train_reproducible_SOURCES = tests/train/reproducible.c tests/train/tiny.h tests/nn/numbers.h
tests_train_reproducible_LDADD = $(test_ldadd)
tests_train_views_SOURCES = tests/train/views.c tests/train/tiny.h tests/nn/numbers.h
tests_train_views_LDADD = $(test_ldadd)

train_scripts = tests/train/cpus.sh tests/train/data.sh tests/train/diverge.sh tests/train/inputs.sh \
	tests/train/signals.sh tests/train/silent.sh tests/train/threads.sh
dist_check_SCRIPTS += $(train_scripts)
TESTS += $(train_scripts)

check_PROGRAMS += tests/train/reporting-train
tests_train_reporting_train_SOURCES = tests/train/reporting.c $(src_pg_train_SOURCES)
tests_train_reporting_train_LDADD = $(tool_ldadd)
