#include <config.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify-gallery.h"

/* ---- Opening ---- */

static pg_status open_keepers(keeper **list, int categories, size_t room, size_t shown,
                              pg_error *err)
{
    *list = calloc((size_t)categories, sizeof **list);
    if (!*list) return pg_fail(err, PG_ERR_MEMORY, "out of memory for images to show");
    for (int i = 0; i < categories; i++) {
        pg_status status = keeper_init(&(*list)[i], room, shown, err);
        if (status) return status;
    }
    return PG_OK;
}

static pg_status open_outliers(gallery *g, pg_error *err)
{
    size_t categories = (size_t)g->categories;
    g->moments = calloc(categories, sizeof *g->moments);
    if (!g->moments) return pg_fail(err, PG_ERR_MEMORY, "out of memory for outliers");
    pg_status status = keeper_init(&g->least_sure, OUTLIERS, g->per, err);
    if (status) return status;
    return open_keepers(&g->unlikely, g->categories, OUTLIERS, g->per, err);
}

enum { SAMPLE = 1000, SAMPLE_BYTES = 1 << 26 };

/* As many as memory should hold. */
static pg_status open_sample(gallery *g, pg_error *err)
{
    size_t room = SAMPLE_BYTES / g->image_size + 1;
    if (room > SAMPLE) room = SAMPLE;
    return keeper_init(&g->sample, room, room, err);
}

enum { CANDIDATES = 200 };
static const size_t candidate_bytes = (size_t)1 << 28;

/* Enough to choose from, and no more than memory should hold. */
static pg_status open_candidates(gallery *g, size_t wanted, pg_error *err)
{
    size_t categories = (size_t)g->categories, each = g->image_size + categories * sizeof(float);
    size_t least = wanted / categories + 1, room = CANDIDATES + 4 * least;
    size_t most = candidate_bytes / categories / each;
    if (room > most) room = most > least ? most : least;
    g->labelled = calloc(categories, sizeof *g->labelled);
    if (!g->labelled) return pg_fail(err, PG_ERR_MEMORY, "out of memory");
    return open_keepers(&g->candidates, g->categories, room, room, err);
}

pg_status gallery_open(classification *result, pg_error *err)
{
    const classify_options *options = result->options;
    const pg_config *config = result->app.config;
    if (!wants_gallery(options)) return PG_OK;
    gallery *g = result->gallery = calloc(1, sizeof *g);
    if (!g) return pg_fail(err, PG_ERR_MEMORY, "out of memory");
    g->height = config->height;
    g->width = config->width;
    g->channels = config->channels;
    g->image_size = (size_t)config->height * (size_t)config->width * (size_t)config->channels;
    g->categories = result->categories;
    g->per = (size_t)options->per;
    if (options->page && !options->sheet) g->per = page_per(result, g->per);
    g->wants_outliers = options->outliers || options->page;
    pg_status status = PG_OK;
    if (options->sheet || options->page)
        status = open_keepers(&g->surest, g->categories, g->per, g->per, err);
    if (!status && options->page)
        status = open_keepers(&g->doubtful, g->categories, g->per / 2, g->per / 2, err);
    if (!status && g->wants_outliers) status = open_outliers(g, err);
    if (!status && options->ask) status = open_candidates(g, (size_t)options->ask, err);
    if (!status && options->quality) status = open_sample(g, err);
    return status;
}

static void free_keepers(keeper *list, int count)
{
    for (int i = 0; list && i < count; i++)
        keeper_free(&list[i]);
    free(list);
}

void gallery_free(gallery *g)
{
    if (!g) return;
    free_keepers(g->surest, g->categories);
    free_keepers(g->doubtful, g->categories);
    free_keepers(g->unlikely, g->categories);
    free_keepers(g->candidates, g->categories);
    keeper_free(&g->least_sure);
    keeper_free(&g->sample);
    free(g->moments);
    free(g->labelled);
    free(g->asked);
    free(g->one_hot);
    free(g->nll);
    free(g);
}

/* ---- The stream ---- */

/* What the other categories get: where q rounds to 1, this still tells who is surer. */
static double doubt_of(const float *code, int categories, int32_t category)
{
    double sum = 0;
    for (int k = 0; k < categories; k++)
        if (k != category) sum += code[k];
    return sum;
}

static pg_status offer(keeper *k, double key, const exhibit *what, const gallery *g, bool code,
                       pg_error *err)
{
    exhibit copy = *what;
    copy.key = key;
    if (!keeper_wants(k, key)) return PG_OK;
    return keeper_put(k, &copy, g->image_size, code ? (size_t)g->categories : 0, err);
}

/* A number between 0 and 1 that looks random (Steele, Lea & Flood 2014, "Fast splittable
 * pseudorandom number generators"): those with the greatest ones are a random sample. */
static double draw_key(uint64_t index)
{
    uint64_t z = (index + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static pg_status offer_everywhere(gallery *g, const exhibit *what, double doubt, pg_error *err)
{
    pg_status status = PG_OK;
    int32_t category = what->category;
    double drawn = draw_key(what->index);
    if (g->candidates && what->label >= 0) g->labelled[category]++;
    if (g->candidates && what->label < 0)
        status = offer(&g->candidates[category], drawn, what, g, true, err);
    if (!status && g->surest) status = offer(&g->surest[category], -doubt, what, g, false, err);
    if (!status && g->doubtful) status = offer(&g->doubtful[category], doubt, what, g, false, err);
    if (!status && g->wants_outliers) status = offer(&g->least_sure, doubt, what, g, false, err);
    if (!status) status = offer(&g->sample, drawn, what, g, false, err);
    if (!status && g->unlikely && isfinite(what->nll)) {
        nll_moments *m = &g->moments[category];
        m->count++;
        m->sum += what->nll;
        m->squares += what->nll * what->nll;
        status = offer(&g->unlikely[category], what->nll, what, g, false, err);
    }
    return status;
}

static pg_status reserve_chunk(gallery *g, size_t count, pg_error *err)
{
    if (count <= g->chunk) return PG_OK;
    free(g->one_hot);
    free(g->nll);
    g->one_hot = calloc(count, (size_t)g->categories * sizeof *g->one_hot);
    g->nll = calloc(count, sizeof *g->nll);
    g->chunk = g->one_hot && g->nll ? count : 0;
    return g->chunk ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "out of memory for a chunk");
}

/* -log p(x|z), z each image's own category, of a chunk. */
static pg_status find_nll(classification *result, const coded_input *input, const int32_t *category,
                          pg_error *err)
{
    gallery *g = result->gallery;
    size_t count = input->chunk.count, categories = (size_t)g->categories;
    pg_status status = reserve_chunk(g, count, err);
    if (status) return status;
    memset(g->one_hot, 0, count * categories * sizeof *g->one_hot);
    for (size_t n = 0; n < count; n++)
        g->one_hot[n * categories + (category[n] < 0 ? 0 : (size_t)category[n])] = 1;
    return pg_engine_nll(result->app.engine, input->chunk.image, g->one_hot, input->seen, count,
                         g->nll, err);
}

static exhibit describe_example(const gallery *g, const coded_input *input, const rows *table,
                                size_t from, size_t n)
{
    return (exhibit){.index = input->seen + n,
                     .label = table->label[from + n],
                     .category = table->category[from + n],
                     .confidence = table->confidence[from + n],
                     .nll = g->unlikely ? g->nll[n] : NAN,
                     .name = (char *)pg_records_name(&input->chunk, n),
                     .image = input->chunk.image + n * g->image_size,
                     .code = (float *)input->codes + n * (size_t)g->categories};
}

pg_status gallery_add(classification *result, const coded_input *input, const rows *table,
                      size_t from, pg_error *err)
{
    gallery *g = result->gallery;
    pg_status status = PG_OK;
    if (!g || !input->chunk.count) return PG_OK;
    if (g->unlikely) status = find_nll(result, input, table->category + from, err);
    for (size_t n = 0; !status && n < input->chunk.count; n++) {
        exhibit what = describe_example(g, input, table, from, n);
        if (what.category < 0) continue;
        status = offer_everywhere(g, &what, doubt_of(what.code, g->categories, what.category), err);
    }
    return status;
}

/* ---- What came of it ---- */

typedef struct sized {
    int category;
    size_t members;
} sized;

static int compare_sizes(const void *a, const void *b)
{
    const sized *x = a, *y = b;
    if (x->members != y->members) return x->members > y->members ? -1 : 1;
    return x->category - y->category;
}

int *categories_by_size(const classification *result, int *count)
{
    sized *list = calloc((size_t)result->categories, sizeof *list);
    int *order = calloc((size_t)result->categories, sizeof *order);
    *count = 0;
    for (int i = 0; list && i < result->categories; i++)
        if (result->members[i]) list[(*count)++] = (sized){i, result->members[i]};
    if (list) qsort(list, (size_t)*count, sizeof *list, compare_sizes);
    for (int i = 0; list && order && i < *count; i++)
        order[i] = list[i].category;
    if (!list) {
        free(order);
        order = NULL;
    }
    free(list);
    return order;
}

static int compare_unusual(const void *a, const void *b)
{
    const exhibit *x = *(const exhibit *const *)a, *y = *(const exhibit *const *)b;
    if (x->unusual != y->unusual) return x->unusual > y->unusual ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Standard deviations above the mean of its category; 0 where that is all alike. */
double unusual_of(const gallery *g, const exhibit *e)
{
    const nll_moments *m = &g->moments[e->category];
    double mean = m->sum / m->count, variance = m->squares / m->count - mean * mean;
    return variance > 1e-9 * mean * mean ? (e->nll - mean) / sqrt(variance) : 0;
}

const exhibit **find_unlikely(const classification *result, size_t *count)
{
    const gallery *g = result->gallery;
    size_t total = 0;
    for (int i = 0; i < g->categories; i++)
        total += g->unlikely[i].count;
    const exhibit **list = calloc(total + 1, sizeof(exhibit *));
    *count = 0;
    for (int i = 0; list && i < g->categories; i++) {
        for (size_t n = 0; n < g->unlikely[i].count; n++) {
            exhibit *e = &g->unlikely[i].items[n];
            e->unusual = unusual_of(g, e);
            list[(*count)++] = e;
        }
    }
    if (list) qsort(list, total, sizeof(exhibit *), compare_unusual);
    if (*count > OUTLIERS) *count = OUTLIERS;
    return list;
}

void describe_category(const classification *result, int32_t category, char *text, size_t size)
{
    const char *name = category_name(result, category);
    if (name)
        snprintf(text, size, "%s", name);
    else
        snprintf(text, size, "%s %d", result->source == LABELS_CLASSES ? "class" : "cluster",
                 (int)category);
}
