/* A page to look at and to name in: one file, with the images in it. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/outfile.h"
#include "classify-gallery.h"
#include "page-style.h"

enum {
    MOST_SIDE = 96,            /* pixels of an image on the page */
    LEAST_SHOWN = 56,          /* it is enlarged to about that */
    MOST_BYTES = 15 * 1000000, /* of all images, as they are written */
    TITLE = PG_MAX_CATEGORY_NAME + 1
};

typedef struct page {
    FILE *to;
    const classification *result;
    size_t image_bytes; /* written so far */
} page;

size_t page_per(const classification *result, size_t per)
{
    const pg_config *c = result->app.config;
    size_t height = c->height < MOST_SIDE ? (size_t)c->height : MOST_SIDE;
    size_t width = c->width < MOST_SIDE ? (size_t)c->width : MOST_SIDE;
    size_t each = height * width * (c->channels >= 3 ? 3 : 1) * 4 / 3 + 300;
    size_t most = MOST_BYTES / each / ((size_t)result->categories + 2) * 2 / 3;
    return per < most ? per : most ? most : 1;
}

/* ---- Text ---- */

/* Length of the well-formed UTF-8 character at text that may stand in a page, 0: none. */
static size_t shown_length(const char *text)
{
    char one[5] = {0};
    pg_category_names probe = {.list = (char *[]){NULL}, .count = 1};
    pg_error err;
    for (size_t length = 1; length <= 4 && text[length - 1]; length++) {
        memcpy(one, text, length);
        one[length] = 0;
        if (strcmp(one, "-") == 0) return 1;
        if (pg_category_names_set(&probe, 0, one, &err) != PG_OK) continue;
        free(probe.list[0]);
        return length;
    }
    return 0;
}

/* What the letter is written as, where it means something to a page; else NULL. */
static const char *find_entity(char c)
{
    static const char special[] = "&<>\"'";
    static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    const char *found = c ? strchr(special, c) : NULL;
    return found ? entity[found - special] : NULL;
}

/* Any bytes as text of a page, also within an attribute; what is no character or a control
 * character becomes the replacement character. */
static void put_text(FILE *to, const char *text)
{
    while (*text) {
        const char *entity = find_entity(*text);
        size_t length = entity ? 1 : shown_length(text);
        if (entity)
            fputs(entity, to);
        else if (length)
            fwrite(text, 1, length, to);
        else
            fputs("\xef\xbf\xbd", to);
        text += length ? length : 1;
    }
}

/* A name as a cell of the table that the page saves, to be found again. */
static void put_key(FILE *to, const char *name)
{
    static const char special[] = "\\\t\n\r";
    for (; *name; name++) {
        const char *entity = find_entity(*name), *escaped = strchr(special, *name);
        if (entity)
            fputs(entity, to);
        else if (escaped)
            fprintf(to, "\\%c", "\\tnr"[escaped - special]);
        else
            putc(*name, to);
    }
}

/* ---- Images ---- */

static void put_base64(FILE *to, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < count; i += 3) {
        uint32_t three = (uint32_t)bytes[i] << 16;
        if (i + 1 < count) three |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < count) three |= bytes[i + 2];
        putc(digits[three >> 18], to);
        putc(digits[three >> 12 & 63], to);
        putc(i + 1 < count ? digits[three >> 6 & 63] : '=', to);
        putc(i + 2 < count ? digits[three & 63] : '=', to);
    }
}

/* The PNG of a view in memory; free() *bytes. */
static pg_status encode(const pg_image *view, char **bytes, size_t *count, pg_error *err)
{
    *bytes = NULL;
    FILE *memory = open_memstream(bytes, count);
    if (!memory) return pg_fail(err, PG_ERR_MEMORY, "page: out of memory for an image");
    pg_status status = pg_image_write(memory, "page", view, PG_IMAGE_PNG, err);
    if (fclose(memory) != 0 && !status)
        status = pg_fail(err, PG_ERR_MEMORY, "page: out of memory for an image");
    return status;
}

/* "cat.png, 98.3 % sure": what the image is to who cannot see it, or points at it. */
static void put_description(const page *p, const exhibit *e)
{
    if (e->name)
        put_text(p->to, e->name);
    else
        fprintf(p->to, "image %zu", e->index);
    fprintf(p->to, ", %.1f %% sure", 100 * e->confidence);
}

static void put_view(page *p, const pg_image *view, const exhibit *e, const char *bytes,
                     size_t count)
{
    int longer = view->height > view->width ? view->height : view->width;
    int scale = longer >= LEAST_SHOWN ? 1 : (LEAST_SHOWN + longer - 1) / longer;
    fprintf(p->to, "<img width=\"%d\" height=\"%d\" loading=\"lazy\" alt=\"", view->width * scale,
            view->height * scale);
    put_description(p, e);
    fputs("\" title=\"", p->to);
    put_description(p, e);
    fputs("\" src=\"data:image/png;base64,", p->to);
    put_base64(p->to, (const uint8_t *)bytes, count);
    fputs("\">", p->to);
    p->image_bytes += count * 4 / 3;
}

/* An image, or where the page has enough of them its description. */
static pg_status put_image(page *p, const exhibit *e, pg_error *err)
{
    pg_image view;
    char *bytes;
    size_t count;
    const gallery *g = p->result->gallery;
    if (!e->image || p->image_bytes > MOST_BYTES) {
        put_description(p, e);
        return PG_OK;
    }
    pg_status status =
        pg_image_view(e->image, g->height, g->width, g->channels, MOST_SIDE, &view, err);
    if (status) return status;
    status = encode(&view, &bytes, &count, err);
    if (!status) put_view(p, &view, e, bytes, count);
    free(bytes);
    pg_image_free(&view);
    return status;
}

static pg_status put_images(page *p, const char *title, const exhibit *const *list, size_t count,
                            pg_error *err)
{
    pg_status status = PG_OK;
    if (!count) return PG_OK;
    fprintf(p->to, "<h3>%s</h3>\n<ul class=\"images\">\n", title);
    for (size_t i = 0; !status && i < count; i++) {
        fputs("<li>", p->to);
        status = put_image(p, list[i], err);
        fputs("</li>\n", p->to);
    }
    fputs("</ul>\n", p->to);
    return status;
}

/* Those of a keeper that have their image. */
static pg_status put_kept(page *p, const char *title, const keeper *k, pg_error *err)
{
    size_t count = k->count < k->shown ? k->count : k->shown;
    const exhibit **list = calloc(count + 1, sizeof(exhibit *));
    if (!list) return pg_fail(err, PG_ERR_MEMORY, "page: out of memory");
    for (size_t i = 0; i < count; i++)
        list[i] = &k->items[i];
    pg_status status = put_images(p, title, list, count, err);
    free(list);
    return status;
}

/* ---- Sections ---- */

static void put_field(page *p, int category)
{
    const char *name = category_name(p->result, category);
    fprintf(p->to,
            "<label>name <input list=\"known\" autocomplete=\"off\" maxlength=\"80\" "
            "data-category=\"%d\" value=\"",
            category);
    put_text(p->to, name ? name : "");
    fputs("\"></label>", p->to);
}

/* Members that are less sure than those shown above. */
static keeper less_sure(const gallery *g, int category)
{
    const keeper *sure = &g->surest[category];
    keeper doubtful = g->doubtful[category];
    if (sure->count < sure->room) doubtful.count = 0;
    return doubtful;
}

static pg_status put_category(page *p, int category, pg_error *err)
{
    char title[TITLE];
    const classification *result = p->result;
    const gallery *g = result->gallery;
    size_t members = result->members[category];
    describe_category(result, category, title, sizeof title);
    fprintf(p->to, "<section aria-labelledby=\"c%d\">\n<div class=\"head\"><h2 id=\"c%d\">",
            category, category);
    put_text(p->to, title);
    fprintf(p->to, "</h2><span>%zu image%s", members, members == 1 ? "" : "s");
    if (result->labels[category] >= 0) fprintf(p->to, ", label %d", (int)result->labels[category]);
    if (category_name(result, category))
        fprintf(p->to, ", %s %d", result->source == LABELS_CLASSES ? "class" : "cluster", category);
    fputs("</span>", p->to);
    put_field(p, category);
    fputs("</div>\n", p->to);
    pg_status status = put_kept(p, "surest", &g->surest[category], err);
    keeper doubtful = less_sure(g, category);
    if (!status) status = put_kept(p, "least sure", &doubtful, err);
    fputs("</section>\n", p->to);
    return status;
}

static pg_status put_outliers(page *p, pg_error *err)
{
    size_t count;
    const gallery *g = p->result->gallery;
    const exhibit **unlikely = find_unlikely(p->result, &count);
    if (!unlikely) return pg_fail(err, PG_ERR_MEMORY, "page: out of memory");
    if (count > g->per) count = g->per;
    fputs("<section aria-labelledby=\"outliers\">\n<h2 id=\"outliers\">Outliers</h2>\n", p->to);
    pg_status status = put_kept(p, "least sure of all", &g->least_sure, err);
    if (!status) status = put_images(p, "least likely for their category", unlikely, count, err);
    fputs("</section>\n", p->to);
    free(unlikely);
    return status;
}

static pg_status put_question(page *p, const exhibit *e, pg_error *err)
{
    fputs("<li>", p->to);
    pg_status status = put_image(p, e, err);
    fputs("<span class=\"what\">", p->to);
    put_description(p, e);
    fputs("</span><input autocomplete=\"off\" inputmode=\"numeric\" aria-label=\"label of ", p->to);
    put_description(p, e);
    fputs("\" data-example=\"", p->to);
    if (p->result->has_names)
        put_key(p->to, e->name ? e->name : "");
    else
        fprintf(p->to, "%zu", e->index);
    fputs("\"></li>\n", p->to);
    return status;
}

static pg_status put_questions(page *p, pg_error *err)
{
    pg_status status = PG_OK;
    const gallery *g = p->result->gallery;
    if (!p->result->options->ask) return PG_OK;
    fprintf(p->to,
            "<section aria-labelledby=\"label\">\n<h2 id=\"label\">To label</h2>\n"
            "<ul class=\"images ask\" id=\"ask\" data-key=\"%s\">\n",
            p->result->has_names ? "name" : "index");
    for (size_t i = 0; !status && i < g->asked_count; i++)
        status = put_question(p, g->asked[i], err);
    fputs("</ul>\n</section>\n", p->to);
    return status;
}

/* ---- The whole ---- */

/* Nothing is loaded, and no script runs but the page's own. */
static void put_head(page *p)
{
    fprintf(p->to,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
            "data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
            "<title>Categories</title>\n<style>\n%s</style>\n</head>\n<body>\n<h1>",
            page_style);
    fprintf(p->to, "%zu images in ", p->result->examples);
    put_text(p->to, p->result->source == LABELS_CLASSES ? "classes" : "clusters");
    fputs("</h1>\n<main>\n", p->to);
}

/* Names that were given already, to choose from. */
static void put_known_names(page *p)
{
    fputs("<datalist id=\"known\">", p->to);
    for (int i = 0; i < p->result->categories; i++) {
        const char *name = category_name(p->result, i);
        if (!name) continue;
        fputs("<option value=\"", p->to);
        put_text(p->to, name);
        fputs("\">", p->to);
    }
    fputs("</datalist>\n", p->to);
}

static void put_foot(page *p)
{
    put_known_names(p);
    fputs(
        "</main>\n<div class=\"bar\"><button type=\"button\" id=\"save-names\">Save names</button>",
        p->to);
    if (p->result->options->ask)
        fputs("<button type=\"button\" id=\"save-labels\">Save labels</button>", p->to);
    fprintf(p->to,
            "<span id=\"said\" role=\"status\"></span></div>\n<script>\n%s</script>\n</body>\n"
            "</html>\n",
            page_script);
}

static pg_status put_page(page *p, pg_error *err)
{
    int count;
    int *order = categories_by_size(p->result, &count);
    if (!order) return pg_fail(err, PG_ERR_MEMORY, "page: out of memory");
    put_head(p);
    pg_status status = put_questions(p, err);
    for (int i = 0; !status && i < count; i++)
        status = put_category(p, order[i], err);
    if (!status) status = put_outliers(p, err);
    put_foot(p);
    free(order);
    return status;
}

pg_status write_page(const classification *result, pg_error *err)
{
    pg_outfile out;
    if (!result->options->page) return PG_OK;
    pg_status status = pg_outfile_open(&out, result->options->page, err);
    if (status) return status;
    page p = {.to = out.stream, .result = result};
    status = put_page(&p, err);
    if (!status) return pg_outfile_commit(&out, err);
    pg_outfile_abandon(&out);
    return status;
}
