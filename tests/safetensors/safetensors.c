/* The safetensors container: what is written comes back, what is hostile is refused. */
#include <config.h>

#include <fcntl.h>

#include "../tap.h"
#include "model/safetensors.h"

static const float weights[6] = {0, 1, -2.5f, 1e-30f, 3e30f, 0.1f};
static const int64_t step[1] = {-1234567890123};
static const int32_t labels[3] = {-1, 0, 7};
static const uint8_t raw[5] = {0, 1, 2, 254, 255};

static const pg_safetensor tensors[] = {
    {"raw", PG_DTYPE_U8, 1, {5}, raw, sizeof raw},
    {"decoder.weight", PG_DTYPE_F32, 3, {1, 2, 3}, weights, sizeof weights},
    {"labels", PG_DTYPE_I32, 1, {3}, labels, sizeof labels},
    {"decoder.bias", PG_DTYPE_F32, 0, {0}, weights + 1, sizeof *weights},
    {"empty", PG_DTYPE_F32, 2, {0, 4}, weights, 0},
    {"step", PG_DTYPE_I64, 1, {1}, step, sizeof step},
};
enum { TENSORS = sizeof tensors / sizeof *tensors };

static const pg_metadata_entry metadata[] = {
    {"seed", "7"}, {"command", "pg-train \"a b\"\n"}, {"author", "Håkan"}, {"odd", "\xff\x41"}};

typedef struct bytes {
    uint8_t data[65536];
    size_t size;
} bytes;

static void slurp(const char *path, bytes *all)
{
    FILE *file = fopen(path, "rb");
    if (!file) bail_out("a file written is missing");
    all->size = fread(all->data, 1, sizeof all->data, file);
    fclose(file);
}

static void spill(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file)) bail_out("cannot write");
}

static const char *write_sample(const char *name)
{
    const char *path = temporary_path(name);
    pg_error err;
    if (pg_safetensors_write(path, tensors, TENSORS, metadata, 4, &err)) bail_out(err.message);
    return path;
}

static void check_sample(const pg_safetensors *file, const char *how)
{
    is_int(pg_safetensors_count(file), TENSORS, "%s: all tensors", how);
    for (int i = 0; i < TENSORS; i++) {
        const pg_safetensor *tensor = pg_safetensors_find(file, tensors[i].name);
        bool equal = tensor && tensor->dtype == tensors[i].dtype &&
                     tensor->rank == tensors[i].rank && tensor->bytes == tensors[i].bytes &&
                     memcmp(tensor->data, tensors[i].data, tensors[i].bytes) == 0;
        for (int d = 0; equal && d < tensor->rank; d++)
            equal = tensor->shape[d] == tensors[i].shape[d];
        ok(equal, "%s: %s", how, tensors[i].name);
    }
    is_int(pg_safetensors_metadata_count(file), 4, "%s: all metadata", how);
    is_string(pg_safetensors_get(file, "seed"), "7", "%s: seed", how);
    is_string(pg_safetensors_get(file, "command"), metadata[1].value, "%s: quotes, line ends", how);
    is_string(pg_safetensors_get(file, "author"), "Håkan", "%s: UTF-8", how);
    is_string(pg_safetensors_get(file, "odd"), "?A", "%s: not UTF-8", how);
    is_string(pg_safetensors_get(file, "none"), NULL, "%s: no such key", how);
    ok(!pg_safetensors_find(file, "__metadata__"), "%s: metadata are no tensor", how);
}

static void test_round_trip(void)
{
    const char *path = write_sample("model");
    pg_error err;
    pg_safetensors *file;
    if (pg_safetensors_read(path, &file, &err)) bail_out(err.message);
    check_sample(file, "file");
    is_string(pg_safetensors_tensor(file, 0)->name, "step", "wide elements come first");
    is_string(pg_safetensors_metadata(file, 0).key, "author", "metadata by key");
    is_string(pg_safetensors_metadata(file, 4).key, NULL, "no fifth");
    pg_safetensors_free(file);

    int ends[2], saved = dup(STDIN_FILENO);
    bytes all;
    slurp(path, &all);
    if (pipe(ends) || write(ends[1], all.data, all.size) != (ssize_t)all.size) bail_out("no pipe");
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    pg_status status = pg_safetensors_read("-", &file, &err);
    dup2(saved, STDIN_FILENO);
    close(ends[0]);
    close(saved);
    if (status) bail_out(err.message);
    check_sample(file, "pipe");
    pg_safetensors_free(file);
    pg_safetensors_free(NULL);
}

static void test_bytes(void)
{
    static const pg_safetensor reversed[] = {{"b", PG_DTYPE_U8, 1, {1}, raw, 1},
                                             {"a", PG_DTYPE_U8, 1, {2}, raw, 2}};
    const char *path = temporary_path("small");
    static const char expected[] = "\x98\0\0\0\0\0\0\0{\"__metadata__\":{\"k\":\"v\"},"
                                   "\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
                                   "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}";
    pg_error err;
    bytes all;
    pg_metadata_entry entry = {"k", "v"};
    if (pg_safetensors_write(path, reversed, 2, &entry, 1, &err)) bail_out(err.message);
    slurp(path, &all);
    size_t header = 8 + all.data[0];
    is_int(header % 8, 0, "the data start at a multiple of eight");
    is_int(all.size, header + 3, "and fill the rest");
    ok(memcmp(all.data + 8, expected + 8, sizeof expected - 9) == 0, "the header's text");
    bool spaces = true;
    for (size_t i = 8 + sizeof expected - 9; i < header; i++)
        spaces &= all.data[i] == ' ';
    ok(spaces, "padded with spaces");
    ok(memcmp(all.data + header, "\0\1\0", 3) == 0, "the data");
    if (pg_safetensors_write(path, NULL, 0, NULL, 0, &err)) bail_out(err.message);
    slurp(path, &all);
    ok(all.size == 16 && memcmp(all.data, "\x08\0\0\0\0\0\0\0{}      ", 16) == 0, "nothing at all");
}

static void test_truncations(void)
{
    const char *path = write_sample("whole"), *cut = temporary_path("cut");
    bytes all;
    size_t accepted = 0, silent = 0;
    slurp(path, &all);
    for (size_t size = 0; size < all.size; size++) {
        pg_error err = {0};
        pg_safetensors *file;
        spill(cut, all.data, size);
        pg_status status = pg_safetensors_read(cut, &file, &err);
        accepted += status == PG_OK;
        silent += !err.message[0];
        pg_safetensors_free(file);
    }
    is_int(accepted, 0, "every truncation is an error");
    is_int(silent, 0, "with a message");
    pg_error err;
    pg_safetensors *file;
    all.data[all.size] = 0;
    spill(cut, all.data, all.size + 1);
    is_int(pg_safetensors_read(cut, &file, &err), PG_ERR_FORMAT, "so is a byte too many");
    ok(strstr(err.message, "bytes after the last tensor"), "named");
}

static void test_mutations(void)
{
    const char *path = write_sample("sound"), *mutated = temporary_path("mutated");
    static const uint8_t masks[] = {0x01, 0x10, 0x80};
    bytes all;
    size_t refused = 0;
    slurp(path, &all);
    for (size_t i = 0; i < all.size; i++) {
        pg_error err;
        pg_safetensors *file;
        uint8_t mask = masks[i % 3];
        all.data[i] ^= mask;
        spill(mutated, all.data, all.size);
        refused += pg_safetensors_read(mutated, &file, &err) != PG_OK;
        pg_safetensors_free(file);
        all.data[i] ^= mask;
    }
    ok(refused > 100, "%zu mutations refused, the others read", refused);
}

#define T(name, dtype, shape, offsets)                                                             \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* Headers with eight bytes of data behind them. */
static void test_headers(void)
{
    static const struct {
        const char *header;
        const char *message; /* NULL: fine */
    } cases[] = {
        {"{" T("a", "F32", "[2]", "[0,8]") "}", NULL},
        {"{" T("a", "U8", "[2,3]", "[2,8]") "," T("b", "U8", "[2]", "[0,2]") "}  \n", NULL},
        {"{" T("e", "I32", "[0]", "[0,0]") "," T("a", "I64", "[]", "[0,8]") "}", NULL},
        {"[" T("a", "F32", "[2]", "[0,8]") "]", "not a JSON object"},
        {" {" T("a", "F32", "[2]", "[0,8]") "}", "not a JSON object"},
        {"{" T("a", "F32", "[2]", "[0,8]") "} x", "header: "},
        {"{" T("a", "F32", "[2]", "[0,8]"), "header: "},
        {"{" T("a", "U8", "[4]", "[0,4]") "," T("a", "U8", "[4]", "[4,8]") "}", "duplicate"},
        {"{" T("a", "U8", "[4]", "[0,4]") "}", "bytes after the last tensor"},
        {"{" T("a", "U8", "[9]", "[0,9]") "}", "truncated: 9 bytes of tensors declared, 8"},
        {"{" T("a", "U8", "[4]", "[0,4]") "," T("b", "U8", "[3]", "[5,8]") "}", "not at 4"},
        {"{" T("a", "U8", "[5]", "[0,5]") "," T("b", "U8", "[4]", "[4,8]") "}", "not at 5"},
        {"{" T("a", "U8", "[7]", "[1,8]") "}", "not at 0"},
        {"{" T("a", "F32", "[3]", "[0,8]") "}", "needs 12 bytes, its data_offsets give 8"},
        {"{" T("a", "U8", "[0]", "[8,0]") "}", "BEGIN <= END"},
        {"{" T("a", "U8", "[8]", "[-8,0]") "}", "BEGIN <= END"},
        {"{" T("a", "U8", "[8]", "[0]") "}", "BEGIN <= END"},
        {"{" T("a", "U8", "[8]", "[0,8.0]") "}", "BEGIN <= END"},
        {"{" T("a", "U8", "[8]", "8") "}", "BEGIN <= END"},
        {"{" T("a", "U8", "[-8]", "[0,8]") "}", "no whole number"},
        {"{" T("a", "U8", "[\"8\"]", "[0,8]") "}", "no whole number"},
        {"{" T("a", "U8", "8", "[0,8]") "}", "shape is not a list"},
        {"{" T("a", "U8", "[2,2,2,1,1,1,1,1,1]", "[0,8]") "}", "9 dimensions; at most 8"},
        {"{" T("a", "F32", "[4611686018427387904,2]", "[0,8]") "}", "overflows"},
        {"{" T("a", "F32", "[9223372036854775807]", "[0,8]") "}", "overflows"},
        {"{" T("a", "F32", "[99999999999999999999]", "[0,8]") "}", "header: "},
        {"{" T("a", "U8", "[9223372036854775807]", "[0,9223372036854775807]") "}", "truncated"},
        {"{" T("a", "F8_E4M3", "[8]", "[0,8]") "}", "dtype 'F8_E4M3'; F32, F16, BF16"},
        {"{\"a\":{\"shape\":[8],\"data_offsets\":[0,8]}}", "'a' has no dtype"},
        {"{\"a\":7}", "'a' has no dtype"},
        {"{\"__metadata__\":7," T("a", "U8", "[8]", "[0,8]") "}", "is not an object"},
        {"{\"__metadata__\":{\"k\":7}," T("a", "U8", "[8]", "[0,8]") "}", "'k' is not a string"},
    };
    const char *path = temporary_path("headers");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t data[512] = {0};
        size_t length = strlen(cases[i].header);
        pg_error err = {0};
        pg_safetensors *file;
        data[0] = length & 0xff;
        data[1] = (uint8_t)(length >> 8);
        memcpy(data + 8, cases[i].header, length);
        spill(path, data, 8 + length + 8);
        pg_status status = pg_safetensors_read(path, &file, &err);
        bool as_expected =
            cases[i].message ? status && strstr(err.message, cases[i].message) : status == PG_OK;
        if (!ok(as_expected, "%s: %s", cases[i].message ? "refused" : "read", cases[i].header))
            diag("status %d: %s", status, err.message);
        pg_safetensors_free(file);
    }
}

static void test_other_files(void)
{
    static const struct {
        const char *data;
        size_t size;
        const char *message;
    } cases[] = {
        {"", 0, "empty"},
        {"\x93NUMPY\x01\0", 8, "tensor stream"},
        {"PK\3\4\0\0\0\0", 8, "a zip archive"},
        {"PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\0archive/data.pkl", 46,
         "PyTorch"},
        {"\x93NUMPY\1", 7, "tensor stream"},
        {"<!DOCTYPE html>", 15, "a web page (HTML), not a model file"},
        {"\1\0\0\0\0\0\0\0{", 9, "2 to 4194304 are accepted"},
        {"\xff\xff\xff\xff\xff\xff\xff\xff", 8, "2 to 4194304 are accepted"},
        {"\xff\xff\0\0\0\0\0\0{}", 10, "a header of 65535 bytes in a file of 10"},
    };
    const char *path = temporary_path("other");
    pg_safetensors *file;
    pg_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spill(path, cases[i].data, cases[i].size);
        if (!ok(pg_safetensors_read(path, &file, &err) == PG_ERR_FORMAT && !file &&
                    strstr(err.message, cases[i].message),
                "refused: %s", cases[i].message))
            diag("%s", err.message);
    }
    is_int(pg_safetensors_read("/nonexistent/file", &file, &err), PG_ERR_IO, "a missing file");
    is_int(pg_safetensors_read("/", &file, &err), PG_ERR_IO, "a folder");
}

static void test_conversions(void)
{
    static const char header[] = "{" T("h", "F16", "[7]", "[0,14]") "," T(
        "b", "BF16", "[2]", "[14,18]") "," T("d", "F64", "[1]", "[18,26]") "}";
    static const uint16_t halves[] = {0x3c00, 0xc100, 0x0001, 0x7bff, 0x8000, 0x7c00, 0x03ff};
    static const float expected[] = {1, -2.5f, 0x1p-24f, 65504, -0.0f, INFINITY, 0x3ffp-24f};
    uint8_t data[512] = {sizeof header - 1}, *at = data + 8;
    memcpy(at, header, sizeof header - 1);
    at += sizeof header - 1;
    for (int i = 0; i < 7; i++) {
        *at++ = halves[i] & 0xff;
        *at++ = halves[i] >> 8;
    }
    memcpy(at, "\x80\x3f\x20\xc0\0\0\0\0\0\0\xf8\x3f", 12);
    const char *path = temporary_path("converted");
    spill(path, data, (size_t)(at + 12 - data));
    pg_safetensors *file;
    pg_error err;
    if (pg_safetensors_read(path, &file, &err)) bail_out(err.message);
    const pg_safetensor *h = pg_safetensors_find(file, "h"), *b = pg_safetensors_find(file, "b");
    const pg_safetensor *d = pg_safetensors_find(file, "d");
    ok(h->dtype == PG_DTYPE_F32 && h->bytes == 28 && memcmp(h->data, expected, 28) == 0, "F16");
    ok(b->bytes == 8 && memcmp(b->data, (float[]){1, -2.5f}, 8) == 0, "BF16");
    ok(d->bytes == 4 && *(const float *)d->data == 1.5f, "F64");
    pg_safetensors_free(file);
}

static void test_writer_errors(void)
{
    const char *path = temporary_path("unwritten");
    pg_safetensor twice[] = {tensors[0], tensors[0]}, wrong = tensors[0], nameless = tensors[0];
    pg_error err;
    wrong.bytes = 4;
    nameless.name = "";
    is_int(pg_safetensors_write(path, twice, 2, NULL, 0, &err), PG_ERR_ARGUMENT, "two of a name");
    is_int(pg_safetensors_write(path, &wrong, 1, NULL, 0, &err), PG_ERR_ARGUMENT, "wrong size");
    is_int(pg_safetensors_write(path, &nameless, 1, NULL, 0, &err), PG_ERR_ARGUMENT, "no name");
    nameless.name = "__metadata__";
    is_int(pg_safetensors_write(path, &nameless, 1, NULL, 0, &err), PG_ERR_ARGUMENT, "reserved");
    nameless.name = "\xff";
    is_int(pg_safetensors_write(path, &nameless, 1, NULL, 0, &err), PG_ERR_ARGUMENT, "not UTF-8");
    ok(access(path, F_OK) != 0, "no file of all that");
    if (access("/dev/full", W_OK) == 0)
        is_int(pg_safetensors_write("/dev/full", tensors, 2, NULL, 0, &err), PG_ERR_IO,
               "a full disk");
}

int main(void)
{
    test_round_trip();
    test_bytes();
    test_truncations();
    test_mutations();
    test_headers();
    test_other_files();
    test_conversions();
    test_writer_errors();
    return done_testing();
}
