# Tests speak TAP; tests/README says how to write one.
TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)

# Read through $srcdir, write below $TEST_TMPDIR; the tools built come first in PATH.
AM_TESTS_ENVIRONMENT = \
	srcdir='$(abs_srcdir)'; export srcdir; \
	builddir='$(abs_builddir)'; export builddir; \
	TEST_TMPDIR='$(abs_builddir)/tests/tmp'; export TEST_TMPDIR; \
	PATH='$(abs_builddir)/src':"$$PATH"; export PATH; \
	OMP_NUM_THREADS="$${OMP_NUM_THREADS-2}"; export OMP_NUM_THREADS; \
	OMP_WAIT_POLICY="$${OMP_WAIT_POLICY-passive}"; export OMP_WAIT_POLICY; \
	LC_ALL=C; export LC_ALL; \
	mkdir -p "$$TEST_TMPDIR";

clean-local:
	rm -rf tests/tmp

# Unit tests link the library's objects, so that they may call what it hides.
test_ldadd = libpixelgan-internal.la

dist_check_SCRIPTS =
EXTRA_DIST += tests/README tests/tap.h tests/tap.sh

include tests/base/local.mk
include tests/checkpoint/local.mk
include tests/common/local.mk
include tests/score/local.mk
include tests/image/local.mk
include tests/prep/local.mk
include tests/dataset/local.mk
include tests/fuzz/local.mk
include tests/sample/local.mk
include tests/docs/local.mk
include tests/stream/local.mk
include tests/install/local.mk
include tests/safetensors/local.mk
include tests/classify/local.mk
include tests/encode/local.mk
include tests/nn/local.mk
include tests/family/local.mk
include tests/likelihood/local.mk
include tests/model/local.mk
include tests/mpi/local.mk
include tests/train/local.mk
include tests/reference/local.mk
include tests/python/local.mk
EXTRA_DIST += tests/leaks.supp
