# What the documentation says is what the tools do.
dist_check_SCRIPTS += tests/docs/pages.sh tests/docs/completion.sh
TESTS += tests/docs/pages.sh tests/docs/completion.sh
AM_TESTS_ENVIRONMENT += TOOLS='$(bin_PROGRAMS)'; export TOOLS;
