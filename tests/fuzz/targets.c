#include <config.h>

#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <zlib.h>

#include "base/filetype.h"
#include "dataset/bytes.h"
#include "pixelgan/pixelgan.h"

enum { CHUNK = 16, MOST_EXAMPLES = 1 << 16 };

static void require(bool condition, const char *what)
{
    if (condition) return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* ---- Bytes as files ---- */

/* A file in memory, the same one each time it is asked for. */
static int memory_file(int number, const uint8_t *bytes, size_t size)
{
    static int files[2];
    if (!files[number]) files[number] = memfd_create("fuzz", 0);
    int fd = files[number];
    require(fd > 0 && ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size &&
                lseek(fd, 0, SEEK_SET) == 0,
            "no file in memory");
    return fd;
}

static const char *memory_path(int number, const uint8_t *bytes, size_t size)
{
    static char paths[2][64];
    snprintf(paths[number], sizeof paths[number], "/proc/self/fd/%d",
             memory_file(number, bytes, size));
    return paths[number];
}

/* True for success; a failure must say something. */
static bool passes(pg_status status, const pg_error *err)
{
    require(status == PG_OK || (err->status == status && err->message[0]),
            "an error without words");
    return status == PG_OK;
}

/* ---- Streams and data sets ---- */

typedef pg_status next_chunk(void *reader, pg_records *chunk, pg_error *err);

/* Reads on, a bounded number of examples, and looks at each byte. */
static bool drain(void *reader, const pg_schema *schema, next_chunk *next)
{
    pg_error err;
    pg_records chunk;
    size_t capacity = pg_schema_chunk_capacity(schema);
    if (capacity > CHUNK) capacity = CHUNK;
    bool good = passes(pg_records_init(&chunk, schema, capacity, &err), &err);
    volatile uint8_t sum = 0; /* so that the reading is done */
    for (size_t taken = 0; good && taken < MOST_EXAMPLES; taken += chunk.count) {
        good = passes(next(reader, &chunk, &err), &err);
        if (!good || !chunk.count) break;
        require(chunk.count <= capacity, "more examples than there is room for");
        for (size_t i = 0; chunk.image && i < chunk.count * pg_schema_image_size(schema); i++)
            sum += chunk.image[i];
        for (size_t i = 0; chunk.label && i < chunk.count; i++)
            sum += (uint8_t)chunk.label[i];
        for (size_t i = 0; i < chunk.count; i++) {
            require(strlen(pg_records_name(&chunk, i)) <= (size_t)schema->name_size &&
                        strlen(pg_records_class(&chunk, i)) <= (size_t)schema->class_size,
                    "a text that is too long");
            sum += (uint8_t)pg_records_name(&chunk, i)[0];
        }
    }
    (void)sum;
    pg_records_free(&chunk);
    return good;
}

static pg_status next_of_reader(void *reader, pg_records *chunk, pg_error *err)
{
    return pg_reader_next(reader, chunk, err);
}

static bool parse_stream(const char *name, const uint8_t *bytes, size_t size)
{
    pg_error err;
    pg_reader *reader;
    if (!passes(pg_reader_open_fd(memory_file(0, bytes, size), name, &reader, &err), &err))
        return false;
    bool good = drain(reader, pg_reader_schema(reader), next_of_reader);
    pg_reader_close(reader);
    return good;
}

static pg_status next_of_source(void *source, pg_records *chunk, pg_error *err)
{
    return pg_source_next(source, chunk, err);
}

static bool read_source(const char *path, const pg_source_options *options)
{
    pg_error err;
    pg_source *source;
    if (!passes(pg_source_open(path, options, &source, &err), &err)) return false;
    bool good = drain(source, pg_source_schema(source), next_of_source);
    pg_source_close(source);
    return good;
}

/* The format of that name. */
static bool parse_format(const char *name, const uint8_t *bytes, size_t size)
{
    const pg_source_options options = {.format = name};
    return read_source(memory_path(0, bytes, size), &options);
}

/* ---- MATLAB ---- */

enum { MATLAB_HEADER = 128, MATLAB_TAG = 8, MATLAB_COMPRESSED = 15, MATLAB_MATRIX = 14 };

static uint32_t get_word(const uint8_t *bytes, bool big)
{
    return big ? pg_big_endian_32(bytes) : pg_little_endian_32(bytes);
}

static void put_word(uint8_t *bytes, bool big, uint32_t word)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(word >> (big ? 24 - 8 * i : 8 * i));
}

/* A MATLAB file with each of its variables compressed; 0 where it is not made of variables. */
static size_t pack_matlab(const uint8_t *bytes, size_t size, uint8_t *packed, size_t room)
{
    if (size < MATLAB_HEADER || size > room / 2) return 0;
    bool big = bytes[MATLAB_HEADER - 2] == 'M';
    memcpy(packed, bytes, MATLAB_HEADER);
    size_t at = MATLAB_HEADER, used = MATLAB_HEADER;
    while (at < size) {
        if (size - at < MATLAB_TAG || room - used < MATLAB_TAG ||
            get_word(bytes + at, big) != MATLAB_MATRIX)
            return 0;
        size_t element = MATLAB_TAG + (size_t)get_word(bytes + at + 4, big);
        uLongf count = room - used - MATLAB_TAG;
        if (element > size - at ||
            compress2(packed + used + MATLAB_TAG, &count, bytes + at, element, 1) != Z_OK)
            return 0;
        put_word(packed + used, big, MATLAB_COMPRESSED);
        put_word(packed + used + 4, big, (uint32_t)count);
        used += MATLAB_TAG + count;
        at += element;
    }
    return used;
}

/* Changes in a compressed variable fail by its checksum, so variables are also compressed here. */
static bool parse_matlab(const char *name, const uint8_t *bytes, size_t size)
{
    static uint8_t packed[1 << 18];
    bool good = parse_format(name, bytes, size);
    size_t count = pack_matlab(bytes, size, packed, sizeof packed);
    if (count)
        require(parse_format(name, packed, count) == good, "not the same when it is compressed");
    return good;
}

/* Whatever format the first bytes tell, compressed or not. */
static bool parse_any(const char *name, const uint8_t *bytes, size_t size)
{
    (void)name;
    const pg_source_options options = {.grey = true, .height = 3, .width = 2};
    return read_source(memory_path(0, bytes, size), &options);
}

/* Labels of six images of one pixel. */
static bool parse_labels(const char *name, const uint8_t *bytes, size_t size)
{
    (void)name;
    static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 6, 0, 0, 0,
                                     1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6};
    const pg_source_options options = {.labels = memory_path(1, bytes, size)};
    return read_source(memory_path(0, images, sizeof images), &options);
}

/* A file of class names: what is accepted has one label a name. */
static bool parse_classes(const char *name, const uint8_t *bytes, size_t size)
{
    (void)name;
    pg_error err;
    pg_class_names classes;
    if (!passes(pg_class_names_read(&classes, memory_path(0, bytes, size), &err), &err))
        return false;
    require(classes.size > 0, "no class and no error");
    for (size_t i = 0; i < classes.size; i++)
        require(classes.list[i].name[0] && classes.list[i].label >= PG_LABEL_NONE &&
                    (i == 0 || classes.list[i].label == PG_LABEL_NONE ||
                     classes.list[i].label > classes.list[i - 1].label),
                "labels that are not in order");
    pg_class_names_free(&classes);
    return true;
}

/* Names of categories: a name that is accepted is one. */
static bool parse_names(const char *name, const uint8_t *bytes, size_t size)
{
    (void)name;
    pg_error err;
    pg_category_names names, copy;
    if (pg_category_names_init(&names, 3, &err) || pg_category_names_init(&copy, 3, &err))
        return false;
    bool accepted = passes(pg_category_names_read(&names, memory_path(0, bytes, size), &err), &err);
    for (int i = 0; i < names.count; i++)
        require(!names.list[i] || pg_category_names_set(&copy, i, names.list[i], &err) == PG_OK,
                "a name that is none");
    pg_category_names_free(&names);
    pg_category_names_free(&copy);
    return accepted;
}

/* ---- Models and checkpoints ---- */

static bool parse_model(const char *name, const uint8_t *bytes, size_t size)
{
    (void)name;
    pg_error err;
    pg_model *model;
    if (!passes(pg_model_load(memory_path(0, bytes, size), &model, &err), &err)) return false;
    require(pg_config_check(pg_model_config(model), &err) == PG_OK, "a model that is not valid");
    pg_category_names names;
    if (passes(pg_model_category_names(model, &names, &err), &err)) pg_category_names_free(&names);
    pg_model_free(model);
    return true;
}

/* What is accepted must be fit for a step. */
static bool parse_checkpoint(const char *name, const uint8_t *bytes, size_t size)
{
    (void)name;
    pg_error err;
    pg_trainer *trainer = fuzz_trainer();
    const char *path = memory_path(0, bytes, size);
    if (!passes(pg_trainer_restore(trainer, path, &err), &err)) return false;
    passes(pg_trainer_run(trainer, 1, &err), &err);
    return true;
}

/* ---- Files of other kinds ---- */

/* Whatever was wanted, one line that can be printed. */
static bool parse_kind(const char *name, const uint8_t *bytes, size_t size)
{
    (void)name;
    for (int use = PG_USE_IMAGES; use <= PG_USE_MODEL; use++) {
        pg_error err;
        pg_status status = pg_refuse_file("x", NULL, (pg_file_use)use, bytes, size, &err);
        require(status == PG_ERR_FORMAT && strlen(err.message) > 4 &&
                    strlen(err.message) < sizeof err.message - 1,
                "no message, or one that is cut");
        for (const char *c = err.message; *c; c++)
            require(*c >= ' ' && *c < 127, "a message of more than a line of text");
    }
    return true;
}

const fuzz_target fuzz_targets[] = {
    {"kind", parse_kind},
    {"stream", parse_stream},
    {"npy", parse_format},
    {"idx", parse_format},
    {"pnm", parse_format},
    {"png", parse_format},
    {"jpeg", parse_format},
    {"webp", parse_format},
    {"tiff", parse_format},
    {"norb", parse_format},
    {"cifar10", parse_format},
    {"cifar100", parse_format},
    {"matlab", parse_matlab},
    {"any", parse_any},
    {"labels", parse_labels},
    {"classes", parse_classes},
    {"names", parse_names},
    {"model", parse_model},
    {"checkpoint", parse_checkpoint},
    {NULL, NULL},
};

const fuzz_target *fuzz_find_target(const char *name)
{
    for (const fuzz_target *target = fuzz_targets; target->name; target++)
        if (strcmp(target->name, name) == 0) return target;
    return NULL;
}
