# Several processes, where MPI was found.
mpi_tests = tests/mpi/bytes.sh tests/mpi/ends.sh tests/mpi/killed.sh tests/mpi/linked.sh
dist_check_SCRIPTS += $(mpi_tests)
TESTS += $(mpi_tests)
EXTRA_DIST += tests/mpi/mpi.sh
