#include <config.h>

#include "dataset/entries.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dataset/datafile.h"

/* ---- Names ---- */

void pg_names_free(pg_names *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    memset(list, 0, sizeof *list);
}

bool pg_names_add(pg_names *list, const char *name)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        char **names = reallocarray(list->names, room, sizeof *names);
        if (!names) return false;
        list->names = names;
        list->room = room;
    }
    char *copy = strdup(name);
    if (copy) list->names[list->count++] = copy;
    return copy != NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void pg_names_sort(pg_names *list)
{
    if (list->count) qsort(list->names, list->count, sizeof *list->names, compare_names);
}

char *pg_path_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    bool ended = *folder && folder[strlen(folder) - 1] == '/';
    if (path) snprintf(path, size, "%s%s%s", folder, ended ? "" : "/", name);
    return path;
}

/* ---- Entries ---- */

static bool add_other(pg_names *others, const char *path, mode_t mode)
{
    char *sentence;
    if (asprintf(&sentence, "%s: passed over, it is %s", path, pg_file_kind(mode)) < 0)
        return false;
    bool added = pg_names_add(others, sentence);
    free(sentence);
    return added;
}

/* An entry that somebody removed since it was listed is none. */
static pg_status add_entry(pg_entries *entries, pg_names *broken, const char *path,
                           const char *name, pg_error *err)
{
    pg_error why;
    struct stat info;
    bool added;
    if (lstat(path, &info) != 0 && errno == ENOENT) return PG_OK;
    pg_status status = pg_path_look(path, &info, broken ? &why : err);
    if (status != PG_OK && !broken) return status;
    if (status != PG_OK)
        added = pg_names_add(broken, why.message);
    else if (S_ISDIR(info.st_mode))
        added = pg_names_add(&entries->folders, name);
    else if (S_ISREG(info.st_mode))
        added = pg_names_add(&entries->files, name);
    else
        added = add_other(&entries->others, path, info.st_mode);
    return added ? PG_OK : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
}

/* Many file systems tell what an entry is, which saves a look at each. */
static pg_status add_file(pg_entries *entries, const char *path, const char *name, pg_error *err)
{
    if (pg_names_add(&entries->files, name)) return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
}

/* Hidden files are of no interest, a hidden folder may be a class that somebody misses. */
static pg_status add_hidden(pg_entries *entries, const char *path, const char *name, pg_error *err)
{
    struct stat info;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || stat(path, &info) != 0 ||
        !S_ISDIR(info.st_mode) || pg_names_add(&entries->hidden, name))
        return PG_OK;
    return pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
}

static pg_status add_all(pg_entries *entries, pg_names *broken, DIR *dir, const char *folder,
                         pg_error *err)
{
    struct dirent *entry;
    while (errno = 0, (entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        char *path = pg_path_join(folder, name);
        pg_status status = !path ? pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", folder)
                           : name[0] == '.'          ? add_hidden(entries, path, name, err)
                           : entry->d_type == DT_REG ? add_file(entries, path, name, err)
                                                     : add_entry(entries, broken, path, name, err);
        free(path);
        if (status != PG_OK) return status;
    }
    return errno ? pg_fail_errno(err, errno, "%s: cannot list", folder) : PG_OK;
}

pg_status pg_entries_list(const char *path, pg_entries *entries, pg_names *broken, pg_error *err)
{
    memset(entries, 0, sizeof *entries);
    DIR *dir = opendir(path);
    if (!dir) return pg_fail_errno(err, errno, "%s: cannot list", path);
    pg_status status = add_all(entries, broken, dir, path, err);
    closedir(dir);
    if (status != PG_OK) {
        pg_entries_free(entries);
        return status;
    }
    pg_names_sort(&entries->folders);
    pg_names_sort(&entries->files);
    pg_names_sort(&entries->others);
    pg_names_sort(&entries->hidden);
    return PG_OK;
}

void pg_entries_free(pg_entries *entries)
{
    pg_names_free(&entries->folders);
    pg_names_free(&entries->files);
    pg_names_free(&entries->others);
    pg_names_free(&entries->hidden);
}
