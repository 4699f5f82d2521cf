# The tools. Each is one small file; what they share is linked in.
noinst_LTLIBRARIES += src/libcommon.la
src_libcommon_la_SOURCES = src/common.c src/common.h src/progress.c src/progress.h
# RUN_PATH: see configure.ac.
tool_ldadd = src/libcommon.la libpixelgan.la $(RUN_PATH)

# A tool is a block of three lines:
# bin_PROGRAMS += src/pg-name
# src_pg_name_SOURCES = src/pg-name.c
# src_pg_name_LDADD = $(tool_ldadd)

bin_PROGRAMS += src/pg-prep
src_pg_prep_SOURCES = src/pg-prep.c src/prep.h src/prep-report.c
src_pg_prep_LDADD = $(tool_ldadd)

# The skeleton of a tool, kept honest by the tests.
check_PROGRAMS += src/pg-template
src_pg_template_SOURCES = src/TEMPLATE.c
src_pg_template_LDADD = $(tool_ldadd)

bin_PROGRAMS += src/pg-sample
src_pg_sample_SOURCES = src/pg-sample.c src/sample.h src/sample-sink.c src/sample-source.c
src_pg_sample_LDADD = $(tool_ldadd)

# Models applied to streams, into text and pictures that appear when complete.
src_libcommon_la_SOURCES += src/apply.c src/apply.h src/places.c src/places.h
src_libcommon_la_LIBADD = liboutput.la

bin_PROGRAMS += src/pg-classify src/pg-encode
src_pg_classify_SOURCES = src/pg-classify.c src/classify.h \
	src/classify-ask.c src/classify-gallery.c src/classify-gallery.h src/classify-keeper.c \
	src/classify-labels.c src/classify-names.c src/classify-options.c src/classify-page.c \
	src/classify-quality.c src/classify-rows.c src/classify-sheet.c src/classify-summary.c \
	src/page-style.h
src_pg_classify_LDADD = $(tool_ldadd)
src_pg_encode_SOURCES = src/pg-encode.c src/encode.h src/encode-report.c
src_pg_encode_LDADD = $(tool_ldadd)
bin_PROGRAMS += src/pg-train
train_sources = src/pg-train.c src/train.h src/train-names.c src/train-options.c \
	src/train-preview.c src/train-quality.c src/train-report.c \
	src/interrupt.c src/interrupt.h src/processes.c src/processes.h
src_pg_train_SOURCES = $(train_sources) src/train-main.c
src_pg_train_LDADD = $(tool_ldadd)

# The same in several processes, the only program that MPI is linked into.
if HAVE_MPI
bin_PROGRAMS += src/pg-train-mpi
endif
src_pg_train_mpi_SOURCES = $(train_sources) src/pg-train-mpi.c
src_pg_train_mpi_CPPFLAGS = $(AM_CPPFLAGS) $(MPI_CFLAGS)
src_pg_train_mpi_LDADD = $(tool_ldadd) $(MPI_LIBS)
