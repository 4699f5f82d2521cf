#include <config.h>

#include "classify.h"

const char *category_name(const classification *result, int32_t category)
{
    return category < 0 ? NULL : result->names.list[category];
}

static pg_status remember_names(classification *result, pg_error *err)
{
    return pg_model_set_category_names(result->app.model, &result->names, err);
}

pg_status find_names(classification *result, pg_error *err)
{
    pg_error inner;
    const classify_options *options = result->options;
    pg_status status = pg_model_category_names(result->app.model, &result->names, &inner);
    if (status) return pg_fail(err, status, "%s: %s", result->app.name, inner.message);
    if (options->names) status = pg_category_names_read(&result->names, options->names, err);
    if (!status && options->names && options->remember) status = remember_names(result, err);
    result->named = pg_category_names_any(&result->names);
    return status;
}
