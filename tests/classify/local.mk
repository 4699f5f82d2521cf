dist_check_SCRIPTS += tests/classify/names.sh
TESTS += tests/classify/names.sh
dist_check_SCRIPTS += tests/classify/classify.sh tests/classify/numbers.sh
TESTS += tests/classify/classify.sh tests/classify/numbers.sh
EXTRA_DIST += tests/classify/check_classify.py
