libpixelgan_la_SOURCES +=
