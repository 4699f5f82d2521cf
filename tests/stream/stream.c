/* Tensor streams: what is written comes back, what is hostile is refused. */
#include <config.h>

#include <fcntl.h>
#include <sys/wait.h>

#include "../tap.h"
#include "pixelgan/stream.h"
#include "stream/literal.h"

/* --- helpers ------------------------------------------------------------- */

typedef struct bytes {
    uint8_t *data;
    size_t size;
} bytes;

static void add(bytes *to, const void *data, size_t size)
{
    to->data = realloc(to->data, to->size + size + 1);
    if (!to->data) bail_out("out of memory");
    if (size) memcpy(to->data + to->size, data, size);
    to->size += size;
}

static void clear(bytes *of)
{
    free(of->data);
    *of = (bytes){0};
}

/* An array of format version 1 with that literal; its data are added by the caller. */
static void add_header(bytes *to, const char *literal)
{
    size_t length = strlen(literal);
    uint8_t start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, length & 0xff, (length >> 8) & 0xff};
    add(to, start, sizeof start);
    add(to, literal, length);
}

/* Reads bytes as a stream from memory. */
static pg_status read_bytes(const void *data, size_t size, pg_records *records, pg_error *err)
{
    static int nothing = -1;
    pg_reader *reader;
    if (nothing < 0) nothing = open("/dev/null", O_RDONLY);
    *records = (pg_records){0};
    pg_status status = pg_reader_open_prefixed(nothing, data, size, "memory", &reader, err);
    if (status) return status;
    status = pg_reader_read_all(reader, records, err);
    pg_reader_close(reader);
    return status;
}

static bytes slurp(const char *path)
{
    bytes all = {0};
    uint8_t piece[4096];
    FILE *file = fopen(path, "rb");
    size_t n;
    if (!file) bail_out("a file written is missing");
    while ((n = fread(piece, 1, sizeof piece, file)) > 0)
        add(&all, piece, n);
    fclose(file);
    return all;
}

static const pg_schema everything = {.height = 3,
                                     .width = 5,
                                     .channels = 2,
                                     .has_label = true,
                                     .code_dim = 4,
                                     .scalar_count = 2,
                                     .scalar_names = {"nll", "weight_2"},
                                     .name_size = 9,
                                     .class_size = 1};
static const pg_schema names = {.height = 2, .width = 1, .channels = 1, .name_size = 4096};
static const pg_schema digits = {.height = 28, .width = 28, .channels = 1, .has_label = true};
static const pg_schema codes = {.code_dim = 30};
static const pg_schema pictures = {.height = 7, .width = 1, .channels = 3};

/* Examples whose every number tells its place. */
static pg_records make_records(const pg_schema *schema, size_t count)
{
    pg_records records;
    pg_error err;
    if (pg_records_init(&records, schema, count, &err)) bail_out(err.message);
    records.count = count;
    size_t image = pg_schema_image_size(schema), dim = (size_t)schema->code_dim;
    for (size_t i = 0; i < count * image; i++)
        records.image[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; schema->has_label && i < count; i++)
        records.label[i] = (int32_t)i - 1;
    for (size_t i = 0; i < count * dim; i++)
        records.code[i] = 0.5f * (float)i;
    for (size_t i = 0; i < count * (size_t)schema->scalar_count; i++)
        records.scalar[i] = -0.25f * (float)i;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "%zu", i * 37);
        if (!pg_records_set_name(&records, i, name) ||
            !pg_records_set_class(&records, i, i % 2 ? "x" : ""))
            bail_out("no room for a name");
    }
    return records;
}

static bool same(const pg_records *a, const pg_records *b)
{
    size_t n = a->count;
    const pg_schema *schema = &a->schema;
    if (!pg_schema_equal(schema, &b->schema) || n != b->count) return false;
    if (n == 0) return true;
    for (size_t i = 0; i < n; i++)
        if (strcmp(pg_records_name(a, i), pg_records_name(b, i)) != 0 ||
            strcmp(pg_records_class(a, i), pg_records_class(b, i)) != 0)
            return false;
    return (!a->image || memcmp(a->image, b->image, n * pg_schema_image_size(schema)) == 0) &&
           (!a->label || memcmp(a->label, b->label, n * 4) == 0) &&
           (!a->code || memcmp(a->code, b->code, n * 4 * (size_t)schema->code_dim) == 0) &&
           (!a->scalar || memcmp(a->scalar, b->scalar, n * 4 * (size_t)schema->scalar_count) == 0);
}

static void write_stream(pg_writer *writer, const pg_records *records)
{
    pg_error err;
    if (pg_writer_put(writer, records, &err) || pg_writer_close(writer, &err))
        bail_out(err.message);
}

/* One array at path. */
static void write_array(const char *path, const pg_records *records)
{
    pg_error err;
    pg_writer *writer;
    if (pg_writer_open(path, &records->schema, &writer, &err)) bail_out(err.message);
    write_stream(writer, records);
}

/* A chunked stream at the end of path. */
static void append_chunks(const char *path, const pg_records *records)
{
    pg_error err;
    pg_writer *writer;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (pg_writer_open_fd(fd, "appended", &records->schema, &writer, &err)) bail_out(err.message);
    write_stream(writer, records);
    close(fd);
}

/* An array behind what path holds, as cat >> puts it there. */
static void append_array(const char *path, const pg_records *records)
{
    const char *other = temporary_path("another");
    write_array(other, records);
    bytes file = slurp(other);
    FILE *to = fopen(path, "ab");
    if (!to || fwrite(file.data, 1, file.size, to) != file.size || fclose(to) != 0)
        bail_out("cannot append");
    clear(&file);
    unlink(other);
}

static pg_status read_path(const char *path, pg_records *records, pg_error *err)
{
    pg_reader *reader;
    *records = (pg_records){0};
    pg_status status = pg_reader_open(path, &reader, err);
    if (status) return status;
    status = pg_reader_read_all(reader, records, err);
    pg_reader_close(reader);
    return status;
}

/* --- round trips --------------------------------------------------------- */

static void round_trip(const char *what, const pg_schema *schema, size_t count)
{
    const char *array = temporary_path("array"), *chunks = temporary_path("chunks");
    pg_records records = make_records(schema, count), back;
    pg_error err;
    write_array(array, &records);
    ok(read_path(array, &back, &err) == PG_OK && same(&records, &back), "%s x %zu, one array", what,
       count);
    pg_records_free(&back);
    append_chunks(chunks, &records);
    ok(read_path(chunks, &back, &err) == PG_OK && same(&records, &back), "%s x %zu, chunks", what,
       count);
    pg_records_free(&back);

    append_chunks(array, &records);
    append_chunks(array, &records);
    pg_records twice = make_records(schema, count);
    if (pg_records_append(&twice, &records, 0, count, &err) ||
        pg_records_append(&twice, &records, 0, count, &err))
        bail_out(err.message);
    ok(read_path(array, &back, &err) == PG_OK && same(&twice, &back),
       "%s x %zu, an array and two chunked streams in a row", what, count);
    pg_records_free(&back);
    pg_records_free(&twice);
    pg_records_free(&records);
    unlink(array);
    unlink(chunks);
}

static void test_round_trips(void)
{
    const struct {
        const char *name;
        const pg_schema *schema;
    } cases[] = {{"everything", &everything},
                 {"digits", &digits},
                 {"codes", &codes},
                 {"pictures", &pictures},
                 {"names", &names}};
    const size_t counts[] = {0, 1, 511, 512, 513, 1300};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (size_t n = 0; n < sizeof counts / sizeof *counts; n++)
            round_trip(cases[c].name, cases[c].schema, counts[n]);
}

/* Texts are cut at nothing, padded with zeros, and shorter ones may follow. */
static void test_names(void)
{
    const char *path = temporary_path("names");
    const pg_schema shorter = {.height = 2, .width = 1, .channels = 1, .name_size = 3};
    const pg_schema longer = {.height = 2, .width = 1, .channels = 1, .name_size = 7};
    const pg_schema none = {.height = 2, .width = 1, .channels = 1};
    pg_records few = make_records(&shorter, 2), many = make_records(&longer, 2), back;
    pg_records unnamed = make_records(&none, 1);
    pg_error err;
    ok(pg_records_set_name(&many, 0, " 4567"), "a name of any bytes");
    ok(!pg_records_set_name(&many, 1, "12345678"), "but not of too many");
    ok(pg_records_set_name(&many, 1, "1234567"), "and of just as many");
    ok(pg_records_set_name(&unnamed, 0, "nobody"), "a name without a field is dropped");
    write_array(path, &many);
    bytes file = slurp(path);
    ok(memcmp(file.data + file.size - 18,
              "\x00\x07 4567\0\0\x0e\x15"
              "1234567",
              18) == 0,
       "in the file it is padded and has no zero of its own");
    clear(&file);
    append_array(path, &few);
    ok(read_path(path, &back, &err) == PG_OK && back.count == 4 &&
           !strcmp(pg_records_name(&back, 1), "1234567") &&
           !strcmp(pg_records_name(&back, 3), "37"),
       "shorter names may follow %s", err.message);
    pg_records_free(&back);
    unlink(path);
    append_array(path, &few);
    append_array(path, &many);
    ok(read_path(path, &back, &err) == PG_ERR_FORMAT && strstr(err.message, "put it first"),
       "longer ones may not: %s", err.message);
    unlink(path);
    append_array(path, &few);
    append_array(path, &unnamed);
    ok(read_path(path, &back, &err) == PG_ERR_FORMAT, "nor may none: %s", err.message);
    unlink(path);
    is_string(pg_records_name(&unnamed, 0), "", "no name is empty");
    pg_records_free(&few);
    pg_records_free(&many);
    pg_records_free(&unnamed);
}

static void test_header_bytes(void)
{
    const char *path = temporary_path("header");
    pg_records records = make_records(&digits, 2);
    write_array(path, &records);
    bytes file = slurp(path);
    static const char expected[] = "{'descr': [('image', '|u1', (28, 28, 1)), ('label', '<i4')], "
                                   "'fortran_order': False, 'shape': (2,), }";
    ok(memcmp(file.data, "\x93NUMPY\x01\x00", 8) == 0, "magic and version 1.0");
    size_t header = 10 + file.data[8] + 256u * file.data[9];
    is_int(header % 64, 0, "data are aligned");
    is_int(file.size, header + 2 * 788, "and packed");
    ok(memcmp(file.data + 10, expected, strlen(expected)) == 0, "the literal as NumPy writes it");
    is_int(file.data[header - 1], '\n', "a line end closes it");
    clear(&file);
    pg_records_free(&records);
}

/* Chunks of any size from arrays of any size. */
static void test_chunk_sizes(void)
{
    const char *path = temporary_path("sizes");
    pg_records records = make_records(&everything, 700), chunk;
    pg_error err;
    append_chunks(path, &records);
    for (size_t capacity = 1; capacity < 2000; capacity = capacity * 5 + 3) {
        pg_reader *reader;
        size_t total = 0;
        bool full = true, equal = true;
        if (pg_reader_open(path, &reader, &err)) bail_out(err.message);
        if (pg_records_init(&chunk, &everything, capacity, &err)) bail_out(err.message);
        do {
            if (pg_reader_next(reader, &chunk, &err)) bail_out(err.message);
            full = full && (chunk.count == capacity || total + chunk.count == 700);
            for (size_t i = 0; i < chunk.count; i++)
                equal = equal && chunk.label[i] == records.label[total + i] &&
                        memcmp(chunk.code + 4 * i, records.code + 4 * (total + i), 16) == 0;
            total += chunk.count;
        } while (chunk.count);
        ok(total == 700 && full && equal, "chunks of %zu", capacity);
        ok(pg_reader_next(reader, &chunk, &err) == PG_OK && chunk.count == 0, "the end stays");
        pg_records_free(&chunk);
        pg_reader_close(reader);
    }
    pg_records_free(&records);
}

/* --- mapped or copied ---------------------------------------------------- */

static pg_status map_path(const char *path, pg_records *records, pg_error *err)
{
    pg_reader *reader;
    *records = (pg_records){0};
    pg_status status = pg_reader_open(path, &reader, err);
    if (status) return status;
    status = pg_reader_map_all(reader, records, err);
    pg_reader_close(reader);
    return status;
}

static bool same_images(const pg_records *mapped, const pg_records *copied)
{
    size_t size = pg_schema_image_size(&copied->schema);
    bool same = mapped->count == copied->count && !mapped->label == !copied->label;
    for (size_t i = 0; same && i < copied->count; i++)
        same = memcmp(pg_records_image(mapped, i), copied->image + i * size, size) == 0 &&
               (!copied->label || mapped->label[i] == copied->label[i]);
    return same;
}

/* The same images and labels, or the same refusal, from a file with those bytes. */
static bool maps_alike(const void *data, size_t size)
{
    static const char *path;
    if (!path) path = temporary_path("mapped");
    pg_records mapped, copied;
    pg_error why = {0}, err = {0};
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file)) bail_out("cannot write");
    pg_status status = read_path(path, &copied, &why), again = map_path(path, &mapped, &err);
    bool alike = status == again &&
                 (status ? strcmp(why.message, err.message) == 0 : same_images(&mapped, &copied));
    if (!status && !copied.schema.channels) alike = again == PG_ERR_ARGUMENT;
    if (!alike) diag("%s beside %s", why.message, err.message);
    pg_records_free(&mapped);
    pg_records_free(&copied);
    return alike;
}

static void test_mapped(void)
{
    const char *array = temporary_path("mapped-array"), *chunks = temporary_path("mapped-chunks");
    pg_records records = make_records(&everything, 700), all = {0},
               codes_only = make_records(&codes, 3);
    pg_error err = {0};
    pg_reader *reader;
    write_array(array, &records);
    append_chunks(chunks, &records);
    bytes file = slurp(array), more = slurp(chunks);
    ok(maps_alike(file.data, file.size), "one array, mapped");
    ok(maps_alike(more.data, more.size), "chunks, mapped");
    add(&file, more.data, more.size);
    ok(maps_alike(file.data, file.size), "one after the other, mapped");
    bool added = true;
    for (int i = 0; i < 2; i++) {
        added &= pg_reader_open(i ? chunks : array, &reader, &err) == PG_OK &&
                 pg_reader_map_all(reader, &all, &err) == PG_OK;
        pg_reader_close(reader);
    }
    size_t size = pg_schema_image_size(&everything), wrong = 0;
    unlink(array);
    for (size_t i = 0; added && i < all.count; i++)
        wrong += memcmp(pg_records_image(&all, i), records.image + i % 700 * size, size) != 0 ||
                 all.label[i] != records.label[i % 700];
    ok(added && all.count == 1400 && !wrong, "two files as one data set, the first removed");
    ok(pg_records_check(&all, &err) == PG_OK, "they are as they were");
    is_string(pg_records_file_at(&all, pg_records_image(&all, 1399)), chunks,
              "where an image lies");
    ok(!pg_records_file_at(&all, records.image), "and that another does not");
    append_chunks(chunks, &records);
    ok(pg_records_check(&all, &err) == PG_ERR_FORMAT && strstr(err.message, chunks),
       "a file that grew: %s", err.message);
    pg_records_free(&all);
    write_array(array, &codes_only);
    is_int(map_path(array, &all, &err), PG_ERR_ARGUMENT, "no images: %s", err.message);
    pg_records_free(&records);
    pg_records_free(&codes_only);
    clear(&file);
    clear(&more);
}

/* --- what is refused ----------------------------------------------------- */

static void check_truncations(const char *what, const bytes *file, size_t first_good)
{
    size_t accepted = 0, silent = 0, unlike = 0;
    for (size_t size = 0; size < file->size; size++) {
        pg_records records;
        pg_error err = {0};
        uint8_t *copy = malloc(size ? size : 1); /* of just that size: reading past it is seen */
        memcpy(copy, file->data, size);
        pg_status status = read_bytes(copy, size, &records, &err);
        if (status == PG_OK) accepted += size != first_good;
        if (status != PG_OK) silent += err.message[0] == 0 || status != err.status;
        pg_records_free(&records);
        unlike += !maps_alike(copy, size);
        free(copy);
    }
    is_int(unlike, 0, "%s: and the same, mapped", what);
    is_int(accepted, 0, "%s: every truncation is an error", what);
    is_int(silent, 0, "%s: and has a message", what);
}

static void test_truncations(void)
{
    const char *path = temporary_path("whole");
    const pg_schema small = {.height = 2, .width = 2, .channels = 1, .has_label = true};
    pg_records records = make_records(&small, 3);
    write_array(path, &records);
    bytes file = slurp(path);
    check_truncations("one array", &file, SIZE_MAX);
    size_t first = file.size;
    clear(&file);
    file = slurp(path);
    unlink(path);
    append_chunks(path, &records);
    bytes chunks = slurp(path);
    add(&file, chunks.data, chunks.size);
    check_truncations("an array and chunks", &file, first);
    check_truncations("chunks", &chunks, SIZE_MAX);
    clear(&file);
    clear(&chunks);
    pg_records_free(&records);
}

static void test_truncation_message(void)
{
    bytes file = {0};
    pg_records records;
    pg_error err;
    add_header(&file, "{'descr': '|u1', 'fortran_order': False, 'shape': (60000, 28, 28)}");
    add(&file, "abc", 3);
    is_int(read_bytes(file.data, file.size, &records, &err), PG_ERR_FORMAT, "too few bytes");
    is_string(err.message,
              "memory: truncated at byte 79: the array that starts at byte 0 declares 60000 "
              "examples of 784 bytes",
              "where, and what was promised");
    clear(&file);
}

/* Every byte of a small file changed in some ways: any answer, but an answer. */
static void test_mutations(void)
{
    const char *path = temporary_path("mutated");
    const pg_schema small = {
        .height = 2, .width = 2, .channels = 1, .has_label = true, .code_dim = 2};
    pg_records records = make_records(&small, 2);
    append_chunks(path, &records);
    bytes file = slurp(path);
    static const uint8_t masks[] = {0x01, 0x04, 0x10, 0x80, 0xff};
    size_t refused = 0, unlike = 0;
    for (size_t i = 0; i < file.size; i++)
        for (size_t m = 0; m < sizeof masks; m++) {
            pg_records back;
            pg_error err;
            file.data[i] ^= masks[m];
            refused += read_bytes(file.data, file.size, &back, &err) != PG_OK;
            unlike += !maps_alike(file.data, file.size);
            pg_records_free(&back);
            file.data[i] ^= masks[m];
        }
    ok(refused > 300, "%zu mutations refused, the others read", refused);
    is_int(unlike, 0, "and the same, mapped");
    clear(&file);
    pg_records_free(&records);
}

#define ORDER "'fortran_order': False, "

static const struct {
    const char *literal;
    pg_status status;
    const char *message; /* part of it */
} bad_headers[] = {
    {"", PG_ERR_FORMAT, "the end instead of a value"},
    {"{", PG_ERR_FORMAT, "the end instead of a value"},
    {"[]", PG_ERR_FORMAT, "not a dictionary"},
    {"{} {}", PG_ERR_FORMAT, "more after the value"},
    {"{}", PG_ERR_FORMAT, "key 'descr' is missing"},
    {"{'descr': '|u1', " ORDER "}", PG_ERR_FORMAT, "key 'shape' is missing"},
    {"{'descr': '|u1', 'shape': (1,2,3)}", PG_ERR_FORMAT, "key 'fortran_order' is missing"},
    {"{'descr': '|u1', 'descr': '|u1', " ORDER "'shape': (1,2,3)}", PG_ERR_FORMAT,
     "'descr' appears twice"},
    {"{'descr': '|u1', " ORDER "'shape': (1,2,3), 'x': 1}", PG_ERR_FORMAT, "key 'x'"},
    {"{'descr': '|u1', " ORDER "'shape': (1,2,3), 7: 1}", PG_ERR_FORMAT, "key ''"},
    {"{'descr': '|u1', " ORDER "'shape'}", PG_ERR_FORMAT, "a key without a colon"},
    {"{'descr': '|u1' " ORDER "'shape': (1,2,3)}", PG_ERR_FORMAT, "without a comma"},
    {"{'descr: '|u1'}", PG_ERR_FORMAT, "header: "},
    {"{'descr': '\\x7cu1'}", PG_ERR_FORMAT, "escape"},
    {"{'descr': __import__('os')}", PG_ERR_FORMAT, "a name other than"},
    {"{'descr': '|u1', 'fortran_order': 0, 'shape': (1,2,3)}", PG_ERR_FORMAT,
     "fortran_order is not"},
    {"{'descr': '|u1', 'fortran_order': True, 'shape': (1,2,3)}", PG_ERR_UNSUPPORTED,
     "ascontiguousarray"},
    {"{'descr': '|u1', " ORDER "'shape': 7}", PG_ERR_FORMAT, "shape is not a tuple"},
    {"{'descr': '|u1', " ORDER "'shape': (1,'2',3)}", PG_ERR_FORMAT, "shape is not a tuple"},
    {"{'descr': '|u1', " ORDER "'shape': (1.5,2,3)}", PG_ERR_FORMAT, "not an integer"},
    {"{'descr': '|u1', " ORDER "'shape': (-1,2,3)}", PG_ERR_FORMAT, "a negative size -1"},
    {"{'descr': '|u1', " ORDER "'shape': (1,-2,3)}", PG_ERR_FORMAT, "a negative size -2"},
    {"{'descr': '|u1', " ORDER "'shape': (1,0,3)}", PG_ERR_LIMIT, "images of 0 x 3"},
    {"{'descr': '|u1', " ORDER "'shape': (1,2,3,0)}", PG_ERR_LIMIT, "images of 2 x 3 x 0;"},
    {"{'descr': '|u1', " ORDER "'shape': (1,4097,3)}", PG_ERR_LIMIT, "4097"},
    {"{'descr': '|u1', " ORDER "'shape': (1,4294967297,3)}", PG_ERR_LIMIT,
     "images of 4294967297 x 3 x 1;"},
    {"{'descr': '|u1', " ORDER "'shape': (1,4096,4096,16)}", PG_ERR_LIMIT, "images of"},
    {"{'descr': '|u1', " ORDER "'shape': (9223372036854775807,28,28)}", PG_ERR_LIMIT, "overflow"},
    {"{'descr': '|u1', " ORDER "'shape': (99999999999999999999,28,28)}", PG_ERR_FORMAT,
     "beyond 64 bits"},
    {"{'descr': '|u1', " ORDER "'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
     "1,1,1,1,1,1,1,1,1,1,1,1,1)}",
     PG_ERR_FORMAT, "at most 32 integers"},
    {"{'descr': '|u1', " ORDER "'shape': ((((((((((1,),),),),),),),),),)}", PG_ERR_FORMAT,
     "nested too deeply"},
    {"{'descr': '|u1', " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED,
     "'|u1' and shape (5,); accepted are"},
    {"{'descr': '|u1', " ORDER "'shape': (5,6)}", PG_ERR_UNSUPPORTED,
     "shape (5, 6); images are (N,H,W)"},
    {"{'descr': '|u1', " ORDER "'shape': ()}", PG_ERR_UNSUPPORTED, "shape ();"},
    {"{'descr': '<f4', " ORDER "'shape': (5,6,7)}", PG_ERR_UNSUPPORTED,
     "images are bytes; 'pg-prep FILE' makes some of numbers"},
    {"{'descr': '<f4', " ORDER "'shape': (5,0)}", PG_ERR_LIMIT, "codes of 0 components"},
    {"{'descr': '<f4', " ORDER "'shape': (5,65537)}", PG_ERR_LIMIT, "65537"},
    {"{'descr': '<f2', " ORDER "'shape': (5,6)}", PG_ERR_UNSUPPORTED, "'<f2'"},
    {"{'descr': '=f4', " ORDER "'shape': (5,6)}", PG_ERR_UNSUPPORTED, "'=f4'"},
    {"{'descr': '<i8', " ORDER "'shape': (5,6)}", PG_ERR_UNSUPPORTED, "'<i8'"},
    {"{'descr': '|O', " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED,
     "'|O' (Python objects) and shape (5,)"},
    {"{'descr': '', " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED, "''"},
    {"{'descr': '<', " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED, "'<'"},
    {"{'descr': None, " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED, "accepted are"},
    {"{'descr': [], " ORDER "'shape': (5,)}", PG_ERR_FORMAT, "without any field"},
    {"{'descr': [('label','<i4')], " ORDER "'shape': (5,6)}", PG_ERR_UNSUPPORTED, "2 dimensions"},
    {"{'descr': [('label','<i4')], " ORDER "'shape': ()}", PG_ERR_UNSUPPORTED, "0 dimensions"},
    {"{'descr': ['label'], " ORDER "'shape': (5,)}", PG_ERR_FORMAT, "a field is not"},
    {"{'descr': [('label',)], " ORDER "'shape': (5,)}", PG_ERR_FORMAT, "a field is not"},
    {"{'descr': [('label','<i4'),('label','<i4')], " ORDER "'shape': (5,)}", PG_ERR_FORMAT,
     "appears twice"},
    {"{'descr': [('a','<f4'),('a','<f4')], " ORDER "'shape': (5,)}", PG_ERR_FORMAT,
     "two fields are called 'a'"},
    {"{'descr': [('label','<f4')], " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED, "'label'"},
    {"{'descr': [('label','<i4',(2,))], " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED, "'label'"},
    {"{'descr': [('image','<f4',(2,2))], " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED,
     "'image' has type '<f4'"},
    {"{'descr': [('image','|u1',(4,))], " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED, "'image'"},
    {"{'descr': [('code','<i4',(4,))], " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED, "'code'"},
    {"{'descr': [('title','|S8')], " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED, "'title'"},
    {"{'descr': [('a b','<f4')], " ORDER "'shape': (5,)}", PG_ERR_FORMAT, "'a b' cannot name"},
    {"{'descr': [('abcdefghijklmnopqrstuvwxyzabcdefgh','<f4')], " ORDER "'shape': (5,)}",
     PG_ERR_LIMIT, "more than 31 letters"},
    {"{'descr': [('in',[('x','<f4')])], " ORDER "'shape': (5,)}", PG_ERR_UNSUPPORTED,
     "not a record"},
    {"{'descr': [(('title','x','y'),'<f4')], " ORDER "'shape': (5,)}", PG_ERR_FORMAT,
     "a field is not"},
    {"{'descr': [('',"
     "'|V4')], " ORDER "'shape': (5,)}",
     PG_ERR_FORMAT, "without any field"},
    {"{'descr': [('a','<f4'),('b','<f4'),('c','<f4'),('d','<f4'),('e','<f4'),('f','<f4'),"
     "('g','<f4'),('h','<f4'),('i','<f4'),('j','<f4'),('k','<f4'),('l','<f4'),('m','<f4'),"
     "('n','<f4'),('o','<f4'),('p','<f4'),('q','<f4')], " ORDER "'shape': (5,)}",
     PG_ERR_LIMIT, "more than 16 scalar fields"},
};

static void test_bad_headers(void)
{
    for (size_t i = 0; i < sizeof bad_headers / sizeof *bad_headers; i++) {
        bytes file = {0};
        pg_records records;
        pg_error err = {0};
        add_header(&file, bad_headers[i].literal);
        pg_status status = read_bytes(file.data, file.size, &records, &err);
        if (!ok(status == bad_headers[i].status && strstr(err.message, bad_headers[i].message),
                "refused: %s", bad_headers[i].literal))
            diag("status %d: %s", status, err.message);
        pg_records_free(&records);
        clear(&file);
    }
}

static void test_bad_starts(void)
{
    static const struct {
        const char *data;
        size_t size;
        const char *message;
    } bad[] = {
        {"", 0, "empty"},
        {"\x93NUMPY", 6, "truncated at byte 6"},
        {"\x93NUMPY\x01\x00", 8, "truncated at byte 8"},
        {"\x93NUMPY\x04\x00\x02\x00{}", 12, "version 4.0; 1.0, 2.0 and 3.0"},
        {"\x93NUMPY\x01\x01\x02\x00{}", 12, "version 1.1"},
        {"\x93NUMPY\x02\x00\xff\xff\xff\xff{}", 14, "a header of 4294967295 bytes"},
        {"\x93NUMPY\x01\x00\xff\xff{}", 12, "truncated at byte 12"},
        {"\x1f\x8b\x08\x00\x00", 5, "gzip"},
        {"\x89PNG\r\n", 6, "PNG"},
        {"P6\n1 1\n255\nabc", 14, "PNM"},
        {"PK\x03\x04", 4, "zip"},
        {"\0\0\x08\x03\0\0", 6, "IDX"},
        {"\0\0\0\0\0\0\0\0", 8, "never finished"},
        {"hello", 5, "plain text, not a tensor stream; pg-prep makes a tensor stream"},
        {"\1\2\3\4", 4, "not a tensor stream, it begins with 01 02 03 04"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        pg_records records;
        pg_error err = {0};
        pg_status status = read_bytes(bad[i].data, bad[i].size, &records, &err);
        if (!ok(status != PG_OK && strstr(err.message, bad[i].message), "refused: %s",
                bad[i].message))
            diag("status %d: %s", status, err.message);
    }
}

static void test_missing(void)
{
    pg_error err;
    pg_reader *reader;
    is_int(pg_reader_open("/nonexistent/file", &reader, &err), PG_ERR_IO, "a missing file");
    ok(!reader, "leaves no reader");
    is_int(pg_reader_open("/", &reader, &err), PG_ERR_IO, "a folder");
    is_string(err.message, "/: cannot read: Is a directory", "has its message");
}

/* --- what is accepted ---------------------------------------------------- */

static void test_literals(void)
{
    static const char *const good[] = {
        "{'descr':'|u1','fortran_order':False,'shape':(1,2,2)}",
        "{'shape': (1, 2, 2), 'fortran_order': False, 'descr': '|u1', }   \n",
        " {\"descr\" : \"|u1\" ,\t\"fortran_order\" : False , \n \"shape\" : ( 1 , 2 , 2 , ) , } ",
        "{'descr': '<u1', 'fortran_order': False, 'shape': (1L, 2L, 2L, 1L)}",
        "{'descr': 'u1', 'fortran_order': False, 'shape': (1, (2), 2)}",
        "{'descr': [('image', '|u1', (2, 2))], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [['image', '|u1', [2, 2, 1]]], 'fortran_order': False, 'shape': [1]}",
        "{'descr': [('image', '|u1', (2, 2, 1)),], 'fortran_order': False, 'shape': (1,), }",
    };
    const pg_schema schema = {.height = 2, .width = 2, .channels = 1};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bytes file = {0};
        pg_records records;
        pg_error err = {0};
        add_header(&file, good[i]);
        add(&file, "abcd", 4);
        pg_status status = read_bytes(file.data, file.size, &records, &err);
        if (!ok(status == PG_OK && records.count == 1 &&
                    pg_schema_equal(&schema, &records.schema) &&
                    memcmp(records.image, "abcd", 4) == 0,
                "accepted: %s", good[i]))
            diag("status %d: %s", status, err.message);
        pg_records_free(&records);
        clear(&file);
    }
}

static void test_versions(void)
{
    static const char literal[] = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1)}";
    for (int version = 2; version <= 3; version++) {
        bytes file = {0};
        pg_records records;
        pg_error err;
        uint8_t start[12] = {
            0x93, 'N', 'U', 'M', 'P', 'Y', (uint8_t)version, 0, sizeof literal - 1};
        add(&file, start, sizeof start);
        add(&file, literal, sizeof literal - 1);
        add(&file, "x", 1);
        ok(read_bytes(file.data, file.size, &records, &err) == PG_OK && records.count == 1,
           "format version %d", version);
        pg_records_free(&records);
        clear(&file);
    }
}

/* One big-endian record with its fields in an unusual order and padding. */
static void test_byte_orders(void)
{
    static const uint8_t big[] = {0xbf, 0x80, 0x00, 0x00,             /* nll -1 */
                                  0x00, 0x00, 0x00,                   /* padding */
                                  0x3f, 0xf8, 0,    0,    0, 0, 0, 0, /* code 1.5 */
                                  0xc0, 0x04, 0,    0,    0, 0, 0, 0, /* and -2.5 */
                                  0x00, 0x01, 0x02, 0x03,             /* label */
                                  'p',  'q'};
    static const uint8_t little[] = {0x00, 0x00, 0x80, 0xbf, 0,    0,    0,    0,   0,  0,
                                     0,    0,    0,    0xf8, 0x3f, 0,    0,    0,   0,  0,
                                     0,    0x04, 0xc0, 0x03, 0x02, 0x01, 0x00, 'p', 'q'};
    const struct {
        char order;
        const uint8_t *data;
        size_t size;
    } cases[] = {{'>', big, sizeof big}, {'<', little, sizeof little}};
    for (int i = 0; i < 2; i++) {
        char literal[256];
        bytes file = {0};
        pg_records records;
        pg_error err = {0};
        char o = cases[i].order;
        snprintf(literal, sizeof literal,
                 "{'descr': [('nll', '%cf4'), ('', '|V3'), ('code', '%cf8', (2,)), "
                 "('label', '%ci4'), ('image', '|u1', (2, 1, 1))], " ORDER "'shape': (1,)}",
                 o, o, o);
        add_header(&file, literal);
        add(&file, cases[i].data, cases[i].size);
        if (!ok(read_bytes(file.data, file.size, &records, &err) == PG_OK && records.count == 1,
                "byte order %c", o))
            diag("%s", err.message);
        else
            ok(records.scalar[0] == -1 && records.code[0] == 1.5f && records.code[1] == -2.5f &&
                   records.label[0] == 0x010203 && memcmp(records.image, "pq", 2) == 0,
               "its numbers");
        pg_records_free(&records);
        clear(&file);
    }
}

static void test_labels(void)
{
    static const struct {
        const char *type;
        const char *data; /* eight bytes, of which the first are used */
        size_t size;
        bool accepted;
        int32_t label;
    } cases[] = {
        {"|u1", "\xff", 1, true, 255},
        {"|i1", "\xff", 1, true, -1},
        {"|i1", "\xfe", 1, false, 0},
        {"<u2", "\x01\x80", 2, true, 0x8001},
        {">i2", "\x01\x02", 2, true, 0x102},
        {"<i2", "\xff\xff", 2, true, -1},
        {"<i4", "\xff\xff\xff\x7f", 4, true, INT32_MAX},
        {"<i4", "\0\0\0\x80", 4, false, 0},
        {"<u4", "\xff\xff\xff\x7f", 4, true, INT32_MAX},
        {"<u4", "\0\0\0\x80", 4, false, 0},
        {"<i8", "\xff\xff\xff\xff\xff\xff\xff\xff", 8, true, -1},
        {"<i8", "\0\0\0\x80\0\0\0\0", 8, false, 0},
        {">i8", "\0\0\0\0\0\0\0\x09", 8, true, 9},
        {"<u8", "\xff\xff\xff\xff\xff\xff\xff\xff", 8, false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char literal[128];
        bytes file = {0};
        pg_records records;
        pg_error err = {0};
        snprintf(literal, sizeof literal, "{'descr': [('label', '%s')], " ORDER "'shape': (1,)}",
                 cases[i].type);
        add_header(&file, literal);
        add(&file, cases[i].data, cases[i].size);
        pg_status status = read_bytes(file.data, file.size, &records, &err);
        if (cases[i].accepted)
            ok(status == PG_OK && records.label[0] == cases[i].label, "label %d from %s",
               cases[i].label, cases[i].type);
        else
            ok(status == PG_ERR_LIMIT && strstr(err.message, "example 0 has label"),
               "a label of %s beyond int32", cases[i].type);
        pg_records_free(&records);
        clear(&file);
    }
}

static void test_concatenation(void)
{
    bytes file = {0};
    pg_records records;
    pg_error err = {0};
    add_header(&file, "{'descr': '|u1', " ORDER "'shape': (1, 2, 1)}");
    add(&file, "ab", 2);
    add_header(&file, "{'descr': [('image', '|u1', (2, 1))], " ORDER "'shape': (1,)}");
    add(&file, "cd", 2);
    ok(read_bytes(file.data, file.size, &records, &err) == PG_OK && records.count == 2 &&
           memcmp(records.image, "abcd", 4) == 0,
       "arrays of the same fields in other words");
    pg_records_free(&records);
    add_header(&file, "{'descr': '|u1', " ORDER "'shape': (1, 1, 2)}");
    is_int(read_bytes(file.data, file.size, &records, &err), PG_ERR_FORMAT, "other fields");
    ok(strstr(err.message, "other fields (image 1x2x1) than the first (image 2x1x1)"), "named: %s",
       err.message);
    clear(&file);

    add_header(&file, "{'descr': '|u1', " ORDER "'shape': (1, 2, 1)}");
    add(&file, "abx", 3);
    is_int(read_bytes(file.data, file.size, &records, &err), PG_ERR_FORMAT, "a byte too many");
    clear(&file);
}

/* A count that is a lie makes no memory. */
static void test_lying_count(void)
{
    bytes file = {0};
    pg_records records;
    pg_error err = {0};
    add_header(&file, "{'descr': '|u1', " ORDER "'shape': (1000000000000, 28, 28)}");
    add(&file, "abc", 3);
    is_int(read_bytes(file.data, file.size, &records, &err), PG_ERR_FORMAT, "a terabyte declared");
    ok(strstr(err.message, "truncated"), "is a truncation");
    const char *path = temporary_path("lie");
    FILE *out = fopen(path, "wb");
    fwrite(file.data, 1, file.size, out);
    fclose(out);
    is_int(read_path(path, &records, &err), PG_ERR_FORMAT, "also in a file");
    clear(&file);
}

/* A pipe smaller than the stream, not ready at times for either side. */
static void test_not_ready(void)
{
    int ends[2];
    pg_records records = make_records(&digits, 1000), back = {0};
    pg_reader *reader;
    pg_writer *writer;
    pg_error err = {0};
    fflush(NULL);
    if (pipe(ends) != 0) bail_out("no pipe");
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        if (pg_writer_open_fd(ends[1], "pipe", &digits, &writer, &err)) _exit(1);
        write_stream(writer, &records);
        _exit(0);
    }
    close(ends[1]);
    if (pg_reader_open_fd(ends[0], "pipe", &reader, &err) == PG_OK) {
        usleep(20000); /* the writer fills the pipe */
        ok(pg_reader_read_all(reader, &back, &err) == PG_OK && same(&records, &back),
           "sides that are not ready wait %s", err.message);
        pg_reader_close(reader);
    } else {
        ok(false, "sides that are not ready wait: %s", err.message);
    }
    close(ends[0]); /* a writer that still waits ends */
    waitpid(child, NULL, 0);
    pg_records_free(&records);
    pg_records_free(&back);
}

/* --- writers and records ------------------------------------------------- */

static void test_writer_errors(void)
{
    const char *path = temporary_path("unwritten");
    pg_error err;
    pg_writer *writer;
    pg_records wrong = make_records(&codes, 1);
    is_int(pg_writer_open(path, &digits, &writer, &err), PG_OK, "open");
    is_int(pg_writer_put(writer, &wrong, &err), PG_ERR_ARGUMENT, "examples with other fields");
    pg_writer_abandon(writer);
    ok(access(path, F_OK) != 0, "an abandoned stream leaves no file");
    pg_writer_abandon(NULL);
    pg_schema none = {0}, repeated = {.scalar_count = 2, .scalar_names = {"a", "a"}};
    pg_schema reserved = {.scalar_count = 1, .scalar_names = {"label"}};
    pg_schema large = {.height = 4097, .width = 1, .channels = 1};
    ok(pg_writer_open(path, &none, &writer, &err) != PG_OK && !writer, "no field");
    is_int(pg_writer_open(path, &repeated, &writer, &err), PG_ERR_FORMAT, "two of a name");
    is_int(pg_writer_open(path, &reserved, &writer, &err), PG_ERR_FORMAT, "a reserved name");
    is_int(pg_writer_open(path, &large, &writer, &err), PG_ERR_LIMIT, "too large");
    is_int(pg_writer_open("/nonexistent/file", &digits, &writer, &err), PG_ERR_IO, "no folder");
    if (access("/dev/full", W_OK) == 0)
        is_int(pg_writer_open("/dev/full", &digits, &writer, &err), PG_ERR_IO, "a full disk");
    pg_records_free(&wrong);
}

static void test_records(void)
{
    pg_error err;
    pg_records records, some = make_records(&everything, 5);
    is_int(pg_records_init(&records, &everything, 0, &err), PG_OK, "no examples");
    is_int(pg_records_append(&records, &some, 2, 3, &err), PG_OK, "append three");
    is_int(pg_records_append(&records, &some, 0, 2, &err), PG_OK, "append two");
    is_int(records.count, 5, "five now");
    is_int(records.label[0], 1, "the third first");
    is_int(records.label[4], 0, "the second last");
    is_close(records.code[4 * 4], some.code[4], 0, "codes go along");
    is_close(records.scalar[1], some.scalar[5], 0, "and scalars");
    is_int(pg_records_append(&records, &some, 4, 2, &err), PG_ERR_ARGUMENT, "more than there is");
    is_int(pg_records_init(&(pg_records){0}, &digits, SIZE_MAX / 4, &err), PG_ERR_LIMIT,
           "sizes that overflow");
    is_int(pg_schema_find_scalar(&everything, "weight_2"), 1, "a scalar by name");
    is_int(pg_schema_find_scalar(&everything, "code"), -1, "not by another");
    char text[64];
    pg_schema_describe(&everything, text, sizeof text);
    is_string(text, "image 3x5x2, label, code of 4, nll, weight_2, name, class", "described");
    is_int(pg_schema_chunk_capacity(&digits), 512, "a chunk of digits");
    pg_records_free(&records);
    pg_records_free(&some);
}

int main(void)
{
    test_round_trips();
    test_names();
    test_header_bytes();
    test_chunk_sizes();
    test_mapped();
    test_truncations();
    test_truncation_message();
    test_mutations();
    test_bad_headers();
    test_bad_starts();
    test_missing();
    test_literals();
    test_versions();
    test_byte_orders();
    test_labels();
    test_concatenation();
    test_lying_count();
    test_not_ready();
    test_writer_errors();
    test_records();
    return done_testing();
}
