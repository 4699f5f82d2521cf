dist_check_SCRIPTS += tests/encode/encode.sh tests/encode/numbers.sh
TESTS += tests/encode/encode.sh tests/encode/numbers.sh
EXTRA_DIST += tests/encode/check_encode.py
