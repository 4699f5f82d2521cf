/* The stages between a source and a stream. */
#include "pixelgan/dataset.h"
#include "tests/dataset/fixtures.h"
#include "tests/dataset/read.h"
#include "tests/tap.h"

enum { COUNT = 1000, SIDE = 2 };

static const char *images, *labels;

static void write_examples(void)
{
    static bytes file;
    images = temporary_path("images");
    labels = temporary_path("labels");
    make_idx_images(&file, COUNT, SIDE, SIDE, 1);
    write_bytes(images, &file, file.size);
    make_idx_labels(&file, COUNT);
    write_bytes(labels, &file, file.size);
}

static pg_status prepare(const pg_prepare_options *options, pg_records *all, pg_error *err)
{
    pg_source *source;
    pg_source_options with_labels = {.labels = labels};
    memset(all, 0, sizeof *all);
    pg_status status = pg_source_open(images, &with_labels, &source, err);
    if (status == PG_OK) status = pg_source_prepare(source, options, &source, err);
    return status == PG_OK ? read_to_end(source, 7, all, err) : status;
}

static void must_prepare(const pg_prepare_options *options, pg_records *all)
{
    pg_error err;
    if (prepare(options, all, &err) == PG_OK) return;
    diag("%s", err.message);
    bail_out("cannot prepare");
}

/* The pixel (0, 0) of example i of the file. */
static uint8_t first_pixel(int i)
{
    return value_at(i, 0, 0, 0);
}

static size_t with_label(const pg_records *all, int32_t label)
{
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        count += all->label[i] == label;
    return count;
}

static void test_selection(void)
{
    pg_records all;
    const int32_t two[] = {2, 0};
    must_prepare(&(pg_prepare_options){.classes = two, .class_count = 2}, &all);
    is_int((intmax_t)all.count, 667, "classes 0 and 2 of three");
    is_int((intmax_t)with_label(&all, 1), 0, "have none of the other");
    ok(all.image[4 * SIDE * SIDE] == first_pixel(6), "and are in order");
    pg_records_free(&all);

    size_t total = 0;
    bool right = true;
    for (uint64_t part = 1; part <= 3; part++) {
        must_prepare(&(pg_prepare_options){.part = part, .parts = 3}, &all);
        total += all.count;
        for (size_t i = 0; i < all.count; i++)
            right &= all.image[i * SIDE * SIDE] == first_pixel((int)(3 * i + part - 1));
        pg_records_free(&all);
    }
    is_int((intmax_t)total, COUNT, "three parts have all");
    ok(right, "each its own");

    must_prepare(&(pg_prepare_options){.part = 2, .parts = 3, .has_limit = true, .limit = 10},
                 &all);
    is_int((intmax_t)all.count, 10, "a limit holds after the split");
    pg_records_free(&all);
    must_prepare(&(pg_prepare_options){.has_limit = true}, &all);
    is_int((intmax_t)all.count, 0, "a limit of none");
    pg_records_free(&all);
}

static void test_shuffle(void)
{
    pg_records all, again, other;
    bool present[COUNT] = {false}, moved = false, right = true;
    must_prepare(&(pg_prepare_options){.shuffle = true, .seed = 1}, &all);
    must_prepare(&(pg_prepare_options){.shuffle = true, .seed = 1}, &again);
    must_prepare(&(pg_prepare_options){.shuffle = true, .seed = 2}, &other);
    is_int((intmax_t)all.count, COUNT, "shuffled, there are as many");
    size_t size = all.count * SIDE * SIDE;
    ok(memcmp(all.image, again.image, size) == 0, "the same seed, the same order");
    ok(memcmp(all.image, other.image, size) != 0, "another seed, another order");
    for (int i = 0; i < COUNT; i++) {
        int from = -1; /* the first unclaimed example that this could be */
        for (int k = 0; k < COUNT && from < 0; k++) {
            uint8_t pixels[SIDE * SIDE];
            for (int p = 0; p < SIDE * SIDE; p++)
                pixels[p] = value_at(k, p / SIDE, p % SIDE, 0);
            if (!present[k] && all.label[i] == k % CLASSES &&
                memcmp(pixels, all.image + i * SIDE * SIDE, sizeof pixels) == 0)
                from = k;
        }
        right &= from >= 0;
        moved |= from != i;
        if (from >= 0) present[from] = true;
    }
    ok(right, "each example is there once, with its label");
    ok(moved, "and not where it was");
    pg_records_free(&all);
    pg_records_free(&again);
    pg_records_free(&other);
}

static void test_keep_labels(void)
{
    pg_records all, other;
    pg_error err;
    must_prepare(&(pg_prepare_options){.keep_labels = 31, .seed = 1}, &all);
    is_int((intmax_t)all.count, COUNT, "all examples stay");
    ok(with_label(&all, 0) == 11 && with_label(&all, 1) == 10 && with_label(&all, 2) == 10,
       "31 labels are 11, 10, 10");
    int wrong = 0;
    for (int i = 0; i < COUNT; i++)
        wrong += all.label[i] >= 0 && all.label[i] != i % CLASSES;
    is_int(wrong, 0, "those kept are the right ones");
    must_prepare(&(pg_prepare_options){.keep_labels = 31, .seed = 2}, &other);
    ok(memcmp(all.label, other.label, COUNT * sizeof *all.label) != 0,
       "another seed, other labels");
    pg_records_free(&all);
    pg_records_free(&other);
    is_int(prepare(&(pg_prepare_options){.keep_labels = COUNT + 1}, &all, &err), PG_ERR_ARGUMENT,
           "more than there are: %s", err.message);

    must_prepare(
        &(pg_prepare_options){.shuffle = true, .keep_labels = 30, .has_limit = true, .limit = 100},
        &all);
    ok(all.count == 100 && with_label(&all, PG_LABEL_NONE) == 70,
       "of 100 shuffled ones, 30 labels");
    pg_records_free(&all);

    /* Each example is as likely as any other: 200 seeds, 30 of 1000 labels each. */
    size_t first_half = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        must_prepare(&(pg_prepare_options){.keep_labels = 30, .seed = seed}, &all);
        for (int i = 0; i < COUNT / 2; i++)
            first_half += all.label[i] >= 0;
        pg_records_free(&all);
    }
    is_close((double)first_half, 3000, 5 * 39, "half of the labels are in the first half");
}

static void test_levels(void)
{
    pg_records all;
    bool right = true;
    must_prepare(&(pg_prepare_options){.invert = true}, &all);
    for (int i = 0; i < COUNT; i++)
        right &= all.image[i * SIDE * SIDE] == 255 - first_pixel(i);
    ok(right, "inverted");
    pg_records_free(&all);
    must_prepare(&(pg_prepare_options){.invert = true, .binarize = PG_BINARIZE_THRESHOLD}, &all);
    for (int i = 0; i < COUNT; i++)
        right &= all.image[i * SIDE * SIDE] == (255 - first_pixel(i) >= 128 ? 255 : 0);
    ok(right, "binarized at 128 after that");
    pg_records_free(&all);

    double expected = 0, white = 0, variance = 0;
    int grey = 0;
    must_prepare(&(pg_prepare_options){.binarize = PG_BINARIZE_SAMPLE, .seed = 3}, &all);
    for (int i = 0; i < COUNT * SIDE * SIDE; i++) {
        double p = value_at(i / 4, i / 2 % 2, i % 2, 0) / 255.0;
        expected += p;
        variance += p * (1 - p);
        white += all.image[i] == 255;
        grey += all.image[i] != 0 && all.image[i] != 255;
        if (p == 0 || p == 1) right &= all.image[i] == 255 * p;
    }
    is_int(grey, 0, "sampled ones are black or white");
    is_close(white, expected, 5 * sqrt(variance), "as often as they should be");
    ok(right, "black and white themselves stay");
    pg_records_free(&all);
}

static void test_counts(void)
{
    pg_class_counts counts = {0};
    int32_t many[100];
    for (int i = 0; i < 100; i++)
        many[i] = (i * 37) % 50 - 1;
    is_int(pg_class_counts_add(&counts, many, 100, NULL), PG_OK, "count 100 labels");
    is_int((intmax_t)counts.size, 50, "of 50 kinds");
    ok(counts.labels[0] == -1 && counts.labels[49] == 48, "sorted");
    ok(pg_class_counts_of(&counts, 7) == 2 && pg_class_counts_of(&counts, 99) == 0, "two of each");
    pg_class_counts_free(&counts);
}

int main(void)
{
    write_examples();
    test_selection();
    test_shuffle();
    test_keep_labels();
    test_levels();
    test_counts();
    return done_testing();
}
