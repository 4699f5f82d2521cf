libpixelgan_internal_la_SOURCES += lib/dataset/keyed.c lib/dataset/keyed.h
libpixelgan_internal_la_SOURCES += \
	lib/dataset/bytes.h \
	lib/dataset/cifar.c \
	lib/dataset/class_file.c \
	lib/dataset/class_names.c lib/dataset/class_names.h \
	lib/dataset/counts.c \
	lib/dataset/datafile.c lib/dataset/datafile.h \
	lib/dataset/entries.c lib/dataset/entries.h \
	lib/dataset/files.c lib/dataset/files.h \
	lib/dataset/folder.c \
	lib/dataset/formats.c \
	lib/dataset/idx.c lib/dataset/idx.h \
	lib/dataset/labelled.c \
	lib/dataset/listed.c \
	lib/dataset/labels.c lib/dataset/labels.h \
	lib/dataset/lines.c lib/dataset/lines.h \
	lib/dataset/matlab.c \
	lib/dataset/matlab_file.c lib/dataset/matlab_file.h \
	lib/dataset/memory.c \
	lib/dataset/norb.c lib/dataset/norb_header.c lib/dataset/norb_header.h \
	lib/dataset/npy.c \
	lib/dataset/open.c \
	lib/dataset/pictures.c lib/dataset/pictures.h \
	lib/dataset/prepare.c \
	lib/dataset/remarks.c lib/dataset/remarks.h \
	lib/dataset/selected.c \
	lib/dataset/shaped.c \
	lib/dataset/source.c lib/dataset/source.h \
	lib/dataset/thinned.c \
	lib/dataset/toned.c
