/* Which images to label next: of each category typical ones. */
#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/outfile.h"
#include "classify-gallery.h"

/* Where the encoder rounds to 0, differences of log q say nothing. */
static const float least_probability = 1e-6f;

/* log q(z|x) of a category's candidates; free() them. */
static float *find_features(const gallery *g, const keeper *k)
{
    size_t dim = (size_t)g->categories;
    float *features = malloc((k->count * dim + 1) * sizeof *features);
    for (size_t n = 0; features && n < k->count; n++)
        for (size_t d = 0; d < dim; d++)
            features[n * dim + d] = logf(k->items[n].code[d] + least_probability);
    return features;
}

/* The examples of one category, behind the others. */
static pg_status choose_category(gallery *g, int category, size_t share, pg_error *err)
{
    const keeper *k = &g->candidates[category];
    float *features = find_features(g, k);
    size_t *chosen = malloc((share + 1) * sizeof *chosen);
    pg_status status = features && chosen
                           ? pg_score_typical(features, k->count, g->categories, share, chosen, err)
                           : pg_fail(err, PG_ERR_MEMORY, "images to label: out of memory");
    for (size_t i = 0; !status && i < share; i++)
        g->asked[g->asked_count++] = &k->items[chosen[i]];
    free(features);
    free(chosen);
    return status;
}

/* Chosen category by category; asked for in the order of need. */
static pg_status sort_by_need(gallery *g, const size_t *share, const int *order, pg_error *err)
{
    size_t count = g->asked_count, *next = calloc((size_t)g->categories, sizeof *next);
    const exhibit **sorted = calloc(count + 1, sizeof(exhibit *));
    if (!next || !sorted) {
        free(next);
        free(sorted);
        return pg_fail(err, PG_ERR_MEMORY, "images to label: out of memory");
    }
    for (int k = 1; k < g->categories; k++)
        next[k] = next[k - 1] + share[k - 1];
    for (size_t i = 0; i < count; i++)
        sorted[i] = g->asked[next[order[i]]++];
    memcpy(g->asked, sorted, count * sizeof(exhibit *));
    free(next);
    free(sorted);
    return PG_OK;
}

/* Working memory of choosing. */
typedef struct choice {
    size_t *room, *share;
    int *order;
} choice;

static pg_status choose(classification *result, const choice *c, pg_error *err)
{
    gallery *g = result->gallery;
    size_t wanted = (size_t)result->options->ask;
    for (int k = 0; k < g->categories; k++)
        c->room[k] = g->candidates[k].count;
    size_t count = pg_score_share_labels(result->members, g->labelled, c->room, g->categories,
                                         wanted, c->share, c->order);
    if (count < wanted)
        warning("%zu images to label, for there are no more without a label", count);
    pg_status status = PG_OK;
    for (int k = 0; !status && k < g->categories; k++)
        status = choose_category(g, k, c->share[k], err);
    return status ? status : sort_by_need(g, c->share, c->order, err);
}

pg_status choose_asked(classification *result, pg_error *err)
{
    if (!result->options->ask) return PG_OK;
    gallery *g = result->gallery;
    size_t wanted = (size_t)result->options->ask, categories = (size_t)g->categories;
    g->asked = calloc(wanted, sizeof(exhibit *));
    choice c = {calloc(categories, sizeof *c.room), calloc(categories, sizeof *c.share),
                calloc(wanted, sizeof *c.order)};
    pg_status status = g->asked && c.room && c.share && c.order
                           ? choose(result, &c, err)
                           : pg_fail(err, PG_ERR_MEMORY, "images to label: out of memory");
    free(c.room);
    free(c.share);
    free(c.order);
    return status;
}

/* ---- The list ---- */

static void print_asked(FILE *to, const void *what)
{
    const classification *result = what;
    const gallery *g = result->gallery;
    fprintf(to, "%s\tlabel\t%s\tconfidence\n", result->has_names ? "name" : "index",
            result->source == LABELS_CLASSES ? "class" : "cluster");
    for (size_t i = 0; i < g->asked_count; i++) {
        const exhibit *e = g->asked[i];
        if (result->has_names)
            print_text(to, e->name ? e->name : "");
        else
            fprintf(to, "%zu", e->index);
        fprintf(to, "\t-\t%d\t%.6g\n", (int)e->category, e->confidence);
    }
}

pg_status write_asked(const classification *result, pg_error *err)
{
    if (!result->options->asked) return PG_OK;
    return write_text(result->options->asked, print_asked, result, err);
}
