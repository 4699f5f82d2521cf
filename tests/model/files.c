/* Model files that are not what they claim: one clear error each, and no memory for claims. */
#include <config.h>

#include <sys/resource.h>

#include "../train/tiny.h"
#include "model/model.h"
#include "model/safetensors.h"

enum { MAX_TENSORS = 128, MAX_ENTRIES = 128 };

/* A copy of a good file's contents, to be changed. */
typedef struct contents {
    pg_safetensors *file;
    pg_safetensor tensors[MAX_TENSORS];
    size_t tensor_count;
    pg_metadata_entry entries[MAX_ENTRIES];
    size_t entry_count;
} contents;

static const char *path;

static contents read_good(const char *fields)
{
    contents c = {0};
    pg_config config = tiny_config(fields);
    pg_model *model = tiny_model(&config, 1);
    pg_error err;
    if (pg_model_save(model, path, &err) != PG_OK ||
        pg_safetensors_read(path, &c.file, &err) != PG_OK)
        bail_out(err.message);
    pg_model_free(model);
    c.tensor_count = pg_safetensors_count(c.file);
    c.entry_count = pg_safetensors_metadata_count(c.file);
    if (c.tensor_count > MAX_TENSORS || c.entry_count > MAX_ENTRIES) bail_out("too many parts");
    for (size_t i = 0; i < c.tensor_count; i++)
        c.tensors[i] = *pg_safetensors_tensor(c.file, i);
    for (size_t i = 0; i < c.entry_count; i++)
        c.entries[i] = pg_safetensors_metadata(c.file, i);
    return c;
}

static pg_safetensor *find(contents *c, const char *name)
{
    for (size_t i = 0; i < c->tensor_count; i++)
        if (strcmp(c->tensors[i].name, name) == 0) return &c->tensors[i];
    bail_out("no such tensor");
}

static void set(contents *c, const char *key, const char *value)
{
    for (size_t i = 0; i < c->entry_count; i++)
        if (strcmp(c->entries[i].key, key) == 0) {
            c->entries[i].value = value;
            return;
        }
    bail_out("no such entry");
}

static void drop_entry(contents *c, const char *key)
{
    for (size_t i = 0; i < c->entry_count; i++)
        if (strcmp(c->entries[i].key, key) == 0) {
            c->entries[i] = c->entries[--c->entry_count];
            return;
        }
    bail_out("no such entry");
}

/* Writes the contents, frees them, and loads the file: it must fail, naming itself and the reason.
 */
static void refuses(contents *c, const char *reason, const char *what)
{
    pg_error err = {0};
    pg_model *model;
    if (pg_safetensors_write(path, c->tensors, c->tensor_count, c->entries, c->entry_count, &err) !=
        PG_OK)
        bail_out(err.message);
    pg_safetensors_free(c->file);
    pg_status status = pg_model_load(path, &model, &err);
    ok(status != PG_OK && status != PG_ERR_MEMORY && model == NULL, "%s: refused", what);
    ok(strncmp(err.message, path, strlen(path)) == 0 && strstr(err.message, reason) &&
           !strchr(err.message, '\n'),
       "%s: says why", what);
    diag("%s", err.message);
    pg_model_free(model);
}

/* ---- Tensors ---- */

static void test_tensors(void)
{
    static const float single = 1;
    contents c = read_good("prior=categorical:3");
    *find(&c, "encoder.hidden.weight") = c.tensors[--c.tensor_count];
    refuses(&c, "'encoder.hidden.weight' is missing", "a tensor is missing");

    c = read_good("prior=categorical:3");
    pg_safetensor *t = find(&c, "encoder.out.weight");
    size_t rows = t->shape[0];
    t->shape[0] = t->shape[1];
    t->shape[1] = rows;
    refuses(&c, "'encoder.out.weight' has another shape", "a tensor lies on its side");

    c = read_good("prior=categorical:3");
    t = find(&c, "decoder.bias");
    t->shape[0] *= t->shape[1];
    t->rank = 1;
    refuses(&c, "'decoder.bias' has another shape", "a tensor of another rank");

    c = read_good("prior=categorical:3");
    find(&c, "decoder.bias")->dtype = PG_DTYPE_I32;
    refuses(&c, "'decoder.bias' has another", "a tensor of whole numbers");

    c = read_good("prior=categorical:3");
    t = find(&c, "decoder.out2.weight");
    for (int i = 0; i < t->rank; i++)
        t->shape[i] = 1;
    t->data = &single;
    t->bytes = sizeof single;
    refuses(&c, "'decoder.out2.weight' has another shape", "a tensor of one number");

    for (int i = 0; i < 3; i++) {
        const float bad[] = {NAN, INFINITY, -INFINITY};
        c = read_good("prior=categorical:3");
        t = find(&c, "decoder.out2.weight");
        float *copy = allocate(t->bytes, 1);
        memcpy(copy, t->data, t->bytes);
        copy[t->bytes / sizeof *copy - 1] = bad[i];
        t->data = copy;
        char what[64];
        snprintf(what, sizeof what, "a weight is %g", bad[i]);
        refuses(&c, "not finite", what);
        free(copy);
    }
}

/* ---- Metadata ---- */

static void test_metadata(void)
{
    static const struct {
        const char *key, *value, *reason;
    } cases[] = {
        {"format_version", "2", "model format '2', this program reads '1'"},
        {"format_version", "", "model format"},
        {"prior", "categorical:4", "has another shape"},
        {"prior", "gaussian:3", "is missing"},
        {"prior", "gaussian:2", "has another shape"},
        {"prior", "unicorn:3", "unicorn"},
        {"prior", "categorical:-1", "categorical:-1"},
        {"features", "7", "has another shape"},
        {"features", "0", "features"},
        {"features", "6.5", "features"},
        {"features", "99999999999999999999", "features"},
        {"blocks", "3", "is missing"},
        {"decoder", "factorised", "is missing"},
        {"decoder", "magic", "magic"},
        {"height", "-8", "height"},
        {"receptive_field", "8", "must be odd"},
        {"pull", "kl", "kl"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        contents c = read_good("prior=categorical:3 pull=gan");
        char what[64];
        set(&c, cases[i].key, cases[i].value);
        snprintf(what, sizeof what, "%s=%s", cases[i].key, cases[i].value);
        refuses(&c, cases[i].reason, what);
    }
    contents c = read_good("prior=categorical:3");
    drop_entry(&c, "format_version");
    refuses(&c, "not a model", "no format_version");
    c = read_good("prior=categorical:3");
    drop_entry(&c, "prior");
    refuses(&c, "prior", "no prior");
}

/* ---- Sizes that nothing in the file bears out ---- */

static long peak_megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static void test_sizes(void)
{
    static const struct {
        const char *field[3], *value[3];
    } cases[] = {
        {{"features", "blocks", NULL}, {"1024", "64", NULL}},
        {{"height", "width", NULL}, {"4096", "4096", NULL}},
        {{"height", "width", "features"}, {"4096", "4096", "1024"}},
        {{"encoder_features", "hidden", NULL}, {"1024", "8192", NULL}},
        {{"discriminator_hidden", NULL, NULL}, {"8192", NULL, NULL}},
        {{"prior", "features", "blocks"}, {"categorical:65536", "1024", "64"}},
        {{"prior", "height", "width"}, {"gaussian:65536", "4096", "4096"}},
        {{"channels", "height", "width"}, {"16", "4096", "4096"}},
    };
    long before = peak_megabytes();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        contents c = read_good("prior=categorical:3 pull=gan");
        char what[128] = "";
        for (int k = 0; k < 3 && cases[i].field[k]; k++) {
            set(&c, cases[i].field[k], cases[i].value[k]);
            snprintf(what + strlen(what), sizeof what - strlen(what), "%s%s=%s", k ? " " : "",
                     cases[i].field[k], cases[i].value[k]);
        }
        refuses(&c, "", what);
    }
    ok(peak_megabytes() - before < 64, "no memory is taken for what the file does not have");
    diag("%ld MB more than before", peak_megabytes() - before);
}

int main(void)
{
    path = temporary_path("bad.safetensors");
    test_tensors();
    test_metadata();
    test_sizes();
    return done_testing();
}
