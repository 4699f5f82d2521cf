# Configuration, priors, encoder, decoders, discriminator; models and their files.
libpixelgan_internal_la_SOURCES += \
	lib/model/bound.c lib/model/category_names.c \
	lib/model/condition.c lib/model/condition.h lib/model/model_file.h \
	lib/model/config.c lib/model/config.h \
	lib/model/decoder.c lib/model/decoder.h \
	lib/model/decoder_factorised.c lib/model/decoder_pixelcnn.c \
	lib/model/depth.c lib/model/depth.h \
	lib/model/discriminator.c lib/model/discriminator.h \
	lib/model/encoder.c lib/model/encoder.h lib/model/encoder_run.c \
	lib/model/encoder_plain.c lib/model/encoder_residual.c \
	lib/model/engine.c lib/model/engine.h \
	lib/model/flow.c lib/model/flow.h \
	lib/model/layer.c lib/model/layer.h \
	lib/model/likelihood.c lib/model/likelihood.h \
	lib/model/likelihood_bernoulli.c lib/model/likelihood_logistic.c \
	lib/model/likelihood_softmax.c \
	lib/model/model.c lib/model/model.h lib/model/model_file.c \
	lib/model/normalize.c lib/model/normalize.h \
	lib/model/parameters.c lib/model/parameters.h \
	lib/model/pixelcnn.c lib/model/pixelcnn.h \
	lib/model/pixelcnn_run.c lib/model/pixelcnn_run.h \
	lib/model/posterior.c lib/model/posterior.h \
	lib/model/prior.c lib/model/prior.h \
	lib/model/prior_category.c lib/model/prior_flow.c \
	lib/model/prior_gaussian.c lib/model/prior_mixture.c \
	lib/model/upsampler.c lib/model/upsampler.h
