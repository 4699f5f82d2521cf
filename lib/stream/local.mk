libpixelgan_internal_la_SOURCES += \
	lib/stream/fdio.c lib/stream/fdio.h \
	lib/stream/layout.c lib/stream/layout.h \
	lib/stream/literal.c lib/stream/literal.h \
	lib/stream/npy.c lib/stream/npy.h \
	lib/stream/mapping.c lib/stream/mapping.h \
	lib/stream/reader.c lib/stream/reader.h lib/stream/records.c lib/stream/remedy.c \
	lib/stream/schema.c lib/stream/schema.h \
	lib/stream/values.c lib/stream/values.h \
	lib/stream/writer.c
