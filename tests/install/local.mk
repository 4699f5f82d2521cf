# make check: what make install would bring.
TESTS += tests/install/exports.sh tests/install/install.sh
EXTRA_DIST += tests/install/exports.sh tests/install/install.sh
