/* Fewer labels, the same number in each class: what semi-supervised learning
 * starts from. The first pass counts the classes, the second draws in each
 * class by selection sampling (Knuth, The Art of Computer Programming, vol. 2,
 * 3.4.2, algorithm S), so that memory grows with the classes only. */
#include <config.h>

#include <gsl/gsl_rng.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/random.h"
#include "dataset/source.h"

/* A class in the second pass. */
typedef struct urn {
    int32_t label;
    uint64_t left;   /* labelled examples still to come */
    uint64_t wanted; /* labels still to be kept */
    gsl_rng *rng;    /* its own: what is drawn does not depend on how classes mix */
} urn;

typedef struct thinned {
    pg_source *before;
    uint64_t count, seed;
    urn *urns; /* NULL until the first pass is done; sorted by label */
    size_t urn_count;
} thinned;

static void free_urns(thinned *t)
{
    for (size_t i = 0; i < t->urn_count; i++)
        if (t->urns[i].rng) gsl_rng_free(t->urns[i].rng);
    free(t->urns);
    t->urns = NULL;
    t->urn_count = 0;
}

static void thinned_close(void *state)
{
    thinned *t = state;
    pg_source_close(t->before);
    free_urns(t);
    free(t);
}

/* ---- First pass ---- */

static pg_status count_classes(thinned *t, pg_class_counts *counts, pg_error *err)
{
    pg_records chunk;
    const pg_schema *schema = &t->before->schema;
    pg_status status = pg_records_init(&chunk, schema, pg_schema_chunk_capacity(schema), err);
    if (status != PG_OK) return status;
    do {
        status = pg_source_next(t->before, &chunk, err);
        if (status == PG_OK) status = pg_class_counts_add(counts, chunk.label, chunk.count, err);
    } while (status == PG_OK && chunk.count);
    pg_records_free(&chunk);
    return status;
}

/* A class's share of the labels; what does not divide goes to the first classes. */
static pg_status fill_urn(const thinned *t, const pg_class_counts *counts, size_t first, size_t i,
                          urn *to, pg_error *err)
{
    uint64_t share = t->count / t->urn_count + (i < t->count % t->urn_count);
    uint64_t there = counts->counts[first + i];
    int32_t label = counts->labels[first + i];
    if (there < share)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "keep %llu labels: class %d has %llu of the %llu that are its share of %zu "
                       "classes; keep fewer",
                       (unsigned long long)t->count, (int)label, (unsigned long long)there,
                       (unsigned long long)share, t->urn_count);
    *to = (urn){.label = label,
                .left = there,
                .wanted = share,
                .rng = pg_rng_create(t->seed, PG_RANDOM_THIN, 0, (uint32_t)label)};
    return to->rng ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "keep labels: out of memory");
}

static pg_status fill_urns(thinned *t, const pg_class_counts *counts, pg_error *err)
{
    size_t first = counts->size && counts->labels[0] < 0 ? 1 : 0; /* past the unlabelled */
    size_t classes = counts->size - first;
    if (!classes)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "keep labels: no example has one; give them with --labels");
    t->urns = pg_allocate(classes, sizeof *t->urns);
    if (!t->urns) return pg_fail(err, PG_ERR_MEMORY, "keep labels: out of memory");
    t->urn_count = classes;
    for (size_t i = 0; i < classes; i++) {
        pg_status status = fill_urn(t, counts, first, i, t->urns + i, err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

static pg_status first_pass(thinned *t, pg_error *err)
{
    pg_class_counts counts = {0};
    pg_status status = count_classes(t, &counts, err);
    if (status == PG_OK) status = fill_urns(t, &counts, err);
    pg_class_counts_free(&counts);
    if (status == PG_OK) status = pg_source_rewind(t->before, err);
    if (status != PG_OK) free_urns(t);
    return status;
}

/* ---- Second pass ---- */

static int compare_urn(const void *label, const void *element)
{
    int32_t a = *(const int32_t *)label, b = ((const urn *)element)->label;
    return (a > b) - (a < b);
}

/* Keeps a label with the probability wanted/left; false where it is dropped. */
static bool thin(thinned *t, int32_t *label)
{
    urn *u = bsearch(label, t->urns, t->urn_count, sizeof *t->urns, compare_urn);
    if (!u || !u->left) { /* unlabelled, or the file grew since it was counted */
        *label = PG_LABEL_NONE;
        return false;
    }
    bool kept = gsl_rng_uniform(u->rng) * (double)u->left < (double)u->wanted;
    u->left--;
    u->wanted -= kept;
    if (!kept) *label = PG_LABEL_NONE;
    return kept;
}

static pg_status thinned_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    thinned *t = source->state;
    pg_status status = t->urns ? PG_OK : first_pass(t, err);
    if (status == PG_OK) status = pg_source_next(t->before, chunk, err);
    for (size_t i = 0; status == PG_OK && i < chunk->count; i++)
        if (!thin(t, chunk->label + i)) (void)pg_records_set_class(chunk, i, "");
    return status;
}

static pg_status thinned_rewind(pg_source *source, pg_error *err)
{
    thinned *t = source->state;
    free_urns(t);
    return pg_source_rewind(t->before, err);
}

static const pg_source *thinned_before(const pg_source *source)
{
    const thinned *t = source->state;
    return t->before;
}

static const pg_source_class thinned_class = {.next = thinned_next,
                                              .rewind = thinned_rewind,
                                              .before = thinned_before,
                                              .close = thinned_close};

pg_status pg_thinned_labels_source(pg_source *before, uint64_t count, uint64_t seed,
                                   pg_source **source, pg_error *err)
{
    *source = NULL;
    if (!before->schema.has_label) {
        pg_source_close(before);
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "keep labels: the examples have none; give them with --labels");
    }
    if (!pg_source_can_rewind(before)) {
        pg_status status = pg_memory_source(before, false, 0, &before, err);
        if (status != PG_OK) return status;
    }
    thinned *t = calloc(1, sizeof *t);
    if (!t) {
        pg_source_close(before);
        return pg_fail(err, PG_ERR_MEMORY, "keep labels: out of memory");
    }
    *t = (thinned){.before = before, .count = count, .seed = seed};
    return pg_source_create(&thinned_class, t, &before->schema, before->known_count, source, err);
}
