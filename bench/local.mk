# make bench: speeds of each convolution, then of the tools themselves, not of libtool's wrappers, beside the machine's peak and PyTorch (PYTHON=, where it has torch). What calls the library is built with the tests, so that it goes on building.
check_PROGRAMS += bench/conv
EXTRA_PROGRAMS += bench/measure bench/sgemm
bench_conv_SOURCES = bench/conv.c
bench_conv_LDADD = $(test_ldadd)
bench_measure_SOURCES = bench/measure.c
bench_sgemm_SOURCES = bench/sgemm.c
bench_sgemm_CPPFLAGS = $(AM_CPPFLAGS) $(BLAS_CFLAGS)
bench_sgemm_LDADD = $(BLAS_LIBS)
CLEANFILES += bench/measure$(EXEEXT) bench/sgemm$(EXEEXT)

EXTRA_DIST += bench/RESULTS.md bench/curve bench/curve.png bench/curve.tsv bench/growth bench/mpi bench/peer.py \
	bench/quality bench/run

# `make bench-conv`: the convolutions alone. `make bench-growth`: the last part alone, how the cost grows. `make bench-curve`: learning curves, curve.png here. `make bench-quality`: seconds until digits are
# clustered well.
BENCH_ENVIRONMENT = \
	PATH='$(abs_builddir)/src/.libs:$(abs_builddir)/src:$(abs_builddir)/bench':"$$PATH" \
	LD_LIBRARY_PATH='$(abs_builddir)/.libs'

.PHONY: bench bench-conv bench-curve bench-growth bench-mpi bench-quality
bench: all bench/measure$(EXEEXT) bench/sgemm$(EXEEXT) bench-conv
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/run
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/growth
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/quality
bench-conv: bench/conv$(EXEEXT)
	$(BENCH_ENVIRONMENT) bench/conv$(EXEEXT)
bench-growth: all bench/measure$(EXEEXT)
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/growth
bench-curve: all
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/curve curve.png
bench-quality: all
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/quality
# `make bench-mpi`: several processes, what they exchange, and over slow links.
bench-mpi: all
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/mpi
