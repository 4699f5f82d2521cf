/* Names of categories in a model's metadata. */
#include <config.h>

#include "../train/tiny.h"
#include "model/model.h"
#include "pixelgan/pixelgan.h"

static pg_error err;

static void kept_in_a_file(pg_model *model, const char *path)
{
    pg_category_names names, again;
    pg_model *loaded;
    ok(pg_model_category_names(model, &names, &err) == PG_OK, "a fresh model");
    is_int(names.count, 3, "has room for three names");
    ok(!pg_category_names_any(&names), "and none");
    ok(pg_category_names_set(&names, 0, "one \"two\" \\ three", &err) == PG_OK &&
           pg_category_names_set(&names, 2, "\xe7\x8c\xab \xf0\x9f\x90\x88", &err) == PG_OK,
       "two are given");
    ok(pg_model_set_category_names(model, &names, &err) == PG_OK, "and kept");
    if (pg_model_save(model, path, &err) || pg_model_load(path, &loaded, &err))
        bail_out(err.message);
    if (!ok(pg_model_category_names(loaded, &again, &err) == PG_OK, "read again")) return;
    is_string(again.list[0], names.list[0], "what JSON has to escape");
    ok(!again.list[1], "no name");
    is_string(again.list[2], names.list[2], "other scripts");
    pg_category_names_free(&again);
    pg_category_names_free(&names);
    pg_model_free(loaded);
}

static void refuses(pg_model *model, const char *text, const char *what)
{
    pg_category_names names;
    if (pg_model_set(model, "category_names", text, &err)) bail_out(err.message);
    pg_status status = pg_model_category_names(model, &names, &err);
    ok(status == PG_ERR_FORMAT, "%s: %s", what, err.message);
    if (status == PG_OK) pg_category_names_free(&names);
}

static void refused(pg_model *model)
{
    refuses(model, "", "nothing");
    refuses(model, "[\"a\",null", "half a list");
    refuses(model, "[\"a\",null]", "too few");
    refuses(model, "[\"a\",null,null,\"b\"]", "too many");
    refuses(model, "{\"0\":\"a\"}", "no list");
    refuses(model, "[\"a\",null,3]", "a number");
    refuses(model, "[\"a\",null,\"b\\u0000c\"]", "a zero byte");
    refuses(model, "[\"a\",null,\"b\\nc\"]", "a line's end");
    refuses(model, "[\"a\",null,\"\\u009b\"]", "a control character");
    refuses(model, "[\"a\",null,\"-\"]", "what stands for none");

    pg_category_names names;
    if (pg_category_names_init(&names, 2, &err)) bail_out(err.message);
    ok(pg_model_set_category_names(model, &names, &err) == PG_ERR_ARGUMENT, "two names for three");
    ok(pg_category_names_set(&names, 2, "a", &err) == PG_ERR_ARGUMENT, "the third of two");
    ok(pg_category_names_set(&names, -1, "a", &err) == PG_ERR_ARGUMENT, "the one before the first");
    pg_category_names_free(&names);
}

int main(void)
{
    pg_config config = tiny_config("prior=categorical:3");
    pg_model *model = tiny_model(&config, 1);
    char path[4096];
    snprintf(path, sizeof path, "%s", temporary_path("names.safetensors"));
    kept_in_a_file(model, path);
    refused(model);
    pg_model_free(model);
    return done_testing();
}
