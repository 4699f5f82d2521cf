/* Pictures whose paths are in a list, and pictures that are given by their paths. */
#include <config.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/filetype.h"
#include "dataset/files.h"

typedef struct path_list {
    pg_file_list files;
    pg_names labels; /* of each file, "" for none */
    bool has_labels;
    size_t folders; /* among the paths */
    char *folder;   /* the first of them */
} path_list;

static pg_status no_memory(pg_error *err)
{
    return pg_fail(err, PG_ERR_MEMORY, "list of paths: out of memory");
}

/* ---- Text ---- */

static pg_status read_all(pg_datafile *input, char **text, size_t *size, pg_error *err)
{
    size_t room = 1 << 16, got;
    *size = 0;
    *text = malloc(room + 1);
    for (;;) {
        if (!*text)
            return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", pg_datafile_name(input));
        pg_status status = pg_datafile_read(input, *text + *size, room - *size, &got, err);
        if (status != PG_OK) return status;
        *size += got;
        if (*size < room) break;
        char *larger = realloc(*text, 2 * room + 1);
        if (!larger) free(*text);
        *text = larger;
        room *= 2;
    }
    (*text)[*size] = 0;
    return PG_OK;
}

static pg_status refuse_binary(pg_datafile *input, pg_error *err)
{
    const uint8_t *bytes;
    size_t available;
    pg_status status = pg_datafile_peek(input, PG_FILETYPE_BYTES, &bytes, &available, err);
    if (status != PG_OK) return status;
    const char *kind = pg_filetype_name(bytes, available);
    if (!kind || !memchr(bytes, 0, available)) return PG_OK;
    return pg_fail(err, PG_ERR_FORMAT,
                   "%s: %s, not a list of paths; without --list it is read itself",
                   pg_datafile_name(input), kind);
}

/* ---- Paths ---- */

static bool exists(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0;
}

/* Cuts the label off, unless the tab is part of a name that is there. */
static const char *split_label(path_list *l, char *path)
{
    char *tab = strrchr(path, '\t');
    if (!tab || exists(path)) return "";
    *tab = 0;
    l->has_labels = true;
    return strcmp(tab + 1, "-1") == 0 ? "" : tab + 1;
}

/* find(1) prints folders, too. */
static bool is_other(path_list *l, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0 || S_ISREG(info.st_mode)) return false;
    if (S_ISDIR(info.st_mode)) {
        if (!l->folders++) l->folder = strdup(path);
    } else {
        pg_remarks_add(&l->files.remarks, true, "%s: passed over, it is %s", path,
                       pg_file_kind(info.st_mode));
    }
    return true;
}

static pg_status add_path(path_list *l, char *path, bool is_line, pg_error *err)
{
    size_t length = strlen(path);
    if (is_line && length && path[length - 1] == '\r' && !exists(path)) path[length - 1] = 0;
    const char *label = split_label(l, path);
    if (!*path || is_other(l, path)) return PG_OK;
    return pg_file_list_add(&l->files, path, -1) && pg_names_add(&l->labels, label)
               ? PG_OK
               : no_memory(err);
}

static pg_status take_paths(path_list *l, char *text, size_t size, bool ended_by_zeros,
                            pg_error *err)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    char *end = text + size, *next;
    if (memchr(text, 0, size)) ended_by_zeros = true;
    if (strncmp(text, byte_order_mark, 3) == 0) text += 3;
    for (; text < end; text = next) {
        char *stop = memchr(text, ended_by_zeros ? 0 : '\n', (size_t)(end - text));
        if (!stop) stop = end;
        *stop = 0;
        next = stop + 1;
        pg_status status = add_path(l, text, !ended_by_zeros, err);
        if (status != PG_OK) return status;
    }
    return PG_OK;
}

/* ---- Classes ---- */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The labels become classes, each once and in the order of their bytes, as folders would be. */
static pg_status find_classes(path_list *l, pg_error *err)
{
    pg_names sorted = {0}, *classes = &l->files.classes;
    bool good = true;
    for (size_t i = 0; good && i < l->labels.count; i++)
        if (*l->labels.names[i]) good = pg_names_add(&sorted, l->labels.names[i]);
    pg_names_sort(&sorted);
    for (size_t i = 0; good && i < sorted.count; i++)
        if (i == 0 || strcmp(sorted.names[i], sorted.names[i - 1]) != 0)
            good = pg_names_add(classes, sorted.names[i]);
    pg_names_free(&sorted);
    for (size_t i = 0; good && i < l->labels.count; i++) {
        char **found = classes->count ? bsearch(&l->labels.names[i], classes->names, classes->count,
                                                sizeof *classes->names, compare_texts)
                                      : NULL;
        l->files.entries[i].class = found ? (int32_t)(found - classes->names) : -1;
    }
    return good ? PG_OK : no_memory(err);
}

/* ---- The source ---- */

static pg_status read_list(path_list *l, const char *path, bool ended_by_zeros,
                           const pg_source_options *options, pg_error *err)
{
    pg_datafile *input;
    char *text = NULL;
    size_t size;
    pg_status status = pg_datafile_open(path, &input, err);
    if (status != PG_OK) return status;
    l->files.where = strdup(pg_datafile_name(input));
    status = l->files.where ? refuse_binary(input, err) : no_memory(err);
    if (status == PG_OK) status = read_all(input, &text, &size, err);
    if (status == PG_OK) status = take_paths(l, text, size, ended_by_zeros, err);
    free(text);
    pg_datafile_close(input);
    if (status == PG_OK && l->has_labels) status = find_classes(l, err);
    if (status == PG_OK) status = pg_file_list_number(&l->files, options, err);
    if (l->folders)
        pg_remarks_add(&l->files.remarks, true, "%zu folder%s in the list %s passed over: %s%s",
                       l->folders, l->folders == 1 ? "" : "s", l->folders == 1 ? "was" : "were",
                       l->folder ? l->folder : "", l->folders > 1 ? ", ..." : "");
    if (status == PG_OK && !l->files.count)
        status = pg_fail(err, PG_ERR_FORMAT, "%s: names no file; a list has a path in each line",
                         l->files.where);
    return status;
}

pg_status pg_source_open_list(const char *list, bool ended_by_zeros,
                              const pg_source_options *options, pg_source **source, pg_error *err)
{
    static const pg_source_options none;
    path_list l = {.has_labels = false};
    if (!options) options = &none;
    *source = NULL;
    pg_status status = read_list(&l, list, ended_by_zeros, options, err);
    pg_names_free(&l.labels);
    free(l.folder);
    if (status != PG_OK) {
        pg_file_list_free(&l.files);
        return status;
    }
    status = pg_files_source(&l.files, options, source, err);
    if (status == PG_OK && options->labels)
        status = pg_labelled_source(*source, options->labels, "the list", source, err);
    return status;
}

/* ---- Given by their paths ---- */

bool pg_paths_are_pictures(const char *const *paths, size_t count, bool skip_broken)
{
    size_t pictures = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        if (strcmp(paths[i], "-") == 0) return false;
        bool there = stat(paths[i], &info) == 0;
        if (there && !S_ISREG(info.st_mode)) return false;
        bool is_picture = there && pg_picture_file(paths[i]);
        if (!is_picture && !skip_broken) return false;
        pictures += is_picture;
    }
    return pictures > 0;
}

pg_status pg_paths_source(const char *const *paths, size_t count, const pg_source_options *options,
                          pg_source **source, pg_error *err)
{
    pg_file_list list = {.where = strdup("the files given")};
    bool good = list.where != NULL;
    *source = NULL;
    for (size_t i = 0; good && i < count; i++)
        good = pg_file_list_add(&list, paths[i], -1);
    if (good) return pg_files_source(&list, options, source, err);
    pg_file_list_free(&list);
    return pg_fail(err, PG_ERR_MEMORY, "data set: out of memory");
}
