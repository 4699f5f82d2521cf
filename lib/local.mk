# libpixelgan. The folders follow the data: stream -> image -> dataset -> nn ->
# model -> train | sample | score; an arrow never points back.
lib_LTLIBRARIES = libpixelgan.la
libpixelgan_la_SOURCES =
libpixelgan_la_LIBADD = libpixelgan-internal.la
libpixelgan_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 \
	-export-symbols-regex '^pg_[a-z0-9_]*$$'

# The same objects for unit tests, which may call what the library hides.
noinst_LTLIBRARIES = libpixelgan-internal.la
libpixelgan_internal_la_SOURCES =
libpixelgan_internal_la_CPPFLAGS = $(AM_CPPFLAGS) \
	$(GSL_CFLAGS) $(PNG_CFLAGS) $(ZLIB_CFLAGS) $(JANSSON_CFLAGS) $(NETPBM_CFLAGS) \
	$(BLAS_CFLAGS) $(JPEG_CFLAGS) $(WEBP_CFLAGS) $(TIFF_CFLAGS)
libpixelgan_internal_la_LIBADD = \
	$(DNNL_LIBS) $(BLAS_LINKED_LIBS) $(GSL_LIBS) $(PNG_LIBS) $(ZLIB_LIBS) $(JANSSON_LIBS) \
	$(NETPBM_LIBS) $(JPEG_LIBS) $(WEBP_LIBS) $(TIFF_LIBS)

pkgconfig_DATA = lib/pixelgan.pc
pixelganincludedir = $(includedir)/pixelgan
pixelganinclude_HEADERS = \
	lib/pixelgan/dataset.h lib/pixelgan/image.h lib/pixelgan/model.h \
	lib/pixelgan/pixelgan.h lib/pixelgan/sample.h lib/pixelgan/score.h \
	lib/pixelgan/status.h lib/pixelgan/stream.h lib/pixelgan/train.h \
	lib/pixelgan/transport.h

# Programs that link the library find it at once; only root may say where it is, and a staged
# installation changes nothing here.
install-exec-hook:
	@test -n "$(DESTDIR)" || test "`id -u`" -ne 0 || \
	    PATH="$$PATH:/usr/sbin:/sbin" ldconfig 2>/dev/null || :

include lib/base/local.mk
include lib/stream/local.mk
include lib/image/local.mk
include lib/dataset/local.mk
include lib/nn/local.mk
include lib/model/safetensors.mk
include lib/model/local.mk
include lib/train/local.mk
include lib/sample/local.mk
include lib/score/local.mk
