/* Writes small data sets of every format below a folder: good-*, bad-*, and the
 * class folders good-classes and good-names. */
#include "tests/dataset/fixtures.h"

#include <sys/stat.h>

static bytes file;
static const char *folder;

static void save(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_bytes(path, &file, file.size);
}

static void save_with_gzip(const char *name)
{
    char packed[256];
    snprintf(packed, sizeof packed, "%s.gz", name);
    save(name);
    gzip_bytes(&file);
    save(packed);
}

static void make_folder(const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    mkdir(path, 0777);
}

/* Example i goes to the class of its label; its name sorts in that order. */
static void save_classes(const char *name, const char *const classes[CLASSES], int count)
{
    char path[256];
    make_folder(name);
    for (int i = 0; i < CLASSES; i++) {
        snprintf(path, sizeof path, "%s/%s", name, classes[i]);
        make_folder(path);
    }
    for (int i = 0; i < count; i++) {
        file.size = 0;
        put_png(&file, i, 4, 3, 1);
        snprintf(path, sizeof path, "%s/%s/%03d.png", name, classes[i % CLASSES], i);
        save(path);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) return 2;
    folder = argv[1];
    make_idx_images(&file, 12, 4, 3, 1);
    save_with_gzip("good-images.idx");
    make_idx_images(&file, 12, 4, 3, 3);
    save("good-rgb.idx");
    make_idx_labels(&file, 12);
    save_with_gzip("good-labels.idx");
    make_text_labels(&file, 12);
    save("good-labels.txt");
    make_text_labels(&file, 24);
    save("good-labels-24.txt");
    make_text_labels(&file, 11);
    save("bad-labels-11.txt");
    make_pgms(&file, 12, 4, 3);
    save_with_gzip("good-stream.pgm");
    make_pngs(&file, 1, 4, 3, 3);
    save("good-rgb.png");
    make_pngs(&file, 1, 6, 6, 1);
    save("good-large.png");
    make_pngs(&file, 1, 2, 5000, 1);
    save("good-wide.png");
    make_pngs(&file, 1, 1, 40000, 1);
    save("bad-wide.png");
    make_npy(&file, 12, 4, 3);
    save_with_gzip("good-array.npy");
    make_cifar(&file, 4, 1);
    save_with_gzip("good-cifar.bin");
    make_norb_images(&file, 12, 4, 3);
    save_with_gzip("good-toys-dat.mat");
    make_norb_numbers(&file, 12, 0);
    save("good-toys-cat.mat");
    make_norb_numbers(&file, 12, 4);
    save("good-toys-info.mat");
    make_matlab(&file, 12, 4, 3, 1);
    save_with_gzip("good-digits.mat");
    save_classes("good-classes", (const char *const[]){"5", "7", "11"}, 12);
    save_classes("good-names", (const char *const[]){"ant", "bee", "cow"}, 12);
    return 0;
}
