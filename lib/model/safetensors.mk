libpixelgan_internal_la_SOURCES += lib/model/safetensors.c lib/model/safetensors.h \
	lib/model/safetensors_write.c lib/model/safetensors_dtype.c lib/model/safetensors_dtype.h
