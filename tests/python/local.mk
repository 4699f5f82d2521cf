# The module beside the tools.
dist_check_SCRIPTS += tests/python/models.sh tests/python/onnx.sh tests/python/readme.sh \
	tests/python/streams.sh
TESTS += tests/python/models.sh tests/python/onnx.sh tests/python/readme.sh tests/python/streams.sh
EXTRA_DIST += tests/python/check_models.py tests/python/shake.py tests/python/sklearn/mixture.py
