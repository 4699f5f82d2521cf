model_helpers = tests/model/differences.h tests/nn/numbers.h
model_tests = tests/model/depth tests/model/files tests/model/names tests/model/networks \
	tests/model/pixelcnn tests/model/posterior
check_PROGRAMS += $(model_tests)
TESTS += $(model_tests)
tests_model_depth_SOURCES = tests/model/depth.c tests/train/tiny.h tests/nn/numbers.h
tests_model_depth_LDADD = $(test_ldadd)
tests_model_files_SOURCES = tests/model/files.c tests/train/tiny.h tests/nn/numbers.h
tests_model_files_LDADD = $(test_ldadd)
tests_model_names_SOURCES = tests/model/names.c tests/train/tiny.h tests/nn/numbers.h
tests_model_names_LDADD = $(test_ldadd)
tests_model_networks_SOURCES = tests/model/networks.c tests/model/plain.c tests/model/plain.h \
	$(model_helpers)
tests_model_networks_LDADD = $(test_ldadd)
tests_model_pixelcnn_SOURCES = tests/model/pixelcnn.c tests/sample/network.c \
	tests/sample/network.h $(model_helpers)
tests_model_pixelcnn_LDADD = $(test_ldadd)
tests_model_posterior_SOURCES = tests/model/posterior.c $(model_helpers)
tests_model_posterior_LDADD = $(test_ldadd)

dist_check_SCRIPTS += tests/model/page.sh
TESTS += tests/model/page.sh
EXTRA_DIST += tests/model/read_model.py
