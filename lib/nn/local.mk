# Layers as forward/backward pairs, losses, the optimiser, the team of threads.
libpixelgan_internal_la_SOURCES += \
	lib/nn/adam.c lib/nn/adam.h \
	lib/nn/blas.c lib/nn/blas.h \
	lib/nn/blas_load.c lib/nn/blas_load.h \
	lib/nn/clones.h \
	lib/nn/conv.c lib/nn/conv.h lib/nn/conv_backend.h \
	lib/nn/conv_direct.c lib/nn/conv_direct.h \
	lib/nn/conv_kernels.c lib/nn/conv-tile.h \
	lib/nn/conv_plan.c lib/nn/conv_plan.h \
	lib/nn/dense.c lib/nn/dense.h \
	lib/nn/elementwise.c lib/nn/elementwise.h \
	lib/nn/exponential.h \
	lib/nn/group.c lib/nn/group.h \
	lib/nn/interpolate.c lib/nn/interpolate.h \
	lib/nn/loss.c lib/nn/loss.h \
	lib/nn/norm.c lib/nn/norm.h \
	lib/nn/passes.c lib/nn/passes.h \
	lib/nn/reduction.c lib/nn/reduction.h \
	lib/nn/team.c lib/nn/team.h \
	lib/nn/transport.c
if HAVE_DNNL
libpixelgan_internal_la_SOURCES += lib/nn/conv_dnnl.c lib/nn/conv_half.c
endif
