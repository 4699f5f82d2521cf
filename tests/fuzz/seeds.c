/* Well-formed inputs for each target, made by the definitions of the formats or
 * by the library itself. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pictures.h"
#include "pixelgan/pixelgan.h"
#include "targets.h"
#include "tests/dataset/fixtures.h"

typedef struct sink {
    fuzz_take *take;
    void *context;
} sink;

static bytes file;

static void give(const sink *s, const char *name)
{
    s->take(s->context, name, file.data, file.size);
}

static void give_text(const sink *s, const char *name, const char *text)
{
    file.size = 0;
    put_text(&file, text);
    give(s, name);
}

static void must(pg_status status, const pg_error *err)
{
    if (status == PG_OK) return;
    fprintf(stderr, "seeds: %s\n", err->message);
    exit(1);
}

/* What was written to a descriptor so far. */
static void read_back(int fd)
{
    ssize_t got;
    file.size = 0;
    while ((got = read(fd, file.data + file.size, sizeof file.data - file.size)) > 0)
        file.size += (size_t)got;
    close(fd);
}

/* ---- Streams ---- */

/* All fields: what the tools write. */
static void write_records(int fd)
{
    pg_error err;
    pg_writer *writer;
    pg_records records;
    pg_schema schema = {.height = 2,
                        .width = 3,
                        .channels = 1,
                        .has_label = true,
                        .code_dim = 2,
                        .scalar_count = 1,
                        .scalar_names = {"nll"},
                        .name_size = 5,
                        .class_size = 3};
    must(pg_records_init(&records, &schema, 3, &err), &err);
    records.count = 3;
    if (!pg_records_set_name(&records, 1, "a.png") || !pg_records_set_class(&records, 2, "ant"))
        exit(1);
    must(pg_writer_open_fd(fd, "seed", &schema, &writer, &err), &err);
    must(pg_writer_put(writer, &records, &err), &err);
    must(pg_writer_close(writer, &err), &err);
    pg_records_free(&records);
}

/* One array in a file, an array a chunk in a pipe. */
static void give_records(const sink *s)
{
    int fd = memfd_create("seed", 0), ends[2];
    write_records(fd);
    lseek(fd, 0, SEEK_SET);
    read_back(fd);
    give(s, "good-records");
    if (pipe(ends) != 0) exit(1);
    write_records(ends[1]);
    close(ends[1]);
    read_back(ends[0]);
    give(s, "good-chunks");
}

/* The file as it is, and padded to some block. */
static void give_padded(const sink *s, const char *name, const char *padded)
{
    give(s, name);
    for (int i = 0; i < 13; i++)
        put_byte(&file, 0);
    give(s, padded);
}

static void give_streams(const sink *s)
{
    make_npy(&file, 0, 2, 2);
    give(s, "good-empty");
    make_npy(&file, 3, 2, 2);
    give_padded(s, "good-array", "good-array-padded");
    give_records(s);
}

/* ---- Data sets ---- */

static void give_idx(const sink *s)
{
    make_idx_images(&file, 3, 3, 2, 1);
    give_padded(s, "good-grey", "good-grey-padded");
    make_idx_images(&file, 2, 3, 2, 3);
    give(s, "good-colour");
    gzip_bytes(&file);
    give(s, "good-gzip");
}

static void give_pnm(const sink *s)
{
    make_pgms(&file, 2, 3, 2);
    give_padded(s, "good-pgms", "good-pgms-padded");
    give_text(s, "good-ppm", "P6 2 1 255\nabcdef");
    give_text(s, "good-deep", "P5 2 1 65535\nabcd");
    give_text(s, "good-plain-pbm", "P1\n# comment\n3 2\n010\n1 0 1\n");
    give_text(s, "good-plain-pgm", "P2 2 2 15\n0 15\n7 8\n");
    give_text(s, "good-plain-ppm", "P3 1 1 255\n1 2 3\n");
    give_text(s, "good-pbm", "P4 9 1\nab");
    give_text(s, "good-pam",
              "P7\nWIDTH 2\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcdefgh");
}

static void give_png(const sink *s)
{
    make_pngs(&file, 2, 3, 2, 1);
    give_padded(s, "good-greys", "good-greys-padded");
    put_any_png(&file, 0, 3, 2, 1, 1);
    put_text(&file, "a note");
    give(s, "good-interlaced-and-note");
    make_pngs(&file, 1, 3, 2, 3);
    give(s, "good-colour");
}

#if HAVE_JPEG || HAVE_WEBP || HAVE_TIFF
static void give_bytes(const sink *s, const char *name, const uint8_t *data, size_t size)
{
    file.size = 0;
    put(&file, data, size);
    give(s, name);
}
#endif

static void give_jpeg(const sink *s)
{
    (void)s;
#if HAVE_JPEG
    give_bytes(s, "good-grey", grey_jpeg, sizeof grey_jpeg);
    give_bytes(s, "good-progressive", progressive_jpeg, sizeof progressive_jpeg);
    put_text(&file, "a note");
    give(s, "good-note");
#endif
}

static void give_webp(const sink *s)
{
    (void)s;
#if HAVE_WEBP
    give_bytes(s, "good-lossless", lossless_webp, sizeof lossless_webp);
    give_bytes(s, "good-lossy", lossy_webp, sizeof lossy_webp);
#endif
}

static void give_tiff(const sink *s)
{
    (void)s;
#if HAVE_TIFF
    give_bytes(s, "good-colour", colour_tiff, sizeof colour_tiff);
    give_bytes(s, "good-grey", grey_tiff, sizeof grey_tiff);
#endif
}

static void give_norb(const sink *s)
{
    make_norb_images(&file, 2, 3, 2);
    give_padded(s, "good-pairs", "good-pairs-padded");
}

static void give_cifar10(const sink *s)
{
    make_cifar(&file, 1, 1);
    give_padded(s, "good-record", "good-record-padded");
}

static void give_cifar100(const sink *s)
{
    make_cifar(&file, 1, 2);
    give(s, "good-record");
}

static void give_matlab(const sink *s)
{
    make_matlab(&file, 2, 3, 2, 0);
    give_padded(s, "good-plain", "good-plain-padded");
    make_matlab(&file, 2, 3, 2, 1);
    give(s, "good-compressed");
    make_big_endian_matlab(&file, 2, 3, 2);
    give(s, "good-big-endian");
}

static void give_any(const sink *s)
{
    give_idx(s);
    give_png(s);
    give_pnm(s);
    give_jpeg(s);
    give_webp(s);
    give_tiff(s);
}

/* Of six images. */
static void give_labels(const sink *s)
{
    make_idx_labels(&file, 6);
    give(s, "good-idx");
    make_text_labels(&file, 6);
    give_padded(s, "good-text", "good-text-padded");
    gzip_bytes(&file);
    give(s, "good-gzip");
    make_norb_numbers(&file, 6, 0);
    give(s, "good-norb");
    give_text(s, "good-keyed", "index\tlabel\n5\t3\n0\t-\n");
    give_text(s, "good-keyed-more", "index\tlabel\tcluster\r\n2\t1\t0\r\n\r\n");
}

static void give_classes(const sink *s)
{
    give_text(s, "good-names", "ant\nbee\ncat\n");
    give_text(s, "good-numbers", "0\n1\n10\n2\n");
    give_text(s, "good-labels", "-1\tunknown\n0\tant\\nbee\r\n7\tcat\n");
}

static void give_names(const sink *s)
{
    give_text(s, "good-names", "0\tant\n2\tbee and wasp\n");
    give_text(s, "good-shared",
              "\xef\xbb\xbf"
              "0\tant\r\n\r\n 1 \t ant \r\n2\t\xe8\x9d\x89");
}

/* ---- Files of other kinds ---- */

static void give_kinds(const sink *s)
{
    make_pngs(&file, 1, 3, 2, 1);
    give(s, "good-png");
    give_text(s, "good-page", "<!DOCTYPE html>\n<html><body>404</body></html>\n");
    give_text(s, "good-drawing",
              "<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>");
    give_text(s, "good-table", "label,pixel0,pixel1\n5,0,255\n");
    give_text(s, "good-labels", "5\n0\n");
    give_text(s, "good-letter", "Dear reader\n");
    file.size = 0;
    put(&file, "PK\3\4\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09\0\0\0arr_0.npy", 39);
    give(s, "good-archive");
}

/* ---- Models and checkpoints ---- */

static void make_config(pg_config *config, const char *prior)
{
    static const char *const settings[][2] = {
        {"features", "1"}, {"blocks", "1"},  {"encoder_features", "1"},
        {"hidden", "1"},   {"height", "4"},  {"discriminator_hidden", "1"},
        {"width", "4"},    {"channels", "1"}};
    pg_error err;
    pg_config_defaults(config);
    must(pg_config_set(config, "prior", prior, &err), &err);
    if (config->prior == PG_PRIOR_GAUSSIAN) /* the layers to its map are large */
        must(pg_config_set(config, "condition", "invariant", &err), &err);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        must(pg_config_set(config, settings[i][0], settings[i][1], &err), &err);
}

pg_trainer *fuzz_trainer(void)
{
    static pg_trainer *trainer;
    static pg_records data;
    pg_error err;
    pg_config config;
    pg_train_options options;
    pg_model *model;
    if (trainer) return trainer;
    make_config(&config, "categorical:2");
    pg_train_defaults(&options, &config, false);
    options.threads = 1;
    options.batch = 2;
    options.epochs = 1000;
    pg_schema schema = {.height = 4, .width = 4, .channels = 1};
    must(pg_records_init(&data, &schema, 3, &err), &err);
    data.count = 3;
    must(pg_model_create(&config, 1, &model, &err), &err);
    must(pg_trainer_create(model, &data, &options, &trainer, &err), &err);
    return trainer;
}

/* Where a file may lie for a moment. */
static const char *temporary_name(void)
{
    static char path[4096];
    const char *folder = getenv("TEST_TMPDIR");
    snprintf(path, sizeof path, "%s/seed-%ld", folder ? folder : "/tmp", (long)getpid());
    return path;
}

static void give_file(const sink *s, const char *name)
{
    FILE *stream = fopen(temporary_name(), "rb");
    if (!stream) exit(1);
    read_back(dup(fileno(stream)));
    fclose(stream);
    unlink(temporary_name());
    give(s, name);
}

static void give_models(const sink *s)
{
    static const char *const priors[] = {"categorical:2", "gaussian:2", "none"};
    pg_error err;
    for (size_t i = 0; i < sizeof priors / sizeof *priors; i++) {
        pg_config config;
        pg_model *model;
        char name[64];
        make_config(&config, priors[i]);
        must(pg_model_create(&config, 1, &model, &err), &err);
        must(pg_model_save(model, temporary_name(), &err), &err);
        pg_model_free(model);
        snprintf(name, sizeof name, "good-%s", priors[i]);
        give_file(s, name);
    }
}

static void give_checkpoints(const sink *s)
{
    pg_error err;
    must(pg_trainer_run(fuzz_trainer(), 3, &err), &err);
    must(pg_trainer_save(fuzz_trainer(), temporary_name(), &err), &err);
    give_file(s, "good-run");
}

void fuzz_each_seed(const fuzz_target *target, fuzz_take *take, void *context)
{
    static const struct {
        const char *name;
        void (*give)(const sink *s);
    } makers[] = {
        {"kind", give_kinds},
        {"stream", give_streams},
        {"npy", give_streams},
        {"idx", give_idx},
        {"pnm", give_pnm},
        {"png", give_png},
        {"jpeg", give_jpeg},
        {"webp", give_webp},
        {"tiff", give_tiff},
        {"norb", give_norb},
        {"cifar10", give_cifar10},
        {"cifar100", give_cifar100},
        {"matlab", give_matlab},
        {"any", give_any},
        {"labels", give_labels},
        {"classes", give_classes},
        {"names", give_names},
        {"model", give_models},
        {"checkpoint", give_checkpoints},
    };
    const sink s = {take, context};
    for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
        if (strcmp(makers[i].name, target->name) == 0) makers[i].give(&s);
}
