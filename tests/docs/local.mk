# What the documentation says is what the tools do.
dist_check_SCRIPTS += tests/docs/completion.sh tests/docs/examples.sh tests/docs/pages.sh
TESTS += tests/docs/completion.sh tests/docs/examples.sh tests/docs/pages.sh
AM_TESTS_ENVIRONMENT += TOOLS='$(bin_PROGRAMS)'; export TOOLS;
