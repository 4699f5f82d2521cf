libpixelgan_internal_la_SOURCES += lib/image/gallery.c
libpixelgan_internal_la_SOURCES += \
	lib/image/canvas.c lib/image/canvas.h \
	lib/image/colours.c \
	lib/image/image.c \
	lib/image/png.c lib/image/png.h \
	lib/image/pnm.c lib/image/pnm.h \
	lib/image/rows.h \
	lib/image/resize.c \
	lib/image/samples.h \
	lib/image/scatter.c \
	lib/image/sheet.c
