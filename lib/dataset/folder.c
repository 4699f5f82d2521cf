/* A folder of class folders of pictures, or of pictures without classes. In each folder come
 * first its files, then its folders, in the order of their names' bytes. */
#include <config.h>

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "dataset/files.h"

enum { MOST_NAMED = 10, MOST_IN_A_LINE = 3 };

/* What was passed over: how many, the first of them, and how many images. */
typedef struct left_out {
    size_t count, images;
    pg_names names;
} left_out;

/* A folder that was read, whatever name led there. */
typedef struct place_on_disk {
    dev_t device;
    ino_t node;
} place_on_disk;

typedef struct walk {
    const pg_source_options *options;
    pg_file_list *list;
    void *seen; /* tree of places of folders */
    size_t odd; /* FIFOs and the like */
    left_out folders, beside, again;
    pg_error *err;
} walk;

/* ---- Folders that were seen ---- */

static int compare_places(const void *a, const void *b)
{
    const place_on_disk *p = a, *q = b;
    if (p->device != q->device) return p->device < q->device ? -1 : 1;
    return (p->node > q->node) - (p->node < q->node);
}

/* False where the folder was read before, so that links in a circle come to an end. */
static bool is_new(walk *w, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) return true; /* listing it tells why */
    place_on_disk *place = malloc(sizeof *place);
    if (!place) return false;
    *place = (place_on_disk){info.st_dev, info.st_ino};
    place_on_disk *const *found = tsearch(place, &w->seen, compare_places);
    bool fresh = found && *found == place;
    if (!fresh) free(place);
    return fresh;
}

/* ---- What is passed over ---- */

static void leave_out(left_out *what, const char *path, size_t images)
{
    what->images += images;
    if (what->count++ < MOST_IN_A_LINE) (void)pg_names_add(&what->names, path);
}

/* Images in a folder and the folders in it, whatever cannot be read left aside. */
static size_t count_images(walk *w, const char *folder)
{
    size_t images = 0;
    pg_entries entries;
    pg_names broken = {0};
    if (!is_new(w, folder) || pg_entries_list(folder, &entries, &broken, NULL) != PG_OK) return 0;
    for (size_t i = 0; i < entries.files.count + entries.folders.count; i++) {
        bool is_file = i < entries.files.count;
        char *path = pg_path_join(folder, is_file ? entries.files.names[i]
                                                  : entries.folders.names[i - entries.files.count]);
        if (path) images += is_file ? pg_picture_file(path) : count_images(w, path);
        free(path);
    }
    pg_entries_free(&entries);
    pg_names_free(&broken);
    return images;
}

/* ---- Remarks ---- */

/* FIFOs and the like, one remark each. */
static void remark_others(walk *w, const pg_names *others)
{
    for (size_t i = 0; i < others->count; i++)
        if (w->odd++ < MOST_NAMED) pg_remarks_add(&w->list->remarks, true, "%s", others->names[i]);
}

static void remark_hidden(walk *w, const pg_names *hidden)
{
    pg_file_list *list = w->list;
    if (hidden->count == 1)
        pg_remarks_add(&list->remarks, false, "%s: the hidden folder '%s' is no class", list->where,
                       hidden->names[0]);
    else if (hidden->count)
        pg_remarks_add(&list->remarks, false, "%s: '%s' and %zu more hidden folders are no classes",
                       list->where, hidden->names[0], hidden->count - 1);
}

static int compare_folded(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

/* Two classes "Cat" and "cat" are seldom meant. */
static void remark_alike(pg_file_list *list)
{
    size_t count = list->classes.count;
    char **sorted = pg_allocate(count, sizeof *sorted);
    if (!sorted) return;
    memcpy(sorted, list->classes.names, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_folded);
    for (size_t i = 1, named = 0; i < count && named < MOST_NAMED; i++)
        if (strcasecmp(sorted[i - 1], sorted[i]) == 0) {
            pg_remarks_add(&list->remarks, true,
                           "%s: '%s' and '%s' differ in the case of letters only, and are two "
                           "classes",
                           list->where, sorted[i - 1], sorted[i]);
            named++;
        }
    free(sorted);
}

/* "a, b, c and 7 more" */
static void name_some(const left_out *what, char *text, size_t size)
{
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; i < what->names.count && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", what->names.names[i]);
    if (what->count > MOST_IN_A_LINE && used < size)
        snprintf(text + used, size - used, " and %zu more", what->count - MOST_IN_A_LINE);
}

/* "58 folders with 735 images were passed over: ...": images are what a person counts. */
static void remark_left_out(pg_remarks *remarks, const left_out *what, const char *kind,
                            const char *kinds, const char *remedy)
{
    char names[1024], images[64] = "";
    name_some(what, names, sizeof names);
    if (!what->count) return;
    if (what->images)
        snprintf(images, sizeof images, " with %zu image%s", what->images,
                 what->images == 1 ? "" : "s");
    pg_remarks_add(remarks, true, "%zu %s%s %s passed over: %s%s", what->count,
                   what->count == 1 ? kind : kinds, images, what->count == 1 ? "was" : "were",
                   names, what->images ? remedy : "");
}

static void remark_all(walk *w)
{
    pg_remarks *remarks = &w->list->remarks;
    if (w->odd > MOST_NAMED)
        pg_remarks_add(remarks, true,
                       "and %zu more that are neither files nor folders were passed over",
                       w->odd - MOST_NAMED);
    remark_left_out(remarks, &w->beside, "file beside class folders", "files beside class folders",
                    "; --recursive reads what is beside class folders, too");
    remark_left_out(remarks, &w->folders, "folder", "folders", "; --recursive reads them");
    remark_left_out(remarks, &w->again, "link to a folder that is read anyway",
                    "links to folders that are read anyway", "");
}

/* ---- The walk ---- */

static pg_status no_memory(walk *w)
{
    return pg_fail(w->err, PG_ERR_MEMORY, "%s: out of memory", w->list->where);
}

/* What cannot be looked at is an error, or a remark where broken files are skipped. */
static pg_status list_entries(walk *w, const char *path, pg_entries *entries)
{
    pg_error why;
    pg_names broken = {0};
    if (!w->options->skip_broken) return pg_entries_list(path, entries, NULL, w->err);
    if (pg_entries_list(path, entries, &broken, &why) != PG_OK)
        pg_remarks_add(&w->list->remarks, true, "skipped: %s", why.message);
    for (size_t i = 0; i < broken.count; i++)
        pg_remarks_add(&w->list->remarks, true, "skipped: %s", broken.names[i]);
    pg_names_free(&broken);
    return PG_OK;
}

static pg_status add_files(walk *w, const char *folder, const pg_names *files, int32_t class)
{
    for (size_t i = 0; i < files->count; i++) {
        char *name = folder ? pg_path_join(folder, files->names[i]) : NULL;
        bool added =
            (!folder || name) && pg_file_list_add(w->list, folder ? name : files->names[i], class);
        free(name);
        if (!added) return no_memory(w);
    }
    return PG_OK;
}

static pg_status walk_folder(walk *w, const char *folder, int32_t class);

static pg_status walk_inner(walk *w, const char *folder, const char *name, int32_t class)
{
    pg_status status = PG_OK;
    char *inner = pg_path_join(folder, name),
         *path = inner ? pg_path_join(w->list->root, inner) : NULL;
    if (!path)
        status = no_memory(w);
    else if (!w->options->recursive)
        leave_out(&w->folders, path, count_images(w, path));
    else if (is_new(w, path))
        status = walk_folder(w, inner, class);
    else
        leave_out(&w->again, path, 0);
    free(inner);
    free(path);
    return status;
}

/* folder is below the root. */
static pg_status walk_folder(walk *w, const char *folder, int32_t class)
{
    pg_entries entries;
    char *path = pg_path_join(w->list->root, folder);
    if (!path) return no_memory(w);
    pg_status status = list_entries(w, path, &entries);
    free(path);
    if (status != PG_OK) return status;
    remark_others(w, &entries.others);
    status = add_files(w, folder, &entries.files, class);
    for (size_t i = 0; status == PG_OK && i < entries.folders.count; i++)
        status = walk_inner(w, folder, entries.folders.names[i], class);
    pg_entries_free(&entries);
    return status;
}

/* The folders are classes; files beside them have none. */
static pg_status walk_classes(walk *w, pg_entries *entries)
{
    pg_file_list *list = w->list;
    pg_status status = PG_OK;
    list->classes = entries->folders;
    entries->folders = (pg_names){0};
    remark_hidden(w, &entries->hidden);
    if (w->options->recursive) status = add_files(w, NULL, &entries->files, -1);
    for (size_t i = 0; !w->options->recursive && i < entries->files.count; i++) {
        char *path = pg_path_join(list->root, entries->files.names[i]);
        if (!path) return no_memory(w);
        leave_out(&w->beside, path, pg_picture_file(path));
        free(path);
    }
    if (status == PG_OK) status = pg_file_list_number(list, w->options, w->err);
    if (list->class_names == &list->own) remark_alike(list);
    for (size_t i = 0; i < list->classes.count; i++) {
        char *path = pg_path_join(list->root, list->classes.names[i]);
        if (path) (void)is_new(w, path); /* no link within another class leads here */
        free(path);
    }
    for (size_t i = 0; status == PG_OK && i < list->classes.count; i++)
        status = walk_folder(w, list->classes.names[i], (int32_t)i);
    return status;
}

static pg_status walk_root(walk *w)
{
    pg_entries entries;
    pg_status status = list_entries(w, w->list->root, &entries);
    if (status != PG_OK) return status;
    (void)is_new(w, w->list->root);
    remark_others(w, &entries.others);
    status =
        entries.folders.count ? walk_classes(w, &entries) : add_files(w, NULL, &entries.files, -1);
    pg_entries_free(&entries);
    return status;
}

pg_status pg_folder_list(const char *path, const pg_source_options *options, pg_file_list *list,
                         pg_error *err)
{
    walk w = {.options = options, .list = list, .err = err};
    *list = (pg_file_list){.where = strdup(path), .root = strdup(path)};
    pg_status status = list->where && list->root
                           ? walk_root(&w)
                           : pg_fail(err, PG_ERR_MEMORY, "%s: out of memory", path);
    if (status == PG_OK) remark_all(&w);
    tdestroy(w.seen, free);
    pg_names_free(&w.folders.names);
    pg_names_free(&w.beside.names);
    pg_names_free(&w.again.names);
    if (status != PG_OK) pg_file_list_free(list);
    return status;
}

static pg_status folder_open(pg_opening *opening, pg_source **source, pg_error *err)
{
    pg_file_list list;
    *source = NULL;
    pg_status status = pg_folder_list(opening->path, opening->options, &list, err);
    return status == PG_OK ? pg_files_source(&list, opening->options, source, err) : status;
}

static bool folder_matches(const pg_probe *probe)
{
    return probe->folder;
}

const pg_format pg_format_folder = {"folder",
                                    "a folder of class folders of pictures, or of pictures",
                                    folder_matches, folder_open, NULL};
