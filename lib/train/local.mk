# The phases of training on a data set in memory.
libpixelgan_internal_la_SOURCES += \
	lib/train/augment.c lib/train/augment.h \
	lib/train/divergence.c lib/train/divergence.h \
	lib/train/checkpoint.c lib/train/data_hash.c lib/train/data_hash.h \
	lib/train/state.c lib/train/state.h \
	lib/train/options.c \
	lib/train/presets.c \
	lib/train/step.c \
	lib/train/trainer.c lib/train/trainer.h
