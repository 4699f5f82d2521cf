# Images pixel by pixel: small products, stacks with caches.
libpixelgan_internal_la_SOURCES += \
	lib/sample/draw.c lib/sample/draw.h \
	lib/sample/packed.c lib/sample/packed.h \
	lib/sample/product.c lib/sample/product.h lib/sample/product-tile.h \
	lib/sample/sampler.c \
	lib/sample/stacks.c lib/sample/stacks.h
