/* Channels and size: the stage that makes the images of all files alike. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "dataset/pictures.h"
#include "dataset/source.h"
#include "pixelgan/image.h"
#include "stream/schema.h"

typedef struct shaped {
    pg_source *before;
    pg_records chunk; /* from the source before */
    size_t taken;     /* examples of it that were handed on */
    pg_source_options options;
    pg_fitting fitting;
    uint8_t *one;   /* an image of other channels, not yet resized */
    uint64_t *sums; /* scratch of the resizing */
    pg_picture_counts counts;
    pg_remarks remarks;
} shaped;

static void shaped_close(void *state)
{
    shaped *s = state;
    if (!s) return;
    pg_source_close(s->before);
    pg_records_free(&s->chunk);
    free(s->one);
    free(s->sums);
    pg_remarks_free(&s->remarks);
    free(s);
}

static void repeat_grey(const uint8_t *grey, size_t pixels, uint8_t *rgb)
{
    for (size_t i = 0; i < pixels; i++, rgb += 3)
        memset(rgb, grey[i], 3);
}

static void shape_one(shaped *s, const uint8_t *in, const pg_schema *to, uint8_t *out)
{
    const pg_schema *from = &s->chunk.schema;
    size_t pixels = (size_t)from->height * (size_t)from->width;
    if (from->channels != to->channels) {
        if (to->channels == 1)
            pg_pixels_to_grey(in, pixels, s->one);
        else
            repeat_grey(in, pixels, s->one);
        in = s->one;
    }
    s->counts.images++;
    s->counts.fitted += pg_fit_changes_shape(&s->fitting, from->height, from->width);
    if (from->height == to->height && from->width == to->width)
        memcpy(out, in, pg_schema_image_size(to));
    else
        pg_pixels_fit(&s->fitting, in, from->height, from->width, to->channels, out, s->sums);
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
    s->counts = (pg_picture_counts){0};
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

/* Those of the source, then what was done to its images. */
static const pg_remark *shaped_remark(const pg_source *source, size_t i)
{
    shaped *s = source->state;
    pg_remarks_free(&s->remarks);
    pg_picture_counts_remark(&s->counts, &s->options, &s->remarks);
    return pg_source_remark_or(s->before, pg_remarks_get(&s->remarks, 0), i);
}

static const pg_source_class shaped_class = {.next = shaped_next,
                                             .remark = shaped_remark,
                                             .rewind = shaped_rewind,
                                             .can_rewind = shaped_can_rewind,
                                             .before = shaped_before,
                                             .close = shaped_close};

static pg_status allocate(shaped *s, const pg_schema *to, pg_error *err)
{
    const pg_schema *from = &s->before->schema;
    pg_status status = pg_records_init(&s->chunk, from, pg_schema_chunk_capacity(from), err);
    if (status != PG_OK) return status;
    s->one = pg_allocate((size_t)from->height, (size_t)from->width * (size_t)to->channels);
    s->sums = pg_allocate((size_t)to->width * (size_t)to->channels, sizeof *s->sums);
    return s->one && s->sums ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "resize: out of memory");
}

static pg_status check(const pg_schema *schema, const pg_source_options *o, const char *name,
                       pg_error *err)
{
    bool recolour = (o->grey && schema->channels != 1) || (o->rgb && schema->channels != 3);
    if (!schema->channels)
        return pg_fail(err, PG_ERR_FORMAT, "%s: has no images to resize or to recolour", name);
    if (recolour && schema->channels != 1 && schema->channels != 3)
        return pg_fail(err, PG_ERR_ARGUMENT,
                       "%s: %d channels, only grey and RGB can be made one of the other", name,
                       schema->channels);
    if (o->height)
        return pg_shape_check("resize", o->height, o->width,
                              o->grey  ? 1
                              : o->rgb ? 3
                                       : schema->channels,
                              false, err);
    return PG_OK;
}

/* Without the image's new shape there is nothing to do. */
static pg_status plan(const pg_source *before, const pg_source_options *o, const char *name,
                      pg_schema *schema, pg_error *err)
{
    *schema = before->schema;
    if (!o->grey && !o->rgb && !o->height) return PG_OK;
    pg_status status = check(schema, o, name, err);
    if (status != PG_OK) return status;
    if (o->grey || o->rgb) schema->channels = o->grey ? 1 : 3;
    if (!o->height) return PG_OK;
    schema->height = o->height;
    schema->width = o->width;
    return PG_OK;
}

pg_status pg_shaped_source(pg_source *before, const pg_source_options *options, const char *name,
                           pg_source **source, pg_error *err)
{
    pg_schema schema;
    *source = before;
    pg_status status = plan(before, options, name, &schema, err);
    if (status == PG_OK && pg_schema_equal(&schema, &before->schema)) return PG_OK;
    *source = NULL;
    shaped *s = status == PG_OK ? calloc(1, sizeof *s) : NULL;
    if (!s) {
        pg_source_close(before);
        return status != PG_OK ? status : pg_fail(err, PG_ERR_MEMORY, "resize: out of memory");
    }
    s->before = before;
    s->options = *options;
    s->fitting = pg_fitting_of(options);
    status = allocate(s, &schema, err);
    if (status == PG_OK)
        return pg_source_create(&shaped_class, s, &schema, before->known_count, source, err);
    shaped_close(s);
    return status;
}

pg_fitting pg_fitting_of(const pg_source_options *o)
{
    return (pg_fitting){.height = o->height,
                        .width = o->width,
                        .fit = o->fit,
                        .has_background = o->has_background,
                        .background = {o->background[0], o->background[1], o->background[2]}};
}
