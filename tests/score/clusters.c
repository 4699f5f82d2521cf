/* Labelling of clusters and the scores of a confusion matrix, by hand. */
#include <math.h>

#include "../tap.h"
#include "pixelgan/score.h"

static void assignment(void)
{
    const float q[] = {0.1f, 0.7f, 0.2f, 0.4f, 0.2f, 0.4f, NAN, 0.3f, 0.2f, NAN, NAN, NAN};
    int32_t got[4];
    pg_score_assign(q, 4, 3, got);
    is_int(got[0], 1, "the greatest probability wins");
    is_int(got[1], 0, "the first on ties");
    is_int(got[2], 1, "NaN is passed over");
    is_int(got[3], -1, "all NaN: unassigned");
    got[0] = 77;
    pg_score_assign(q, 0, 3, got);
    is_int(got[0], 77, "no example: nothing written");
    pg_score_assign(q, 2, 1, got);
    is_int(got[1], 0, "one cluster takes all");
}

/* Five examples, three clusters. Cluster 0: greatest 0.6, shared by examples 0 and 3 -> the first,
 * label 4. Cluster 1: example 1, label 2. Cluster 2: nobody's argmax, but example 2 is surest. */
static const float protocol_q[] = {0.6f,  0.3f, 0.1f, 0.1f, 0.8f,  0.1f,  0.0f, 0.55f,
                                   0.45f, 0.6f, 0.3f, 0.1f, 0.99f, 0.01f, 0.0f};
static const int32_t protocol_labels[] = {4, 2, 9, 5, -1};

static void by_confidence(void)
{
    int32_t got[3];
    pg_score_label_by_confidence(protocol_q, protocol_labels, 5, 3, got);
    is_int(got[0], 4, "first of the surest; the unlabelled surer one is passed over");
    is_int(got[1], 2, "label of the surest example");
    is_int(got[2], 9, "a cluster without members has its surest example too");

    const int32_t unlabelled[] = {-1, -1, -1, -1, -1};
    pg_score_label_by_confidence(protocol_q, unlabelled, 5, 3, got);
    ok(got[0] == -1 && got[1] == -1 && got[2] == -1, "no labelled example: no labels");
    pg_score_label_by_confidence(protocol_q, protocol_labels, 0, 3, got);
    ok(got[0] == -1 && got[1] == -1 && got[2] == -1, "no example: no labels");

    const float with_nan[] = {NAN, 0.5f, 0.25f, NAN};
    const int32_t two[] = {1, 2};
    pg_score_label_by_confidence(with_nan, two, 2, 2, got);
    is_int(got[0], 2, "NaN is no confidence");
    is_int(got[1], 1, "and does not hide the others");
    const float near_one[] = {1, 1e-9f, 1, 1e-12f, 1, 1e-10f};
    const int32_t three[] = {1, 2, 3};
    pg_score_label_by_confidence(near_one, three, 3, 2, got);
    is_int(got[0], 2, "where it rounds to 1, the surest leaves the least for others");
    const float zeros[] = {0, 0};
    pg_score_label_by_confidence(zeros, two, 2, 1, got);
    is_int(got[0], 1, "a confidence of 0 still has a label");
}

static void in_chunks(void)
{
    pg_exemplars exemplars;
    pg_error err;
    if (!ok(pg_exemplars_init(&exemplars, 3, &err) == PG_OK, "exemplars")) return;
    is_int(exemplars.labels[2], -1, "no label before the first example");
    for (int n = 0; n < 5; n++)
        pg_exemplars_add(&exemplars, protocol_q + 3 * n, protocol_labels + n, 1);
    ok(exemplars.labels[0] == 4 && exemplars.labels[1] == 2 && exemplars.labels[2] == 9,
       "one at a time gives the same labels");
    is_close(exemplars.confidence[2], 0.45, 1e-7, "and the greatest confidence");
    pg_exemplars_free(&exemplars);
    ok(exemplars.labels == NULL, "freed");
}

static void by_majority(void)
{
    const int32_t assignment[] = {0, 0, 0, 1, 1, -1, 3, 7};
    const int32_t labels[] = {5, 5, 3, 8, 2, 6, -1, 6};
    int32_t got[4];
    pg_error err;
    is_int(pg_score_label_by_majority(assignment, labels, 8, 4, got, &err), PG_OK, "majority");
    is_int(got[0], 5, "the commonest label");
    is_int(got[1], 2, "the smallest on ties");
    is_int(got[2], -1, "an empty cluster has none");
    is_int(got[3], -1, "nor has one with unlabelled members only");
}

/*          cluster 0  1  2  3
 * label 1          3  1  0  0
 * label 7          0  2  0  0    and one of label 7 unassigned, two unlabelled. */
static void confusion(void)
{
    const int32_t labels[] = {7, 1, 1, -1, 7, 1, 1, 7, -1};
    const int32_t assignment[] = {1, 0, 0, 2, 1, 0, 1, -1, 0};
    pg_confusion c;
    pg_error err;
    if (!ok(pg_confusion_init(&c, labels, assignment, 9, 4, &err) == PG_OK, "init")) return;
    is_int(c.rows, 2, "two labels");
    ok(c.row_labels[0] == 1 && c.row_labels[1] == 7, "in order");
    is_int(c.total, 7, "the labelled are counted");
    is_int(c.unassigned, 1, "one of them without a cluster");
    const size_t cells[] = {3, 1, 0, 0, 0, 2, 0, 0};
    ok(memcmp(c.cells, cells, sizeof cells) == 0, "the cells");
    is_int(pg_confusion_columns_used(&c), 2, "two clusters have labelled members");

    int32_t names[4];
    pg_confusion_majority(&c, names);
    ok(names[0] == 1 && names[1] == 7 && names[2] == -1 && names[3] == -1, "majority labels");
    is_close(pg_confusion_error(&c, names), 2.0 / 7, 1e-12, "error: one astray, one unassigned");
    is_close(pg_confusion_purity(&c), 5.0 / 7, 1e-12, "purity");
    const int32_t other[] = {1, 1, 7, -1};
    is_close(pg_confusion_error(&c, other), 3.0 / 7, 1e-12, "error of other labels");

    /* Of the six assigned: H(L) = H(4/6), H(C) = log 2, joint H = H(3, 1, 2 of 6). */
    double h_l = -(4 / 6.0 * log(4 / 6.0) + 2 / 6.0 * log(2 / 6.0)), h_c = log(2);
    double joint = -(0.5 * log(0.5) + 1 / 6.0 * log(1 / 6.0) + 2 / 6.0 * log(2 / 6.0));
    is_close(pg_confusion_nmi(&c), (h_l + h_c - joint) / sqrt(h_l * h_c), 1e-12, "NMI");

    const int32_t more_labels[] = {3, 1000000, 0}, more[] = {3, 3, 0};
    is_int(pg_confusion_add(&c, more_labels, more, 3, &err), PG_OK, "more examples");
    is_int(c.rows, 5, "three more labels");
    ok(c.row_labels[0] == 0 && c.row_labels[2] == 3 && c.row_labels[4] == 1000000, "still sorted");
    const size_t grown[] = {1, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 1};
    ok(memcmp(c.cells, grown, sizeof grown) == 0, "rows kept their counts");
    pg_confusion_free(&c);
}

static void extremes(void)
{
    pg_confusion c;
    pg_error err;
    const int32_t labels[] = {0, 1, 0, 1}, same[] = {2, 2, 2, 2}, swapped[] = {1, 0, 1, 0};
    const int32_t none[] = {-1, -1, -1, -1};

    ok(pg_confusion_init(&c, labels, swapped, 4, 2, &err) == PG_OK, "clusters are labels");
    is_close(pg_confusion_nmi(&c), 1, 1e-12, "NMI 1 whatever the names");
    is_close(pg_confusion_purity(&c), 1, 0, "purity 1");
    pg_confusion_free(&c);

    ok(pg_confusion_init(&c, labels, same, 4, 3, &err) == PG_OK, "one cluster has all");
    is_close(pg_confusion_nmi(&c), 0, 0, "NMI 0");
    is_close(pg_confusion_purity(&c), 0.5, 0, "purity of the commonest label");
    pg_confusion_free(&c);

    ok(pg_confusion_init(&c, none, same, 4, 3, &err) == PG_OK, "nothing labelled");
    is_int(c.total, 0, "nothing counted");
    ok(isnan(pg_confusion_error(&c, same)), "no error known");
    ok(isnan(pg_confusion_purity(&c)), "no purity known");
    is_close(pg_confusion_nmi(&c), 0, 0, "NMI 0");
    int32_t names[3] = {7, 7, 7};
    pg_confusion_majority(&c, names);
    ok(names[0] == -1 && names[2] == -1, "no labels");
    pg_confusion_free(&c);

    ok(pg_confusion_init(&c, NULL, NULL, 0, 1, &err) == PG_OK, "no examples");
    is_int(c.rows, 0, "no rows");
    pg_confusion_free(&c);
}

/* Many labels in an order that inserts at the front, the end and between. */
static void many_labels(void)
{
    pg_confusion c;
    pg_error err;
    if (!ok(pg_confusion_init(&c, NULL, NULL, 0, 3, &err) == PG_OK, "empty")) return;
    for (int32_t i = 0; i < 1000; i++) {
        int32_t label = i * 7919 % 1000, column = label % 3;
        if (pg_confusion_add(&c, &label, &column, 1, &err)) bail_out(err.message);
    }
    int wrong = 0;
    for (int row = 0; row < c.rows; row++)
        wrong += c.row_labels[row] != row || c.cells[3 * row + row % 3] != 1;
    is_int(c.rows, 1000, "a thousand labels");
    is_int(wrong, 0, "each in its place");
    pg_confusion_free(&c);
}

int main(void)
{
    assignment();
    by_confidence();
    in_chunks();
    by_majority();
    confusion();
    extremes();
    many_labels();
    return done_testing();
}
