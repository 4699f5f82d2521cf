# What the documentation says is what the tools do.
docs_tests = tests/docs/completion.sh tests/docs/examples.sh tests/docs/experiments.sh \
	tests/docs/pages.sh tests/docs/parts.sh
dist_check_SCRIPTS += $(docs_tests)
TESTS += $(docs_tests)
AM_TESTS_ENVIRONMENT += TOOLS='$(bin_PROGRAMS)'; export TOOLS;
