# make bench: speeds of the tools themselves, not of libtool's wrappers, beside the machine's peak and PyTorch (PYTHON=, where it has torch).
EXTRA_PROGRAMS += bench/measure bench/sgemm
bench_measure_SOURCES = bench/measure.c
bench_sgemm_SOURCES = bench/sgemm.c
bench_sgemm_CPPFLAGS = $(AM_CPPFLAGS) $(BLAS_CFLAGS)
bench_sgemm_LDADD = $(BLAS_LIBS)
CLEANFILES += bench/measure$(EXEEXT) bench/sgemm$(EXEEXT)

EXTRA_DIST += bench/RESULTS.md bench/curve bench/curve.png bench/curve.tsv bench/growth bench/peer.py bench/run

# `make bench-growth`: the second part alone, how the cost grows. `make bench-curve`: learning curves, curve.png here.
BENCH_ENVIRONMENT = \
	PATH='$(abs_builddir)/src/.libs:$(abs_builddir)/src:$(abs_builddir)/bench':"$$PATH" \
	LD_LIBRARY_PATH='$(abs_builddir)/.libs'

.PHONY: bench bench-curve bench-growth
bench: all bench/measure$(EXEEXT) bench/sgemm$(EXEEXT)
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/run
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/growth
bench-growth: all bench/measure$(EXEEXT)
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/growth
bench-curve: all
	$(BENCH_ENVIRONMENT) $(SHELL) $(srcdir)/bench/curve curve.png
