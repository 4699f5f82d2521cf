#include <config.h>

#include <stdio.h>
#include <string.h>

#include "pixelgan/stream.h"

/* The option that makes so many channels of those, "" where it takes none, NULL: there is none. */
static const char *channels_option(int have, int wanted)
{
    if (have == wanted) return "";
    if (have == 3 && wanted == 1) return " --grey";
    if (have == 1 && wanted == 3) return " --rgb";
    return NULL;
}

void pg_schema_remedy(const pg_schema *have, const pg_schema *wanted, char text[PG_REMEDY_BYTES])
{
    const char *option = channels_option(have->channels, wanted->channels);
    char resize[48] = "";
    if (!have->channels) {
        snprintf(text, PG_REMEDY_BYTES, "make a stream of images with pg-prep");
        return;
    }
    if (!option) {
        snprintf(text, PG_REMEDY_BYTES,
                 "pg-prep cannot make %d channel%s of %d; use the images that the others come from",
                 wanted->channels, wanted->channels == 1 ? "" : "s", have->channels);
        return;
    }
    if (have->height != wanted->height || have->width != wanted->width)
        snprintf(resize, sizeof resize, " --resize %dx%d", wanted->height, wanted->width);
    snprintf(text, PG_REMEDY_BYTES, "'pg-prep%s%s' makes them alike", resize, option);
}
