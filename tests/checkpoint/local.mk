# Long runs survive: checkpoints, signals, full disks.
check_PROGRAMS += tests/checkpoint/checkpoint
TESTS += tests/checkpoint/checkpoint
tests_checkpoint_checkpoint_SOURCES = tests/checkpoint/checkpoint.c
tests_checkpoint_checkpoint_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS)
tests_checkpoint_checkpoint_LDADD = $(test_ldadd)

dist_check_SCRIPTS += tests/checkpoint/resume.sh
TESTS += tests/checkpoint/resume.sh
