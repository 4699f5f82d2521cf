check_PROGRAMS += tests/image/image
TESTS += tests/image/image
tests_image_image_SOURCES = tests/image/image.c
tests_image_image_LDADD = $(test_ldadd)
check_PROGRAMS += tests/image/gallery
TESTS += tests/image/gallery
tests_image_gallery_SOURCES = tests/image/gallery.c
tests_image_gallery_LDADD = $(test_ldadd)
