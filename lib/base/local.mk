# The tools write files as the library does, by functions that it hides.
noinst_LTLIBRARIES += liboutput.la
liboutput_la_SOURCES = lib/base/outfile.c lib/base/outfile.h \
	lib/base/output.c lib/base/output.h
libpixelgan_internal_la_LIBADD += liboutput.la

libpixelgan_internal_la_SOURCES += \
	lib/base/alloc.c lib/base/alloc.h \
	lib/base/field.c lib/base/field.h \
	lib/base/filetype.c lib/base/filetype.h \
	lib/base/number.c lib/base/number.h \
	lib/base/pool.c lib/base/pool.h \
	lib/base/random.c lib/base/random.h \
	lib/base/status.c lib/base/version.c
