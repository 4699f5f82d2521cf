# What make install brings, and what the library exports.
dist_check_SCRIPTS += tests/install/exports.sh tests/install/install.sh tests/install/scripts.sh
TESTS += tests/install/exports.sh tests/install/install.sh tests/install/scripts.sh
