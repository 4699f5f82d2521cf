/* Pictures and lists of what is kept. */
#include <config.h>

#include <stdlib.h>

#include "base/outfile.h"
#include "classify-gallery.h"

enum { TITLE = PG_MAX_CATEGORY_NAME + 1, NOTE = 96 };

/* Rows of a sheet, with their texts. */
typedef struct sheet_rows {
    pg_image_row *rows;
    char (*titles)[TITLE], (*notes)[NOTE];
    const uint8_t **images; /* room of `per` each */
    size_t count, per;
} sheet_rows;

static void sheet_free(sheet_rows *s)
{
    free(s->rows);
    free(s->titles);
    free(s->notes);
    free(s->images);
}

static pg_status sheet_init(sheet_rows *s, size_t room, size_t per, pg_error *err)
{
    *s = (sheet_rows){.rows = calloc(room + 1, sizeof *s->rows),
                      .titles = calloc(room + 1, sizeof *s->titles),
                      .notes = calloc(room + 1, sizeof *s->notes),
                      .images = calloc((room + 1) * per, sizeof(uint8_t *)),
                      .per = per};
    if (s->rows && s->titles && s->notes && s->images) return PG_OK;
    sheet_free(s);
    return pg_fail(err, PG_ERR_MEMORY, "sheet: out of memory");
}

/* A further row; its texts are written to titles[count] and notes[count] before. */
static void add_row(sheet_rows *s, const exhibit *const *members, size_t count)
{
    const uint8_t **images = s->images + s->count * s->per;
    pg_image_row *row = &s->rows[s->count];
    *row = (pg_image_row){s->titles[s->count], s->notes[s->count], images, 0};
    for (size_t i = 0; i < count && i < s->per; i++)
        if (members[i]->image) images[row->count++] = members[i]->image;
    s->count++;
}

static void add_kept(sheet_rows *s, const keeper *k)
{
    const exhibit **members = calloc(k->count + 1, sizeof(exhibit *));
    for (size_t i = 0; members && i < k->count; i++)
        members[i] = &k->items[i];
    add_row(s, members, members ? k->count : 0);
    free(members);
}

static void add_category(sheet_rows *s, const classification *result, int category)
{
    size_t members = result->members[category];
    describe_category(result, category, s->titles[s->count], TITLE);
    if (category_name(result, category))
        snprintf(s->notes[s->count], NOTE, "%zu in %s %d", members,
                 result->source == LABELS_CLASSES ? "class" : "cluster", category);
    else
        snprintf(s->notes[s->count], NOTE, "%zu image%s", members, members == 1 ? "" : "s");
    add_kept(s, &result->gallery->surest[category]);
}

static pg_status add_outliers(sheet_rows *s, const classification *result, pg_error *err)
{
    size_t count;
    const exhibit **unlikely = find_unlikely(result, &count);
    if (!unlikely) return pg_fail(err, PG_ERR_MEMORY, "outliers: out of memory");
    snprintf(s->titles[s->count], TITLE, "least sure");
    snprintf(s->notes[s->count], NOTE, "of all images");
    add_kept(s, &result->gallery->least_sure);
    snprintf(s->titles[s->count], TITLE, "least likely");
    snprintf(s->notes[s->count], NOTE, "for their category");
    add_row(s, unlikely, count);
    free(unlikely);
    return PG_OK;
}

static pg_status save_rows(const sheet_rows *s, const gallery *g, const char *path, pg_error *err)
{
    pg_image sheet;
    pg_status status =
        pg_image_gallery(s->rows, s->count, g->height, g->width, g->channels, &sheet, err);
    if (status) return status;
    status = pg_image_save(path, &sheet, err);
    pg_image_free(&sheet);
    return status;
}

static pg_status fill_sheet(sheet_rows *s, const classification *result, const int *order,
                            int count, pg_error *err)
{
    const gallery *g = result->gallery;
    size_t room = pg_image_gallery_room(g->height, g->width) - 2;
    if ((size_t)count > room)
        warning("%s: has the %zu largest of %d categories; more do not fit", result->options->sheet,
                room, count);
    for (int i = 0; i < count && (size_t)i < room; i++)
        add_category(s, result, order[i]);
    return result->options->outliers ? add_outliers(s, result, err) : PG_OK;
}

pg_status write_sheet(const classification *result, pg_error *err)
{
    sheet_rows s;
    int count;
    const gallery *g = result->gallery;
    if (!result->options->sheet) return PG_OK;
    int *order = categories_by_size(result, &count);
    if (!order) return pg_fail(err, PG_ERR_MEMORY, "sheet: out of memory");
    pg_status status = sheet_init(&s, (size_t)count + 2, g->per, err);
    if (!status) {
        status = fill_sheet(&s, result, order, count, err);
        if (!status) status = save_rows(&s, g, result->options->sheet, err);
        sheet_free(&s);
    }
    free(order);
    return status;
}

/* Images to label, in the order of the list: the title says where a row begins. */
static void fill_asked(sheet_rows *s, const gallery *g)
{
    for (size_t i = 0; i < g->asked_count; i += s->per) {
        size_t count = g->asked_count - i < s->per ? g->asked_count - i : s->per;
        snprintf(s->titles[s->count], TITLE, "to label");
        snprintf(s->notes[s->count], NOTE, "%zu to %zu", i + 1, i + count);
        add_row(s, g->asked + i, count);
    }
}

pg_status write_asked_sheet(const classification *result, pg_error *err)
{
    sheet_rows s;
    const gallery *g = result->gallery;
    if (!result->options->asked_sheet) return PG_OK;
    pg_status status = sheet_init(&s, g->asked_count / g->per + 1, g->per, err);
    if (status) return status;
    fill_asked(&s, g);
    status = save_rows(&s, g, result->options->asked_sheet, err);
    sheet_free(&s);
    return status;
}

/* ---- Outliers as a list ---- */

static void print_outlier(FILE *to, const exhibit *e, const char *why, bool has_names)
{
    fprintf(to, "%zu\t%s\t%d\t%.6g\t%.6g\t%.4g", e->index, why, (int)e->category, e->confidence,
            e->nll, e->unusual);
    if (has_names) {
        putc('\t', to);
        print_text(to, e->name ? e->name : "");
    }
    putc('\n', to);
}

static pg_status print_outliers(FILE *to, const classification *result, pg_error *err)
{
    size_t count;
    const gallery *g = result->gallery;
    const exhibit **unlikely = find_unlikely(result, &count);
    if (!unlikely) return pg_fail(err, PG_ERR_MEMORY, "outliers: out of memory");
    fprintf(to, "index\twhy\t%s\tconfidence\tnll\tdeviations%s\n",
            result->source == LABELS_CLASSES ? "class" : "cluster",
            result->has_names ? "\tname" : "");
    for (size_t i = 0; i < g->least_sure.count; i++) {
        exhibit e = g->least_sure.items[i];
        e.unusual = unusual_of(g, &e);
        print_outlier(to, &e, "unsure", result->has_names);
    }
    for (size_t i = 0; i < count; i++)
        print_outlier(to, unlikely[i], "unlikely", result->has_names);
    free(unlikely);
    return PG_OK;
}

pg_status write_outliers(const classification *result, pg_error *err)
{
    pg_outfile out;
    if (!result->options->outliers) return PG_OK;
    pg_status status = pg_outfile_open(&out, result->options->outliers, err);
    if (status) return status;
    status = print_outliers(out.stream, result, err);
    if (!status) return pg_outfile_commit(&out, err);
    pg_outfile_abandon(&out);
    return status;
}
