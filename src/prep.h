/* The parts of pg-prep: what came out, and the report of it. */
#ifndef PG_PREP_TOOL_H
#define PG_PREP_TOOL_H

#include <stddef.h>
#include <stdint.h>

#include "pixelgan/pixelgan.h"

/* What images of a set should not be: empty, or alike. */
typedef struct image_look {
    uint64_t images, of_one_colour, alike;
    uint64_t *places; /* sums of the images so far; 0: free */
    size_t room, count;
} image_look;

typedef struct totals {
    uint64_t examples;
    pg_class_counts classes;
    image_look look;
} totals;

void look_at_images(image_look *look, const pg_records *chunk);

/* What was written, and what a person should know of it. */
void report(const pg_source *source, const totals *sum);

void totals_free(totals *sum);

#endif
