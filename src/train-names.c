/* The names of the classes that a model learns: what the stream calls them, or a file. */
#include <config.h>

#include "train.h"

/* The category of a label: its place among the classes, or itself where the labels are the codes.
 */
static int category_of(const pg_model *model, int32_t label)
{
    const int32_t *labels;
    int count = pg_model_classes(model, &labels);
    if (!count) return label < pg_model_config(model)->components ? label : -1;
    for (int i = 0; i < count; i++)
        if (labels[i] == label) return i;
    return -1;
}

/* A name that cannot be kept as it is, a folder's may have any bytes, is left out with a word. */
static void set_name(const pg_model *model, pg_category_names *names, int32_t label,
                     const char *name)
{
    pg_error err;
    int category = label < 0 ? -1 : category_of(model, label);
    if (category < 0 || !*name || names->list[category]) return;
    if (pg_category_names_set(names, category, name, &err) == PG_OK) return;
    if (err.status != PG_ERR_FORMAT) fail(&err);
    warning("label %d has no name in the model: %s", (int)label, err.message);
}

static void take_from_file(const pg_model *model, pg_category_names *names, const char *path)
{
    pg_error err;
    pg_class_names classes;
    if (pg_class_names_read(&classes, path, &err) != PG_OK) fail(&err);
    for (size_t i = 0; i < classes.size; i++)
        set_name(model, names, classes.list[i].label, classes.list[i].name);
    pg_class_names_free(&classes);
}

static void take_from_stream(const pg_model *model, pg_category_names *names,
                             const pg_records *data)
{
    char name[PG_MAX_TEXT + 1];
    for (size_t n = 0; data->label && n < data->count; n++) {
        pg_records_copy_class(data, n, name);
        set_name(model, names, data->label[n], name);
    }
}

void train_name_classes(pg_model *model, const pg_records *data, const char *path)
{
    pg_error err;
    pg_category_names names;
    bool classes = pg_model_classes(model, NULL) || pg_config_code_is_label(pg_model_config(model));
    if (path && !classes)
        fail_with("--class-names: the model learns no classes; give --supervise or --prior label:K");
    if (!classes) return;
    if (pg_category_names_init(&names, pg_model_config(model)->components, &err) != PG_OK)
        fail(&err);
    if (path)
        take_from_file(model, &names, path);
    else
        take_from_stream(model, &names, data);
    if (pg_category_names_any(&names) && pg_model_set_category_names(model, &names, &err) != PG_OK)
        fail(&err);
    pg_category_names_free(&names);
}
