check_PROGRAMS += tests/image/image
TESTS += tests/image/image
tests_image_image_SOURCES = tests/image/image.c
tests_image_image_LDADD = $(test_ldadd)
check_PROGRAMS += tests/image/gallery
TESTS += tests/image/gallery
tests_image_gallery_SOURCES = tests/image/gallery.c
tests_image_gallery_LDADD = $(test_ldadd)

check_PROGRAMS += tests/image/picture
TESTS += tests/image/picture
tests_image_picture_SOURCES = tests/image/picture.c
tests_image_picture_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)
tests_image_picture_LDADD = $(test_ldadd) $(ZLIB_LIBS)
