/* A program around the library may have set any locale: what the library reads, writes and says of
 * numbers stays the same. */
#include <config.h>

#include <locale.h>
#include <math.h>

#include "../tap.h"
#include "tiny.h"

enum { TEXT = 1 << 16 };

/* All that was said and written, one thing after the other. */
typedef struct results {
    char text[TEXT];
    size_t used;
} results;

static void add(results *r, const char *what)
{
    int n = snprintf(r->text + r->used, TEXT - r->used, "%s\n", what);
    r->used += (size_t)n;
    if (r->used >= TEXT) bail_out("too much text");
}

static void add_hash(results *r, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t hash = 14695981039346656037u;
    char text[64];
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    snprintf(text, sizeof text, "%zu bytes %016llx", size, (unsigned long long)hash);
    add(r, text);
}

static void add_file(results *r, const char *path)
{
    static char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    if (!file) bail_out("cannot read back");
    add_hash(r, bytes, fread(bytes, 1, sizeof bytes, file));
    fclose(file);
}

static void add_outcome(results *r, pg_status status, const pg_error *err)
{
    add(r, status == PG_OK ? "done" : err->message);
}

/* ---- What is done in each locale ---- */

static void read_settings(results *r)
{
    static const char *const rates[] = {"0.0003", "1e-3", "0,0003", "1.5e300", "-0.5", "1,000.5"};
    pg_config config = tiny_config("");
    pg_train_options o;
    pg_error err;
    pg_train_defaults(&o, &config, false);
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        add_outcome(r, pg_train_set(&o, "learning_rate", rates[i], &err), &err);
    add_outcome(r, pg_train_set(&o, "warm_up", "0.12345678901234567", &err), &err);
    add_outcome(r, pg_train_set(&o, "epochs", "12345.5", &err), &err);
    char value[64];
    for (int i = 0; pg_train_field(&o, i, NULL, value); i++)
        add(r, value);
}

static void train(results *r)
{
    pg_config config = tiny_config("prior=categorical:3");
    pg_records data = tiny_data(&config, 20, true);
    pg_model *model = tiny_model(&config, 1);
    pg_train_options o;
    pg_trainer *trainer, *other;
    pg_error err;
    const char *path = temporary_path("model"), *checkpoint = temporary_path("checkpoint");
    pg_train_defaults(&o, pg_model_config(model), false);
    o.batch = 10;
    o.threads = 1;
    o.learning_rate = 0.000325;
    if (pg_trainer_create(model, &data, &o, &trainer, &err) != PG_OK) bail_out(err.message);
    add_outcome(r, pg_trainer_run(trainer, 2, &err), &err);
    add_outcome(r, pg_trainer_save(trainer, checkpoint, &err), &err);
    add_outcome(r, pg_model_save(model, path, &err), &err);
    add_file(r, path);
    pg_trainer_free(trainer);
    pg_model_free(model);

    pg_config found_config;
    pg_train_options found;
    char value[64];
    add_outcome(r, pg_checkpoint_settings(checkpoint, &found_config, &found, &err), &err);
    for (int i = 0; pg_train_field(&found, i, NULL, value); i++)
        add(r, value);

    model = tiny_model(&config, 1);
    if (pg_trainer_create(model, &data, &o, &other, &err) != PG_OK) bail_out(err.message);
    add_outcome(r, pg_trainer_restore(other, checkpoint, &err), &err);
    add_outcome(r, pg_trainer_run(other, 1, &err), &err);
    pg_trainer_free(other);
    o.warm_up = 0.25;
    o.decay_at = 0.125;
    o.epochs = 7;
    if (pg_trainer_create(model, &data, &o, &other, &err) != PG_OK) bail_out(err.message);
    add_outcome(r, pg_trainer_restore(other, checkpoint, &err), &err);
    pg_trainer_free(other);
    pg_model_free(model);
    pg_records_free(&data);
}

static void load(results *r)
{
    static const char json[] =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0.0,4.5]},"
        "\"__metadata__\":{\"x\":\"1.5\"}}";
    const char *path = temporary_path("foreign");
    uint8_t length[8] = {sizeof json - 1};
    pg_model *model;
    pg_error err;
    FILE *file = fopen(path, "wb");
    if (!file) bail_out("cannot write");
    fwrite(length, 1, sizeof length, file);
    fwrite(json, 1, sizeof json - 1, file);
    fwrite("abcd", 1, 4, file);
    fclose(file);
    add_outcome(r, pg_model_load(path, &model, &err), &err);
    remove(path);
    add_outcome(r, pg_model_load(path, &model, &err), &err);
}

static void sample(results *r)
{
    pg_config config = tiny_config("prior=categorical:3");
    pg_model *model = tiny_model(&config, 1);
    pg_sampler *sampler;
    pg_error err;
    pg_sample_request request = {.count = 1, .temperature = -0.5f};
    if (pg_sampler_create(model, 1, 1, &sampler, &err) != PG_OK) bail_out(err.message);
    add_outcome(r, pg_sampler_run(sampler, &request, NULL, NULL, &err), &err);
    pg_sampler_free(sampler);
    pg_model_free(model);
}

static void draw(results *r)
{
    float xy[] = {0, 0, 1.5f, 0.25f, 0.001f, 2, -1234.5f, 0.3f};
    pg_image plot;
    pg_error err;
    for (size_t count = 2; count <= 4; count++) {
        if (pg_image_scatter(xy, NULL, count, 300, &plot, &err) != PG_OK) bail_out(err.message);
        add_hash(r, plot.pixels, (size_t)plot.height * plot.width * plot.channels);
        pg_image_free(&plot);
    }
}

static void gather(results *r)
{
    r->used = 0;
    read_settings(r);
    train(r);
    load(r);
    sample(r);
    draw(r);
}

/* ---- Locales ---- */

/* Made in a folder of our own, which needs nobody's permission. */
static bool set_locale(const char *source, const char *charset)
{
    char command[8192], name[64];
    const char *folder = getenv("TEST_TMPDIR");
    snprintf(name, sizeof name, "%s.%s", source, charset);
    snprintf(command, sizeof command,
             "mkdir -p '%s/locales' && { test -d '%s/locales/%s' || localedef -c -i '%s' -f '%s' "
             "'%s/locales/%s'; } >/dev/null 2>&1",
             folder ? folder : ".", folder ? folder : ".", name, source, charset,
             folder ? folder : ".", name);
    (void)!system(command);
    snprintf(command, sizeof command, "%s/locales", folder ? folder : ".");
    setenv("LOCPATH", command, 1);
    return setlocale(LC_ALL, name) != NULL;
}

static bool set_thread_locale(const char *name)
{
    locale_t locale = newlocale(LC_ALL_MASK, name, (locale_t)0);
    return locale && uselocale(locale);
}

static void compare(const results *plain, const char *name)
{
    static results here;
    char point[64];
    snprintf(point, sizeof point, "%s", localeconv()->decimal_point);
    gather(&here);
    is_string(localeconv()->decimal_point, point, "%s: the program's own locale is kept", name);
    const char *a = plain->text, *b = here.text;
    bool same = true;
    while (*a && *b) {
        size_t m = strcspn(a, "\n"), n = strcspn(b, "\n");
        if (m != n || memcmp(a, b, m) != 0) {
            diag("%.*s\n# in %s: %.*s", (int)m, a, name, (int)n, b);
            same = false;
        }
        a += m + 1;
        b += n + 1;
    }
    ok(same && !*a && !*b, "%s: the same numbers, files and messages", name);
}

int main(void)
{
    static const struct {
        const char *source, *charset;
    } locales[] = {
        {"de_DE", "UTF-8"}, {"ps_AF", "UTF-8"}, {"tr_TR", "ISO-8859-9"}, {"hi_IN", "UTF-8"}};
    static results plain;
    char name[64];
    gather(&plain);
    ok(strstr(plain.text, "0.000325") != NULL, "there are numbers with a decimal point");
    int found = 0;
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        if (!set_locale(locales[i].source, locales[i].charset)) continue;
        found++;
        snprintf(name, sizeof name, "%s.%s", locales[i].source, locales[i].charset);
        compare(&plain, name);
        setlocale(LC_ALL, "C");
        if (!set_thread_locale(name)) continue;
        compare(&plain, "a thread's own");
        freelocale(uselocale(LC_GLOBAL_LOCALE));
    }
    if (!found) diag("no locale could be made; there is nothing to compare");
    return done_testing();
}
