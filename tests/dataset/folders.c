/* Folders: what is opened in them, and how their classes are numbered. */
#include <config.h>

#include <fcntl.h>
#include <ftw.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "pixelgan/dataset.h"
#include "tests/dataset/fixtures.h"
#include "tests/dataset/read.h"
#include "tests/tap.h"

static bytes file;

/* ---- Folders to read ---- */

/* "ROOT/NAME", in static storage: of the last four calls. */
static const char *below(const char *root, const char *name)
{
    static char *paths[4];
    static int next;
    char **path = &paths[next++ % 4];
    free(*path);
    if (asprintf(path, "%s/%s", root, name) < 0) bail_out("out of memory");
    return *path;
}

static void make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0) bail_out("cannot make a folder");
}

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

static const char *all_roots;

static void remove_roots(void)
{
    nftw(all_roots, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* A new folder, below one that goes away with this test. */
static char *make_root(const char *name)
{
    static int number;
    char *path;
    if (!all_roots) {
        all_roots = strdup(temporary_path("roots"));
        make_folder(all_roots);
        atexit(remove_roots);
    }
    if (asprintf(&path, "%s/%d-%s", all_roots, number++, name) < 0) bail_out("out of memory");
    make_folder(path);
    return path;
}

static void add_picture(const char *folder, const char *name)
{
    make_pgms(&file, 1, 2, 2);
    write_bytes(below(folder, name), &file, file.size);
}

/* A class folder of one picture, or empty. */
static void add_class(const char *root, const char *name, bool has_picture)
{
    char *class = strdup(below(root, name));
    make_folder(class);
    if (has_picture) add_picture(class, "0.pgm");
    free(class);
}

/* Class folders of one picture each; the names end with NULL. */
static char *make_classes(const char *name, const char *const *classes)
{
    char *root = make_root(name);
    for (; *classes; classes++)
        add_class(root, *classes, true);
    return root;
}

#define CLASSES_OF(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- Reading ---- */

/* Reads all; the labels, remarks and classes as text: "0 1 2|warning: ...|0=ant 1=bee". */
static pg_status describe(const char *const *paths, size_t count, const pg_class_names *classes,
                          char *text, size_t size, pg_error *err)
{
    pg_source *source;
    pg_records chunk;
    pg_source_options options = {.classes = classes};
    FILE *out = fmemopen(text, size, "w");
    pg_status status = pg_source_open_many(paths, count, NULL, 0, &options, &source, err);
    if (status == PG_OK) {
        if (pg_records_init(&chunk, pg_source_schema(source), 3, err) != PG_OK)
            bail_out("out of memory");
        do {
            status = pg_source_next(source, &chunk, err);
            for (size_t i = 0; status == PG_OK && chunk.label && i < chunk.count; i++)
                fprintf(out, "%d ", (int)chunk.label[i]);
        } while (status == PG_OK && chunk.count);
        const pg_remark *remark;
        for (size_t i = 0; (remark = pg_source_remark(source, i)) != NULL; i++)
            fprintf(out, "|%s%s", remark->is_warning ? "warning: " : "", remark->text);
        const pg_class_names *names = pg_source_class_names(source);
        for (size_t i = 0; names && i < names->size; i++)
            fprintf(out, "%s%d=%s", i ? " " : "|", (int)names->list[i].label, names->list[i].name);
        pg_records_free(&chunk);
        pg_source_close(source);
    }
    fclose(out);
    return status;
}

static void reads_as(const char *root, const pg_class_names *classes, const char *expected,
                     const char *name)
{
    char text[8192] = "";
    pg_error err = {.message = ""};
    if (ok(describe(&root, 1, classes, text, sizeof text, &err) == PG_OK, "%s is read %s", name,
           err.message))
        is_string(text, expected, "%s: labels and names", name);
}

static void refuses(const char *const *paths, size_t count, const pg_class_names *classes,
                    const char *word, const char *name)
{
    char text[8192] = "";
    pg_error err = {.message = ""};
    ok(describe(paths, count, classes, text, sizeof text, &err) != PG_OK, "%s is refused: %s", name,
       err.message);
    ok(strstr(err.message, word) != NULL, "which names %s", word);
    ok(!strchr(err.message, '\n'), "in one line");
}

/* ---- What is no regular file ---- */

static void add_socket(const char *folder, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), here = open(".", O_RDONLY);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
    if (fd < 0 || here < 0 || chdir(folder) != 0 ||
        bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || fchdir(here) != 0)
        bail_out("no socket");
    close(here);
    close(fd);
}

static void test_special_files(void)
{
    char *root = make_classes("special", CLASSES_OF("ant", "bee")), expected[8192];
    if (mkfifo(below(root, "ant/0.fifo"), 0666) != 0 || mkfifo(below(root, "top"), 0666) != 0 ||
        symlink("/dev/zero", below(root, "bee/zero.pgm")) != 0 ||
        symlink("../ant/0.fifo", below(root, "bee/link.pgm")) != 0 ||
        symlink("../ant/0.pgm", below(root, "bee/picture.pgm")) != 0)
        bail_out("cannot make special files");
    add_socket(below(root, "ant"), "socket");
    snprintf(expected, sizeof expected,
             "0 1 1 |warning: %s/top: passed over, it is a FIFO"
             "|warning: %s/ant/0.fifo: passed over, it is a FIFO"
             "|warning: %s/ant/socket: passed over, it is a socket"
             "|warning: %s/bee/link.pgm: passed over, it is a FIFO"
             "|warning: %s/bee/zero.pgm: passed over, it is a device|0=ant 1=bee",
             root, root, root, root, root);
    reads_as(root, NULL, expected, "a folder with FIFOs, a socket and a device");

    if (symlink("nothing", below(root, "bee/gone.pgm")) != 0) bail_out("no link");
    refuses((const char *const *)&root, 1, NULL, "bee/gone.pgm", "a link to nothing");
    unlink(below(root, "bee/gone.pgm"));
    if (symlink("round", below(root, "round")) != 0) bail_out("no link");
    refuses((const char *const *)&root, 1, NULL, "round", "a link to itself");
    unlink(below(root, "round"));
    if (symlink("no class", below(root, "cow")) != 0) bail_out("no link");
    refuses((const char *const *)&root, 1, NULL, "cow", "a class folder that is a link to nothing");
    free(root);
}

/* Many are counted, the first few named. */
static void test_many_special_files(void)
{
    char *root = make_classes("many", CLASSES_OF("ant")), name[32], text[8192];
    pg_error err;
    for (int i = 0; i < 25; i++) {
        snprintf(name, sizeof name, "ant/%02d", i);
        if (mkfifo(below(root, name), 0666) != 0) bail_out("no FIFO");
    }
    ok(describe((const char *const *)&root, 1, NULL, text, sizeof text, &err) == PG_OK, "25 FIFOs");
    ok(strstr(text, "ant/09: passed") && !strstr(text, "ant/10: passed") &&
           strstr(text, "and 15 more"),
       "ten are named, 15 counted: %s", text);
    free(root);
}

static void test_only_fifo(void)
{
    char *root = make_root("only");
    if (mkfifo(below(root, "pipe.png"), 0666) != 0) bail_out("no FIFO");
    refuses((const char *const *)&root, 1, NULL, "pipe.png", "a folder of nothing but a FIFO");
    free(root);
}

/* The files of a NORB matrix are looked for by name. */
static void test_norb(void)
{
    char *root = make_root("norb");
    const char *dat = strdup(below(root, "toys-dat.mat"));
    make_norb_images(&file, 3, 4, 5);
    write_bytes(dat, &file, file.size);
    if (mkfifo(below(root, "toys-cat.mat"), 0666) != 0) bail_out("no FIFO");
    refuses(&dat, 1, NULL, "toys-cat.mat: is a FIFO", "a FIFO as -cat");
    unlink(below(root, "toys-cat.mat"));
    if (symlink("gone", below(root, "toys-cat.mat.gz")) != 0) bail_out("no link");
    refuses(&dat, 1, NULL, "toys-cat.mat.gz", "a link to nothing as -cat");
    unlink(below(root, "toys-cat.mat.gz"));
    make_norb_numbers(&file, 3, 0);
    write_bytes(below(root, "labels"), &file, file.size);
    if (symlink("labels", below(root, "toys-cat.mat")) != 0) bail_out("no link");
    reads_as(dat, NULL, "0 1 2 ", "a link to labels as -cat");

    pg_source *source;
    pg_error err = {.message = ""};
    pg_source_options options = {.info = true};
    if (mkfifo(below(root, "toys-info.mat"), 0666) != 0) bail_out("no FIFO");
    ok(pg_source_open(dat, &options, &source, &err) != PG_OK, "a FIFO as -info: %s", err.message);
    free((char *)dat);
    free(root);
}

/* ---- Numbers ---- */

static void numbers_as(const char *const *classes, const char *expected, const char *name)
{
    char *root = make_classes("numbers", classes);
    reads_as(root, NULL, expected, name);
    free(root);
}

static void numbers_refused(const char *const *classes, const char *word, const char *name)
{
    char *root = make_classes("refused", classes);
    refuses((const char *const *)&root, 1, NULL, word, name);
    free(root);
}

static void test_numbering(void)
{
    numbers_as(CLASSES_OF("ant", "bee"), "0 1 |0=ant 1=bee", "names");
    numbers_as(CLASSES_OF("10", "2", "0"), "0 10 2 |0=0 2=2 10=10", "numbers");
    numbers_as(CLASSES_OF("007", "08"), "7 8 |7=007 8=08", "leading zeros");
    numbers_as(CLASSES_OF("0", "2147483647"), "0 2147483647 |0=0 2147483647=2147483647",
               "the largest label");
    numbers_as(CLASSES_OF("0", "1", "A", "a-1"), "0 1 2 3 |0=0 1=1 2=A 3=a-1",
               "numbers that keep their own place");
    numbers_refused(CLASSES_OF("01", "1"), "'01' and '1'", "one number written in two ways");
    numbers_refused(CLASSES_OF("0", "1", "2", "10", "unknown"), "'unknown'",
                    "a word among numbers");
    numbers_refused(CLASSES_OF("300", "alien"), "'300'", "a number among words");
    numbers_refused(CLASSES_OF("-1", "+1"), "'+1'", "signs");
    numbers_refused(CLASSES_OF("0", "-1"), "'-1'", "a sign");
    numbers_refused(CLASSES_OF("1 ", "1"), "'1'", "a blank");
    numbers_refused(CLASSES_OF("0", "2147483648"), "'2147483648'", "beyond a label");
    numbers_refused(CLASSES_OF("99999999999999999999999999", "a"), "'9999999", "far beyond");
    numbers_refused(CLASSES_OF("00000000000000000000001", "1"), "label 1", "many zeros");
}

static void test_odd_names(void)
{
    char *root = make_classes("odd", CLASSES_OF("Cat", "cat", "new\nline", "\xff\xfe", ".git")),
         text[8192];
    pg_error err;
    ok(describe((const char *const *)&root, 1, NULL, text, sizeof text, &err) == PG_OK,
       "odd names are read");
    ok(strncmp(text, "0 1 2 3 |", 9) == 0, "in the order of their bytes");
    ok(strstr(text, "'Cat' and 'cat'") != NULL, "case is remarked on");
    ok(strstr(text, "'.git'") != NULL, "a hidden folder is told");
    ok(strstr(text, "2=new\nline") != NULL, "names are as they are");
    free(root);
}

/* An empty class keeps its number, and somebody is told. */
static void test_empty_class(void)
{
    char *root = make_classes("empty", CLASSES_OF("ant", "cat")), expected[8192];
    add_class(root, "bee", false);
    snprintf(expected, sizeof expected,
             "0 2 |warning: %s/bee: has no picture, so none has its label 1|0=ant 1=bee 2=cat",
             root);
    reads_as(root, NULL, expected, "an empty class");
    free(root);
}

static void test_many_classes(void)
{
    enum { COUNT = 300 };
    char *root = make_root("classes"), name[32];
    pg_records all;
    pg_source *source;
    pg_error err;
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "n%05d", 7 * i);
        add_class(root, name, true);
    }
    if (pg_source_open(root, NULL, &source, &err) != PG_OK ||
        read_to_end(source, 7, &all, &err) != PG_OK)
        bail_out("cannot read");
    int wrong = all.count != COUNT;
    for (int i = 0; i < (int)all.count; i++)
        wrong += all.label[i] != i;
    is_int(wrong, 0, "300 classes have 300 labels");
    pg_records_free(&all);
    free(root);
}

/* ---- Numbers from elsewhere ---- */

static void test_several_folders(void)
{
    char *abc = make_classes("abc", CLASSES_OF("ant", "bee", "cat"));
    char *ac = make_classes("ac", CLASSES_OF("ant", "cat"));
    char *numbers = make_classes("some", CLASSES_OF("3", "4"));
    char *more = make_classes("more", CLASSES_OF("04", "5"));
    char text[8192];
    pg_error err = {.message = ""};
    ok(describe((const char *const[]){abc, ac}, 2, NULL, text, sizeof text, &err) == PG_OK,
       "two folders %s", err.message);
    is_string(text, "0 1 2 0 2 |0=ant 1=bee 2=cat", "the second is numbered as the first");
    refuses((const char *const[]){ac, abc}, 2, NULL, "'bee'", "a class that the first lacks");
    ok(describe((const char *const[]){numbers, more}, 2, NULL, text, sizeof text, &err) == PG_OK,
       "numbers after numbers %s", err.message);
    is_string(text, "3 4 4 5 |3=3 4=4 5=5", "are what they say");
    refuses((const char *const[]){numbers, ac}, 2, NULL, "no numbers", "names after numbers");
    refuses((const char *const[]){ac, numbers}, 2, NULL, "'3'", "numbers after names");
    free(abc);
    free(ac);
    free(numbers);
    free(more);
}

static void write_text(const char *path, const char *text)
{
    file.size = 0;
    put_text(&file, text);
    write_bytes(path, &file, file.size);
}

static void class_file_refused(const char *text, const char *word)
{
    pg_class_names classes;
    pg_error err = {.message = ""};
    static const char *path;
    if (!path) path = temporary_path("bad-classes");
    write_text(path, text);
    ok(pg_class_names_read(&classes, path, &err) != PG_OK, "refused: %s", err.message);
    ok(strstr(err.message, word) && strstr(err.message, path), "which says %s", word);
}

static void test_class_files(void)
{
    class_file_refused("", "empty");
    class_file_refused("ant\n\nbee\n", "line 2");
    class_file_refused("0\tant\nbee\n", "line 2");
    class_file_refused("ant\n1\tbee\n", "line 2");
    class_file_refused("0\tant\nx\tbee\n", "line 2");
    class_file_refused("-2\tant\n", "line 1");
    class_file_refused("2147483648\tant\n", "line 1");
    class_file_refused("0\t\n", "line 1");
    class_file_refused("0\tant\n0\tbee\n", "'ant' and 'bee'");
    class_file_refused("0\tant\n1\tant\n", "'ant'");
    class_file_refused("ant\nant\n", "'ant'");
    class_file_refused("a\\nt\nb\\ee\n", "line 2");
    class_file_refused("10\nunknown\n", "'10'");
    class_file_refused("\x93NUMPY\x01", "no class names");
}

static void expect_classes(const char *path, const char *expected, const char *name)
{
    pg_class_names classes;
    pg_error err = {.message = ""};
    char text[1024] = "";
    if (!ok(pg_class_names_read(&classes, path, &err) == PG_OK, "%s is read %s", name, err.message))
        return;
    for (size_t i = 0; i < classes.size; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d=%s ",
                 (int)classes.list[i].label, classes.list[i].name);
    is_string(text, expected, "%s: its classes", name);
    pg_class_names_free(&classes);
}

static void test_classes_from(void)
{
    char *abc = make_classes("from", CLASSES_OF("ant", "bee", "cat"));
    char *ac = make_classes("to", CLASSES_OF("ant", "cat"));
    char *mixed = make_classes("mixed", CLASSES_OF("0", "10", "2", "unknown"));
    const char *path = temporary_path("names");
    pg_class_names classes;
    pg_error err;
    expect_classes(abc, "0=ant 1=bee 2=cat ", "a folder");
    write_text(path, "cat\nant\r\nbee");
    expect_classes(path, "0=cat 1=ant 2=bee ", "a list of names");
    write_text(path, "\xef\xbb\xbf"
                     "7\tcat\n-1\tant\n-1\tbee\n");
    expect_classes(path, "-1=ant -1=bee 7=cat ", "labels and names");
    gzip_bytes(&file);
    write_bytes(path, &file, file.size);
    expect_classes(path, "-1=ant -1=bee 7=cat ", "the same, compressed");

    if (pg_class_names_read(&classes, abc, &err) != PG_OK) bail_out("cannot read");
    reads_as(ac, &classes, "0 2 |0=ant 1=bee 2=cat", "a folder numbered as another");
    pg_class_names_free(&classes);
    if (pg_class_names_read(&classes, ac, &err) != PG_OK) bail_out("cannot read");
    refuses((const char *const *)&abc, 1, &classes, "'bee'", "a class that is not there");
    make_idx_images(&file, 2, 2, 2, 1);
    write_bytes(path, &file, file.size);
    refuses(&path, 1, &classes, path, "images without class folders");
    refuses((const char *const[]){ac, path}, 2, &classes, path, "also as the second");
    pg_class_names_free(&classes);
    write_text(path, "0\t0\n2\t2\n10\t10\n-1\tunknown\n");
    if (pg_class_names_read(&classes, path, &err) != PG_OK) bail_out("cannot read");
    reads_as(mixed, &classes, "0 10 2 -1 |-1=unknown 0=0 2=2 10=10", "a word that is unlabelled");
    pg_class_names_free(&classes);
    free(abc);
    free(ac);
    free(mixed);
}

/* Whatever bytes a name has, it comes back. */
static void test_written_names(void)
{
    char *root = make_classes("bytes", CLASSES_OF("a\tb", "a\nb", "a\\nb", "a\r", "\xff", " x "));
    const char *path = temporary_path("written");
    pg_class_names classes, again;
    pg_error err = {.message = ""};
    if (pg_class_names_read(&classes, root, &err) != PG_OK) bail_out("cannot read");
    ok(pg_class_names_write(&classes, path, &err) == PG_OK, "written %s", err.message);
    if (ok(pg_class_names_read(&again, path, &err) == PG_OK, "and read %s", err.message)) {
        bool same = classes.size == 6 && again.size == 6;
        for (size_t i = 0; same && i < classes.size; i++)
            same = classes.list[i].label == again.list[i].label &&
                   strcmp(classes.list[i].name, again.list[i].name) == 0;
        ok(same, "they are the same");
        pg_class_names_free(&again);
    }
    ok(pg_class_names_write(&classes, below(root, "none/file"), &err) != PG_OK, "cannot: %s",
       err.message);
    pg_class_names_free(&classes);
    free(root);
}

/* The labels of several files together are those of a file: folders are not numbered. */
static void test_labels_instead(void)
{
    char *mixed = make_classes("instead", CLASSES_OF("0", "2", "unknown"));
    char *plain = make_classes("plain", CLASSES_OF("ant"));
    const char *labels = temporary_path("instead.txt"), *paths[] = {mixed, plain};
    pg_source *source;
    pg_records all;
    pg_error err = {.message = ""};
    write_text(labels, "5\n6\n7\n8\n");
    if (ok(pg_source_open_many(paths, 2, &labels, 1, NULL, &source, &err) == PG_OK,
           "folders with other labels %s", err.message)) {
        ok(!pg_source_class_names(source), "have no class names");
        ok(read_to_end(source, 3, &all, &err) == PG_OK && all.count == 4 && all.label[0] == 5 &&
               all.label[3] == 8,
           "their labels are those of the file");
        pg_records_free(&all);
    }
    free(mixed);
    free(plain);
}

/* Two passes: remarks come once, names stay. */
static void test_rewind(void)
{
    char *one = make_classes("one", CLASSES_OF("ant", "bee")), text[64];
    char *two = make_classes("two", CLASSES_OF("bee"));
    const char *paths[] = {one, two};
    pg_source *source;
    pg_records all;
    pg_error err;
    if (mkfifo(below(one, "ant/pipe"), 0666) != 0) bail_out("no FIFO");
    if (pg_source_open_many(paths, 2, NULL, 0, NULL, &source, &err) != PG_OK ||
        pg_source_prepare(source, &(pg_prepare_options){.keep_labels = 2}, &source, &err) != PG_OK)
        bail_out("cannot open");
    if (pg_records_init(&all, pg_source_schema(source), 9, &err) != PG_OK ||
        pg_source_next(source, &all, &err) != PG_OK)
        bail_out("cannot read");
    while (all.count && pg_source_next(source, &all, &err) == PG_OK) {
    }
    int remarks = 0;
    while (pg_source_remark(source, (size_t)remarks))
        remarks++;
    is_int(remarks, 1, "read twice, there is one remark");
    const pg_class_names *names = pg_source_class_names(source);
    snprintf(text, sizeof text, "%zu %s", names ? names->size : 0,
             names ? names->list[1].name : "");
    is_string(text, "2 bee", "and the names of the classes");
    pg_records_free(&all);
    pg_source_close(source);
    free(one);
    free(two);
}

int main(void)
{
    test_special_files();
    test_many_special_files();
    test_only_fifo();
    test_norb();
    test_numbering();
    test_odd_names();
    test_empty_class();
    test_many_classes();
    test_several_folders();
    test_class_files();
    test_classes_from();
    test_written_names();
    test_labels_instead();
    test_rewind();
    return done_testing();
}
