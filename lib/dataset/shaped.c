/* Grey and size: the stage that makes the images of all files alike. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "dataset/source.h"
#include "pixelgan/image.h"
#include "stream/schema.h"

typedef struct shaped {
    pg_source *before;
    pg_records chunk;  /* from the source before */
    size_t taken;      /* examples of it that were handed on */
    bool grey;         /* RGB in, grey out */
    uint8_t *grey_one; /* an image made grey, not yet resized */
    uint64_t *sums;    /* scratch of the resizing */
} shaped;

static void shaped_close(void *state)
{
    shaped *s = state;
    if (!s) return;
    pg_source_close(s->before);
    pg_records_free(&s->chunk);
    free(s->grey_one);
    free(s->sums);
    free(s);
}

static void shape_one(const shaped *s, const uint8_t *in, const pg_schema *to, uint8_t *out)
{
    const pg_schema *from = &s->chunk.schema;
    size_t pixels = (size_t)from->height * (size_t)from->width;
    if (s->grey) {
        pg_pixels_to_grey(in, pixels, s->grey_one);
        in = s->grey_one;
    }
    if (from->height == to->height && from->width == to->width)
        memcpy(out, in, pg_schema_image_size(to));
    else
        pg_pixels_resize(in, from->height, from->width, to->channels, out, to->height, to->width,
                         s->sums);
}

/* All fields but the image, whose shape may differ. */
static void copy_fields(const pg_records *from, size_t i, pg_records *to, size_t j)
{
    size_t dim = (size_t)from->schema.code_dim, scalars = (size_t)from->schema.scalar_count;
    if (from->label) to->label[j] = from->label[i];
    if (dim) memcpy(to->code + j * dim, from->code + i * dim, dim * sizeof *to->code);
    if (scalars)
        memcpy(to->scalar + j * scalars, from->scalar + i * scalars, scalars * sizeof *to->scalar);
    (void)pg_records_set_name(to, j, pg_records_name(from, i)); /* the sizes are equal */
    (void)pg_records_set_class(to, j, pg_records_class(from, i));
}

static pg_status shaped_next(pg_source *source, pg_records *chunk, pg_error *err)
{
    shaped *s = source->state;
    size_t in_size = pg_schema_image_size(&s->chunk.schema);
    size_t out_size = pg_schema_image_size(&source->schema);
    for (; chunk->count < chunk->capacity; chunk->count++, s->taken++) {
        if (s->taken == s->chunk.count) {
            pg_status status = pg_source_next(s->before, &s->chunk, err);
            s->taken = 0;
            if (status != PG_OK || s->chunk.count == 0) return status;
        }
        shape_one(s, s->chunk.image + s->taken * in_size, &source->schema,
                  chunk->image + chunk->count * out_size);
        copy_fields(&s->chunk, s->taken, chunk, chunk->count);
    }
    return PG_OK;
}

static pg_status shaped_rewind(pg_source *source, pg_error *err)
{
    shaped *s = source->state;
    s->taken = s->chunk.count = 0;
    return pg_source_rewind(s->before, err);
}

static bool shaped_can_rewind(const pg_source *source)
{
    const shaped *s = source->state;
    return pg_source_can_rewind(s->before);
}

static const pg_source *shaped_before(const pg_source *source)
{
    const shaped *s = source->state;
    return s->before;
}

static const pg_source_class shaped_class = {.next = shaped_next,
                                             .rewind = shaped_rewind,
                                             .can_rewind = shaped_can_rewind,
                                             .before = shaped_before,
                                             .close = shaped_close};

static pg_status allocate(shaped *s, const pg_schema *to, pg_error *err)
{
    const pg_schema *from = &s->before->schema;
    pg_status status = pg_records_init(&s->chunk, from, pg_schema_chunk_capacity(from), err);
    if (status != PG_OK) return status;
    s->grey_one = pg_allocate((size_t)from->height, (size_t)from->width);
    s->sums = pg_allocate((size_t)to->width * (size_t)to->channels, sizeof *s->sums);
    return s->grey_one && s->sums ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "resize: out of memory");
}

static pg_status check(const pg_schema *schema, bool grey, int height, int width, const char *name,
                       pg_error *err)
{
    if (!schema->channels)
        return pg_fail(err, PG_ERR_FORMAT, "%s: has no images to resize or make grey", name);
    if (grey && schema->channels != 1 && schema->channels != 3)
        return pg_fail(err, PG_ERR_ARGUMENT, "%s: %d channels, only RGB can be made grey", name,
                       schema->channels);
    if (height)
        return pg_shape_check("resize", height, width, grey ? 1 : schema->channels, false, err);
    return PG_OK;
}

pg_status pg_shaped_source(pg_source *before, bool grey, int height, int width, const char *name,
                           pg_source **source, pg_error *err)
{
    pg_schema schema = before->schema;
    *source = before;
    if (!grey && !height) return PG_OK;
    *source = NULL;
    pg_status status = check(&schema, grey, height, width, name, err);
    if (status == PG_OK) {
        if (grey) schema.channels = 1;
        if (height) schema.height = height;
        if (height) schema.width = width;
        if (pg_schema_equal(&schema, &before->schema)) {
            *source = before;
            return PG_OK;
        }
    }
    shaped *s = status == PG_OK ? calloc(1, sizeof *s) : NULL;
    if (!s) {
        pg_source_close(before);
        return status != PG_OK ? status : pg_fail(err, PG_ERR_MEMORY, "resize: out of memory");
    }
    s->before = before;
    s->grey = schema.channels != before->schema.channels;
    status = allocate(s, &schema, err);
    if (status == PG_OK)
        return pg_source_create(&shaped_class, s, &schema, before->known_count, source, err);
    shaped_close(s);
    return status;
}
