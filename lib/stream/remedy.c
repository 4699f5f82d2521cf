/* Images of one shape where another is wanted: what to say, and what to do. */
#include <config.h>

#include <stdio.h>
#include <string.h>

#include "pixelgan/stream.h"

/* The option that makes so many channels of those, NULL: there is none. */
static const char *channels_option(int have, int wanted)
{
    if (have == wanted) return "";
    if (have == 3 && wanted == 1) return " --grey";
    if (have == 1 && wanted == 3) return " --rgb";
    return NULL;
}

static bool same_sides(const pg_schema *a, const pg_schema *b)
{
    return a->height == b->height && a->width == b->width;
}

void pg_images_remedy(const pg_schema *have, const pg_schema *wanted, char text[PG_REMEDY_BYTES])
{
    const char *option = channels_option(have->channels, wanted->channels);
    char resize[48] = "";
    if (!option) {
        snprintf(text, PG_REMEDY_BYTES,
                 "pg-prep cannot make %d channel%s of %d; use the images that the others come from",
                 wanted->channels, wanted->channels == 1 ? "" : "s", have->channels);
        return;
    }
    if (!same_sides(have, wanted))
        snprintf(resize, sizeof resize, " --resize %dx%d", wanted->height, wanted->width);
    snprintf(text, PG_REMEDY_BYTES, "'pg-prep%s%s' makes them alike", resize, option);
}

pg_status pg_images_check(const pg_schema *have, const pg_schema *wanted, const char *name,
                          const char *whose, pg_error *err)
{
    char remedy[PG_REMEDY_BYTES];
    if (!have->channels)
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: holds no images; make some with pg-prep", name);
    if (same_sides(have, wanted) && have->channels == wanted->channels) return PG_OK;
    pg_images_remedy(have, wanted, remedy);
    return pg_fail(err, PG_ERR_ARGUMENT, "%s: images are %dx%dx%d, those of %s are %dx%dx%d; %s",
                   name, have->height, have->width, have->channels, whose, wanted->height,
                   wanted->width, wanted->channels, remedy);
}
