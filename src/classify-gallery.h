/* What is kept of a stream to look at, whatever its length: so many examples of each category. */
#ifndef PG_CLASSIFY_GALLERY_H
#define PG_CLASSIFY_GALLERY_H

#include "classify.h"

/* ---- The best by some measure: classify-keeper.c ---- */

/* An example that is kept. */
typedef struct exhibit {
    double key;   /* the greater, the better */
    size_t index; /* in the stream, from 0 */
    int32_t label, category;
    float confidence;
    double nll;     /* given its category, nats; NaN where it was not asked for */
    double unusual; /* standard deviations above the mean of its category's */
    char *name;     /* NULL: none */
    uint8_t *image; /* NULL where it is not shown */
    float *code;    /* NULL where it is not kept */
} exhibit;

/* Sorted, the best first. Examples must come in the order of the stream. */
typedef struct keeper {
    exhibit *items;
    size_t count, room;
    size_t shown; /* so many of the first have their image */
} keeper;

pg_status keeper_init(keeper *k, size_t room, size_t shown, pg_error *err) PG_MUST_CHECK;
void keeper_free(keeper *k);
bool keeper_wants(const keeper *k, double key);
/* Copies what is wanted, with its image, and code_size numbers of its code. */
pg_status keeper_put(keeper *k, const exhibit *what, size_t image_size, size_t code_size,
                     pg_error *err) PG_MUST_CHECK;

/* ---- All that is kept: classify-gallery.c ---- */

enum { OUTLIERS = 100 }; /* of each kind in the list */

/* Of -log p(x|z) over the members of a category. */
typedef struct nll_moments {
    double count, sum, squares;
} nll_moments;

struct gallery {
    int height, width, channels;
    size_t image_size;
    int categories;
    size_t per;         /* members shown of a category */
    keeper *surest;     /* of each category; the arrays are NULL where they are not wanted */
    keeper *doubtful;   /* members that are least sure */
    keeper *unlikely;   /* members that are least likely */
    keeper *candidates; /* members drawn at random, with their codes */
    keeper least_sure;  /* of all categories */
    keeper sample;      /* of all images, at random */
    bool wants_outliers;
    nll_moments *moments;  /* of each category */
    size_t *labelled;      /* examples with a label in each category */
    float *one_hot, *nll;  /* of a chunk */
    const exhibit **asked; /* images to label, borrowed from the candidates */
    size_t asked_count;
    size_t chunk; /* examples these have room for */
};

pg_status gallery_open(classification *result, pg_error *err) PG_MUST_CHECK;
/* Looks at the chunk; its examples are those of the table from `from` on. */
pg_status gallery_add(classification *result, const coded_input *input, const rows *table,
                      size_t from, pg_error *err) PG_MUST_CHECK;
void gallery_free(gallery *g);

/* Categories that have members, the largest first; free() it. NULL: out of memory. */
int *categories_by_size(const classification *result, int *count);

/* The examples least likely given their category, compared with its others, the least first: at
 * most OUTLIERS, borrowed from the gallery; free() the list. */
const exhibit **find_unlikely(const classification *result, size_t *count);

/* Of its -log p(x|z), in standard deviations above the mean of its category. */
double unusual_of(const gallery *g, const exhibit *e);

/* "seven", or "cluster 3" where it has no name. */
void describe_category(const classification *result, int32_t category, char *text, size_t size);

/* ---- What is made of it ---- */

/* Fills the gallery's list of images to label. */
pg_status choose_asked(classification *result, pg_error *err) PG_MUST_CHECK;
pg_status write_asked(const classification *result, pg_error *err) PG_MUST_CHECK;
/* How many images of each category a page has room for, `per` at most. */
size_t page_per(const classification *result, size_t per);
pg_status write_page(const classification *result, pg_error *err) PG_MUST_CHECK;
pg_status write_asked_sheet(const classification *result, pg_error *err) PG_MUST_CHECK;
pg_status measure_quality(classification *result, pg_error *err) PG_MUST_CHECK;

pg_status write_sheet(const classification *result, pg_error *err) PG_MUST_CHECK;
pg_status write_outliers(const classification *result, pg_error *err) PG_MUST_CHECK;

#endif
