/* The stages in their order: classes, shuffle, part, limit, labels, grey levels. */
#include <config.h>

#include "dataset/source.h"

static pg_status select_classes(pg_source **source, const pg_prepare_options *o, pg_error *err)
{
    pg_selection selection = {.classes = o->classes, .class_count = o->class_count};
    if (!o->class_count) return PG_OK;
    return pg_selected_source(*source, &selection, source, err);
}

static pg_status shuffle(pg_source **source, const pg_prepare_options *o, pg_error *err)
{
    return o->shuffle ? pg_memory_source(*source, true, o->seed, source, err) : PG_OK;
}

static pg_status select_part(pg_source **source, const pg_prepare_options *o, pg_error *err)
{
    pg_selection selection = {
        .part = o->part, .parts = o->parts, .has_limit = o->has_limit, .limit = o->limit};
    if (!o->parts && !o->has_limit) return PG_OK;
    return pg_selected_source(*source, &selection, source, err);
}

static pg_status thin_labels(pg_source **source, const pg_prepare_options *o, pg_error *err)
{
    if (!o->keep_labels) return PG_OK;
    return pg_thinned_labels_source(*source, o->keep_labels, o->seed, source, err);
}

static pg_status tone(pg_source **source, const pg_prepare_options *o, pg_error *err)
{
    if (!o->invert && o->binarize == PG_BINARIZE_NONE) return PG_OK;
    return pg_toned_source(*source, o->invert, o->binarize, o->seed, source, err);
}

pg_status pg_source_prepare(pg_source *source, const pg_prepare_options *options,
                            pg_source **prepared, pg_error *err)
{
    *prepared = source;
    pg_status status = select_classes(prepared, options, err);
    if (status == PG_OK) status = shuffle(prepared, options, err);
    if (status == PG_OK) status = select_part(prepared, options, err);
    if (status == PG_OK) status = thin_labels(prepared, options, err);
    if (status == PG_OK) status = tone(prepared, options, err);
    return status;
}
