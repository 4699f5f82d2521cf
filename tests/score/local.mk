check_PROGRAMS += tests/score/typical
TESTS += tests/score/typical
tests_score_typical_SOURCES = tests/score/typical.c
tests_score_typical_LDADD = $(test_ldadd)
check_PROGRAMS += tests/score/quality
TESTS += tests/score/quality
tests_score_quality_SOURCES = tests/score/quality.c tests/train/tiny.h tests/nn/numbers.h
tests_score_quality_LDADD = $(test_ldadd)
check_PROGRAMS += tests/score/agreement
TESTS += tests/score/agreement
tests_score_agreement_SOURCES = tests/score/agreement.c
tests_score_agreement_LDADD = $(test_ldadd)
check_PROGRAMS += tests/score/clusters tests/score/codes
TESTS += tests/score/clusters tests/score/codes
tests_score_clusters_SOURCES = tests/score/clusters.c
tests_score_clusters_LDADD = $(test_ldadd)
tests_score_codes_SOURCES = tests/score/codes.c
tests_score_codes_LDADD = $(test_ldadd)

# Models and streams for the tests of the tools that score.
check_PROGRAMS += tests/score/inputs
tests_score_inputs_SOURCES = tests/score/inputs.c
tests_score_inputs_LDADD = $(test_ldadd)
