libpixelgan_internal_la_SOURCES +=
