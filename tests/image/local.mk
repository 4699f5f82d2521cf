check_PROGRAMS += tests/image/image
TESTS += tests/image/image
tests_image_image_SOURCES = tests/image/image.c
tests_image_image_LDADD = $(test_ldadd)
