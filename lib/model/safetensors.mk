libpixelgan_internal_la_SOURCES += lib/model/safetensors.c lib/model/safetensors.h
