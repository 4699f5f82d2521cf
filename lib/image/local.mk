libpixelgan_internal_la_SOURCES += \
	lib/image/canvas.c lib/image/canvas.h \
	lib/image/colours.c \
	lib/image/exif.c \
	lib/image/fit.c lib/image/fit.h \
	lib/image/gallery.c \
	lib/image/image.c \
	lib/image/picture.c lib/image/picture.h \
	lib/image/png.c lib/image/png.h \
	lib/image/pnm.c lib/image/pnm.h \
	lib/image/rows.h \
	lib/image/resize.c \
	lib/image/samples.h \
	lib/image/save.c \
	lib/image/scatter.c \
	lib/image/sheet.c

if HAVE_JPEG
libpixelgan_internal_la_SOURCES += lib/image/jpeg.c
endif
if HAVE_WEBP
libpixelgan_internal_la_SOURCES += lib/image/webp.c
endif
if HAVE_TIFF
libpixelgan_internal_la_SOURCES += lib/image/tiff.c
endif
