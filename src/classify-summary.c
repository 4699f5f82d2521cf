#include <config.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "classify.h"

static int count_used(const classification *result)
{
    int used = 0;
    for (int i = 0; i < result->categories; i++)
        used += result->members[i] > 0;
    return used;
}

/* NaN where the labels, or those to judge by, are not known. */
static double protocol_error(const classification *result)
{
    return result->source == LABELS_NONE ? NAN
                                         : pg_confusion_error(&result->confusion, result->labels);
}

static double majority_error(const classification *result)
{
    return result->source == LABELS_CLASSES
               ? NAN
               : pg_confusion_error(&result->confusion, result->majority);
}

static int count_named(const classification *result)
{
    int named = 0;
    for (int i = 0; i < result->categories; i++)
        named += category_name(result, i) != NULL;
    return named;
}

static const char *source_name(label_source source)
{
    static const char *const names[] = {[LABELS_NONE] = "none",
                                        [LABELS_CLASSES] = "classes",
                                        [LABELS_REFERENCE] = "reference",
                                        [LABELS_MODEL] = "model",
                                        [LABELS_INPUT] = "input"};
    return names[source];
}

static void write_quality_values(FILE *to, const pg_quality *q)
{
    bool known = q->count > 0;
    print_value(to, "quality", known ? q->score : NAN);
    print_value(to, "stability", known ? q->stability : NAN);
    print_value(to, "stability_kappa", known ? q->stability_kappa : NAN);
    print_value(to, "agreement", known ? q->agreement : NAN);
    print_value(to, "agreement_kappa", known ? q->agreement_kappa : NAN);
    print_value(to, "information", known ? q->information : NAN);
    print_value(to, "share_in_use", known ? q->share_in_use : NAN);
    print_value(to, "kl", known ? q->kl : NAN);
}

static void write_values(FILE *to, const void *what)
{
    const classification *result = what;
    const pg_confusion *confusion = &result->confusion;
    bool judged = confusion->total > 0;
    fprintf(to, "examples\t%zu\nlabelled\t%zu\n", result->examples, confusion->total);
    fprintf(to, "clusters\t%d\nclusters_used\t%d\n", result->categories, count_used(result));
    fprintf(to, "unassigned\t%zu\n", result->unassigned);
    fprintf(to, "labels_from\t%s\n", source_name(result->source));
    print_value(to, "error", protocol_error(result));
    print_value(to, "error_majority", majority_error(result));
    print_value(to, "nmi", judged ? pg_confusion_nmi(confusion) : NAN);
    print_value(to, "purity", pg_confusion_purity(confusion));
    print_value(to, "accuracy_one_to_one", result->accuracy);
    print_value(to, "adjusted_rand", pg_confusion_adjusted_rand(confusion));
    fprintf(to, "named\t%d\n", count_named(result));
    print_value(to, "nmi_arithmetic", judged ? pg_confusion_nmi_arithmetic(confusion) : NAN);
    if (result->options->quality) write_quality_values(to, &result->quality);
}

static void write_source(FILE *to, const classification *result)
{
    switch (result->source) {
    case LABELS_CLASSES:
        break;
    case LABELS_NONE:
        fputs("cluster labels  none: no labelled images, and the model keeps none\n", to);
        break;
    case LABELS_REFERENCE:
        fprintf(to, "cluster labels  of the surest of %zu labelled images of %s\n",
                result->reference_count, result->options->reference);
        break;
    case LABELS_MODEL:
        fputs("cluster labels  kept in the model\n", to);
        break;
    case LABELS_INPUT:
        fputs("cluster labels  of the surest images of this input itself; with --reference they\n"
              "                come from other images, as a fair error asks\n",
              to);
        break;
    }
}

static void write_error(FILE *to, const classification *result)
{
    double error = protocol_error(result);
    if (isnan(error)) return;
    fprintf(to, "error           %.2f %%", 100 * error);
    if (result->source == LABELS_REFERENCE)
        fprintf(to, "  (with majority labels of the reference: %.2f %%)",
                100 * majority_error(result));
    else if (result->source != LABELS_CLASSES)
        fprintf(to, "  (with majority labels of this input: %.2f %%)",
                100 * majority_error(result));
    putc('\n', to);
}

/* Scores that need no labels of clusters. */
static void write_scores(FILE *to, const classification *result)
{
    const pg_confusion *confusion = &result->confusion;
    fprintf(to, "purity          %.4f\n", pg_confusion_purity(confusion));
    fprintf(to, "ACC             %.4f  (best one-to-one assignment of %s to labels)\n",
            result->accuracy, result->source == LABELS_CLASSES ? "classes" : "clusters");
    double rand = pg_confusion_adjusted_rand(confusion);
    if (!isnan(rand)) fprintf(to, "adjusted Rand   %.4f\n", rand);
    fprintf(to, "NMI             %.4f  (arithmetic mean of the entropies: %.4f)\n",
            pg_confusion_nmi(confusion), pg_confusion_nmi_arithmetic(confusion));
}

enum { MAX_TABLE_LABELS = 40 };

/* A line a category: its label, its examples, and how many there are of each label. */
static void write_confusion(FILE *to, const classification *result)
{
    const pg_confusion *confusion = &result->confusion;
    if (confusion->rows > MAX_TABLE_LABELS) {
        fprintf(to, "confusion       left out, there are %d labels\n", confusion->rows);
        return;
    }
    fprintf(to, "\n%s   is images |", result->source == LABELS_CLASSES ? "  class" : "cluster");
    for (int row = 0; row < confusion->rows; row++)
        fprintf(to, " %5d", (int)confusion->row_labels[row]);
    putc('\n', to);
    for (int column = 0; column < confusion->columns; column++) {
        fprintf(to, "%7d", column);
        if (result->labels[column] < 0)
            fputs("    -", to);
        else
            fprintf(to, " %4d", (int)result->labels[column]);
        fprintf(to, " %6zu |", result->members[column]);
        for (int row = 0; row < confusion->rows; row++)
            fprintf(to, " %5zu", confusion->cells[row * confusion->columns + column]);
        const char *name = category_name(result, column);
        fprintf(to, "%s%s\n", name ? "  " : "", name ? name : "");
    }
}

/* Without labels: the categories that have a name or images. */
static void write_names(FILE *to, const classification *result)
{
    if (!result->named) return;
    fprintf(to, "\n%s images  name\n", result->source == LABELS_CLASSES ? "  class" : "cluster");
    for (int column = 0; column < result->categories; column++) {
        const char *name = category_name(result, column);
        if (name || result->members[column])
            fprintf(to, "%7d %6zu  %s\n", column, result->members[column], name ? name : "-");
    }
}

static void write_quality(FILE *to, const pg_quality *q)
{
    if (!q->count) return;
    fprintf(to, "quality         %.4f  (without labels; stability times agreement, as kappas)\n",
            q->score);
    fprintf(to, "  stability     %.4f  (two warped views of %zu images: %.2f %% of one category)\n",
            q->stability_kappa, q->count, 100 * q->stability);
    fprintf(to, "  agreement     %.4f  (decoder and encoder, %zu images: %.2f %%)\n",
            q->agreement_kappa, q->decoded, 100 * q->agreement);
    fprintf(to, "  information   %.4f nats of the category for the decoder\n", q->information);
    fprintf(to, "  share in use  %.4f  (KL from the prior %.4f nats)\n", q->share_in_use, q->kl);
}

static void write_summary(FILE *to, const void *what)
{
    const classification *result = what;
    fprintf(to, "images          %zu, %zu labelled\n", result->examples, result->confusion.total);
    fprintf(to, "%s        %d, %d used\n",
            result->source == LABELS_CLASSES ? "classes " : "clusters", result->categories,
            count_used(result));
    if (result->unassigned)
        fprintf(to, "unassigned      %zu images whose probabilities are not numbers\n",
                result->unassigned);
    write_source(to, result);
    if (result->named)
        fprintf(to, "names           %d of %d %s\n", count_named(result), result->categories,
                result->source == LABELS_CLASSES ? "classes" : "clusters");
    write_quality(to, &result->quality);
    if (!result->confusion.total) {
        write_names(to, result);
        return;
    }
    write_error(to, result);
    write_scores(to, result);
    write_confusion(to, result);
}

pg_status summarise(classification *result, pg_error *err)
{
    const classify_options *options = result->options;
    pg_status status = pg_confusion_accuracy(&result->confusion, &result->accuracy, err);
    if (status) return status;
    if (options->summary)
        status = write_text(options->summary, write_summary, result, err);
    else if (!is_quiet())
        status = write_message(write_summary, result, err);
    if (!status && options->summary_tsv)
        status = write_text(options->summary_tsv, write_values, result, err);
    return status;
}
