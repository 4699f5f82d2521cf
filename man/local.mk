# A page a tool, a page a format.
dist_man_MANS += man/pg-prep.1
dist_man_MANS += man/pg-model.5 man/pg-stream.5 man/pixelgan.7
dist_man_MANS += man/pg-sample.1
dist_man_MANS += man/pg-classify.1 man/pg-encode.1
dist_man_MANS += man/pg-train.1
if HAVE_MPI
man_MANS = man/pg-train-mpi.1
endif
EXTRA_DIST += man/pg-train-mpi.1
